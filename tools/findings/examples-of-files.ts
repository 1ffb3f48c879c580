import { bare, below, type FindingExample, PROVIDERS, QUIET } from "./finding-example.ts";

const VALID = `${PROVIDERS}${QUIET}`;
const include = (...paths: readonly string[]) => `$include: [${paths.join(", ")}]\n${VALID}`;

/** What is found while files are read. */
export const EXAMPLES_OF_FILES: readonly FindingExample[] = [
  bare(
    "duplicate_key",
    "server: { port: 8080 }\nserver: { port: 9090 }\n",
    "Write every key once; of two, no reader could say which counts.",
  ),
  below(
    "forbidden_key",
    "extensions: { constructor: 1 }\n",
    "Choose another name: this one has a meaning of its own in JavaScript.",
  ),
  bare(
    "include_cycle",
    include("/etc/gateway/a.yaml"),
    "Take one of the files out of the circle.",
    {
      path: "/etc/gateway/gateway.yaml",
      beside: { "/etc/gateway/a.yaml": "$include: [gateway.yaml]\n" },
    },
  ),
  bare(
    "include_invalid",
    "$include: gateway.d\n",
    "List paths or globs, as text and without references.",
  ),
  bare(
    "include_missing",
    include("policies.yaml"),
    "Put the file there, or write a glob, which may match nothing.",
    {
      path: "/etc/gateway/gateway.yaml",
    },
  ),
  bare("include_too_deep", include("1.yaml"), "Include the files from fewer steps away.", {
    path: "/etc/gateway/gateway.yaml",
    note: "`1.yaml` includes `2.yaml`, and so on to `9.yaml`.",
    beside: Object.fromEntries(
      [1, 2, 3, 4, 5, 6, 7, 8, 9].map((i) => [
        `/etc/gateway/${i}.yaml`,
        `$include: [${i + 1}.yaml]\n`,
      ]),
    ),
    isTold: true,
  }),
  bare(
    "key_not_string",
    "server:\n  ? [port]\n  : 8080\n",
    "Write keys as text; what looks like a number or a list belongs in quotes.",
  ),
  bare(
    "not_a_config_file",
    "GATEWAY_SERVER__PORT=8080\n",
    "Give the file that holds the configuration. Variables come from the environment.",
    { path: "gateway" },
  ),
  bare("not_a_mapping", "- server\n- providers\n", "Write `name: value` at the top level."),
  bare("not_utf8", new Uint8Array([0x76, 0x3a, 0x20, 0xe9, 0x0a]), "Save the file as UTF-8.", {
    note: "A file that holds `v: é` in Latin-1:",
  }),
  bare("parse_error", "server: { port: 8080\n", "Correct what the message points at."),
  bare("several_documents", "server: {}\n---\nserver: {}\n", "Make several files, and load all."),
  bare("source_empty", "# nothing yet\n", "Write `{}` where nothing is meant."),
  bare("too_deep", "a: { b: { c: 1 } }\n", "Write it flatter, or raise the limit.", {
    options: { limits: { maxDepth: 2 } },
  }),
  bare("too_large", `# ${"x".repeat(100)}\n`, "Split the file, or raise the limit.", {
    options: { limits: { maxBytes: 64 } },
  }),
  bare(
    "too_many_aliases",
    "extensions: { a: &a [1], b: *a, c: *a }\n",
    "Write the values out, or raise the limit.",
    { options: { limits: { maxAliases: 1 } } },
  ),
  bare("too_many_files", include("conf.d/*.yaml"), "Make fewer and larger files.", {
    path: "/etc/gateway/gateway.yaml",
    note: "`conf.d` holds 1,000 files.",
    beside: Object.fromEntries(
      Array.from({ length: 1_000 }, (_, i) => [`/etc/gateway/conf.d/${i}.yaml`, "{}\n"]),
    ),
    isTold: true,
  }),
  bare(
    "too_many_nodes",
    "extensions: { a: [1, 2, 3, 4] }\n",
    "Leave out what no one reads, or raise the limit.",
    { options: { limits: { maxNodes: 4 } } },
  ),
  bare("unknown_tag", "server: !env PORT\n", "Write a reference instead: `${env:PORT}`."),
  bare("unsupported_extension", include("limits.ini"), "Use YAML, TOML or JSON.", {
    path: "/etc/gateway/gateway.yaml",
    beside: { "/etc/gateway/limits.ini": "port=8080\n" },
  }),
];
