import type { Json } from "@llmcfg/core";
import { usage } from "../command.ts";
import type { Io } from "../io.ts";

export type Format = "table" | "json" | "yaml" | "jsonl" | "raw" | "name";

const FORMATS: readonly string[] = ["table", "json", "yaml", "jsonl", "raw", "name"];

export function formatOf(
  flags: Readonly<Record<string, string | boolean | undefined>>,
  env: Io["env"],
): Format {
  const asked =
    flags["json"] === true ? "json" : (flags["output"] ?? env["LLMCFG_OUTPUT"] ?? "table");
  if (FORMATS.includes(String(asked))) return asked as Format; // one of them
  throw usage(`there is no output format ${String(asked)}`, `use one of ${FORMATS.join(", ")}`);
}

/**
 * Prints an answer as the user asked for it.
 *
 * @param answer.raw as the server sent it: what `-o json` prints, unchanged
 * @param toText for `table`
 * @param toNames for `name`
 */
export async function printAnswer(
  io: Pick<Io, "out">,
  options: { readonly format: Format; readonly query: string | undefined },
  answer: { readonly raw: string; readonly items?: readonly Json[] },
  toText: () => string,
  toNames: () => readonly string[] = () => [],
): Promise<void> {
  const { format, query } = options;
  if (query !== undefined && format !== "json" && format !== "yaml") {
    throw usage("--query filters json and yaml output", "add -o json");
  }
  if (format === "json" && query === undefined) {
    io.out(`${answer.raw.trimEnd()}\n`);
  } else if (format === "json" || format === "yaml") {
    const parsed = JSON.parse(answer.raw) as Json; // the server's own JSON
    const shown = query === undefined ? parsed : await search(parsed, query);
    io.out(format === "json" ? `${JSON.stringify(shown)}\n` : await toYaml(shown));
  } else if (format === "jsonl" && answer.items !== undefined) {
    for (const item of answer.items) io.out(`${JSON.stringify(item)}\n`);
  } else if (format === "name") {
    for (const name of toNames()) io.out(`${name}\n`);
  } else {
    io.out(toText());
  }
}

async function search(value: Json, query: string): Promise<Json> {
  const { search: find } = await import("@jmespath-community/jmespath");
  try {
    return find(value as Parameters<typeof find>[0], query); // JMESPath over JSON gives JSON
  } catch {
    throw usage(`--query ${query} is not a JMESPath expression`);
  }
}

async function toYaml(value: Json): Promise<string> {
  const { stringify } = await import("yaml");
  return stringify(value);
}
