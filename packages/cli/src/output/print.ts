import type { Json } from "@llmcfg/core";
import { usage } from "../command.ts";
import type { Io } from "../io.ts";
import type { Output } from "./format.ts";

/** An answer in the forms it can be printed in. */
export interface Printable {
  /** As the server sent it: what `-o json` prints, unchanged. */
  readonly raw: string;
  /** For `jsonl`, where the answer is a list. */
  readonly items?: readonly unknown[];
  /** For `table` and `raw`. */
  readonly text: () => string | Promise<string>;
  /** For `name`. */
  readonly names?: () => readonly string[];
}

/** Prints an answer as the user asked for it. */
export async function printAnswer(
  io: Pick<Io, "out">,
  { format, query }: Output,
  { raw, items, text, names }: Printable,
): Promise<void> {
  switch (format) {
    case "json":
      io.out(query === undefined ? `${raw.trimEnd()}\n` : toLine(await search(raw, query)));
      return;
    case "yaml":
      io.out(await toYaml(query === undefined ? parsed(raw) : await search(raw, query)));
      return;
    case "jsonl":
      io.out((items ?? [parsed(raw)]).map(toLine).join(""));
      return;
    case "name":
      io.out((names?.() ?? []).map((name) => `${name}\n`).join(""));
      return;
    case "table":
    case "raw":
      io.out(await text());
  }
}

function parsed(raw: string): Json {
  return JSON.parse(raw) as Json; // the server's own JSON
}

function toLine(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

async function search(raw: string, query: string): Promise<Json> {
  const { search: find } = await import("@jmespath-community/jmespath");
  try {
    return find(parsed(raw) as Parameters<typeof find>[0], query); // JMESPath over JSON gives JSON
  } catch {
    throw usage(`--query ${query} is not a JMESPath expression`);
  }
}

async function toYaml(value: Json): Promise<string> {
  const { stringify } = await import("yaml");
  return stringify(value);
}
