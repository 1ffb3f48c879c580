import { below, type FindingExample } from "./finding-example.ts";

const over = (text: string) => ({ loaded: { "over.yaml": text } });

/** What is found while layers are merged, and in single values. */
export const EXAMPLES_OF_MERGING: readonly FindingExample[] = [
  below(
    "ambiguous_integer",
    "server: { port: 08080 }\n",
    "Write the number without zeros before it; some readers take it for an octal one.",
  ),
  below(
    "invalid_decimal",
    'extensions: {}\nrouting: { policy: { default_provider_filter: { max_price: { input_per_million: "1,5" } } } }\n',
    "Write digits with a point: `1.5`.",
  ),
  below("key_mismatch", "", "Write the key once: above the patch, or not at all in it.", {
    ...over("providers: { $merge: { a: { id: c } } }\n"),
  }),
  below(
    "merge_type_conflict",
    "server: { cors: { allowed_origins: [https://a.example], allowed_methods: [GET], allowed_headers: [], max_age: 1h } }\n",
    "Give the value the shape that it has below, or say that it takes its place.",
    over("server: { cors: { allowed_origins: https://b.example } }\n"),
  ),
  below("not_finite", "server: { max_connections: .inf }\n", "Write a number."),
  below(
    "nothing_to_unset",
    "",
    "Remove the line, or correct the key.",
    over("providers: { $unset: [c] }\n"),
  ),
  below(
    "unknown_item",
    "",
    "Give a place that the list has, or the key of an item.",
    over("providers: { $unset: [5] }\n"),
  ),
  below(
    "unsafe_integer",
    "server: { max_body_size: 9007199254740993 }\n",
    "Write it as text where that is meant; as a number it would be another one.",
  ),
  below(
    "unsupported_directive",
    "server: { $include: [server.yaml] }\n",
    "Include the file at the top level, and let it hold the whole path.",
  ),
];
