/**
 * The forms of output, and which one a command was asked for.
 *
 * @module
 */

import { LlmcfgError } from "@llmcfg/core";
import type { Io } from "../io.ts";

export type Format = "table" | "json" | "yaml" | "jsonl" | "raw" | "name";

export const FORMATS: readonly Format[] = ["table", "json", "yaml", "jsonl", "raw", "name"];

export interface Output {
  readonly format: Format;
  /** JMESPath. */
  readonly query: string | undefined;
}

/**
 * What the flags ask for, else the variable `LLMCFG_OUTPUT` where the command has that form, else the
 * first of its forms.
 *
 * @throws {LlmcfgError} `INVALID_ARGUMENT` for a form that the command does not have
 */
export function outputOf(
  flags: Readonly<Record<string, string | boolean | undefined>>,
  env: Io["env"],
  formats: readonly Format[],
): Output {
  const query = typeof flags["query"] === "string" ? flags["query"] : undefined;
  const format = askedFormat(flags, env, formats) ?? formats[0] ?? "table";
  if (query !== undefined && format !== "json" && format !== "yaml") {
    throw refused("--query filters json and yaml output", "add -o json");
  }
  return { format, query };
}

function askedFormat(
  flags: Readonly<Record<string, string | boolean | undefined>>,
  env: Io["env"],
  formats: readonly Format[],
): Format | undefined {
  const byFlag = flags["json"] === true ? "json" : flags["output"];
  const name = byFlag ?? env["LLMCFG_OUTPUT"];
  if (name === undefined || name === "") return undefined;
  if (name === "env") {
    throw new LlmcfgError("NOT_IMPLEMENTED", "-o env is specified and not built yet", {});
  }
  const format = FORMATS.find((known) => known === name);
  if (format === undefined) {
    throw refused(`there is no output format ${String(name)}`, `use one of ${formats.join(", ")}`);
  }
  if (formats.includes(format)) return format;
  if (byFlag === undefined) return undefined;
  const isPlain = formats.length === 1;
  const hint = isPlain ? "leave -o out" : `use one of ${formats.join(", ")}`;
  throw refused(`this command has no output as ${format}`, hint);
}

function refused(message: string, hint: string): LlmcfgError {
  return new LlmcfgError("INVALID_ARGUMENT", message, { errors: [], hint });
}
