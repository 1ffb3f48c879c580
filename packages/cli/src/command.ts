/**
 * What a command is, how its arguments are read, and how its help looks.
 *
 * @module
 */

import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { LlmcfgError, nearestNames } from "@llmcfg/core";
import type { Io } from "./io.ts";
import { type Format, type Output, outputOf } from "./output/format.ts";

export interface Flag {
  /** `optional` may have a value, after `=`. */
  readonly type: "string" | "boolean" | "optional";
  readonly short?: string;
  /** What the help shows in place of the value: `FILE`. */
  readonly value?: string;
  readonly brief: string;
}

export type Flags = Readonly<Record<string, Flag>>;

/** What a command is given: complete, and checked against its entry. */
export interface Invocation {
  readonly io: Io;
  readonly args: readonly string[];
  readonly flags: FlagValues;
  readonly output: Output;
}

export type FlagValues = Readonly<Record<string, string | boolean | undefined>>;

/** @returns the exit code */
export type Run = (invocation: Invocation) => Promise<number>;

export interface Kinds {
  readonly names: readonly string[];
  /** What is said of any other. */
  readonly sayUnknown: (kind: string) => string;
}

/** An entry of the tree of commands. Light: the code of the command is loaded when it runs. */
export interface Command {
  /** `["config", "get"]`; and the short forms. */
  readonly names: readonly (readonly string[])[];
  readonly brief: string;
  /** `KEY`, `[VALUE|-]`. */
  readonly args: readonly string[];
  /** Where the first argument is one of few. */
  readonly kinds?: Kinds;
  readonly examples: readonly string[];
  readonly flags: Flags;
  /** What `-o` may be here, the default first; table, json, yaml and jsonl where it is left out. */
  readonly formats?: readonly Format[];
  /** Not in help and completion: for scripts of ours. */
  readonly isHidden?: boolean;
  readonly load: () => Promise<Run>;
}

/** Specified, not built yet: refused by that name on every command. */
const RESERVED_FLAGS = ["dry-run", "local", "offline", "client-cert", "client-key"];

/** Accepted by every command, in any position. */
export const GLOBAL_FLAGS: Flags = {
  server: { type: "string", value: "URL", brief: "address of the server" },
  context: { type: "string", value: "NAME", brief: "a context of the user file" },
  tenant: { type: "string", value: "NAME", brief: "the tenant, where the token has several" },
  env: { type: "string", short: "e", value: "ENV", brief: "environment that keys are relative to" },
  service: {
    type: "string",
    short: "s",
    value: "NAME",
    brief: "service that keys are relative to",
  },
  "token-file": { type: "string", value: "FILE", brief: "file that holds the token" },
  output: {
    type: "string",
    short: "o",
    value: "FORMAT",
    brief: "table, json, yaml, jsonl; some also raw, name",
  },
  json: { type: "boolean", brief: "the same as -o json" },
  query: { type: "string", value: "EXPR", brief: "filter json and yaml output (JMESPath)" },
  timeout: { type: "string", value: "DURATION", brief: "how long to wait (30s; for --wait 60s)" },
  cacert: { type: "string", value: "FILE", brief: "certificates to trust too, in PEM" },
  color: { type: "string", value: "WHEN", brief: "auto, always, never" },
  "no-input": { type: "boolean", brief: "never ask" },
  quiet: { type: "boolean", short: "q", brief: "no notes on stderr" },
  verbose: { type: "boolean", short: "v", brief: "say more on stderr" },
  debug: { type: "boolean", brief: "show where a failure came from" },
  help: { type: "boolean", short: "h", brief: "show this help" },
};

/** The command whose name the arguments begin with, and the arguments without it. */
export function findCommand(
  commands: readonly Command[],
  argv: readonly string[],
): {
  readonly command: Command | undefined;
  readonly words: readonly string[];
  readonly rest: readonly string[];
} {
  const { tokens } = parseArgs({
    args: [...argv],
    options: toOptions(GLOBAL_FLAGS),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const words = tokens.filter((token) => token.kind === "positional").slice(0, 2);
  for (const length of [2, 1]) {
    const name = words.slice(0, length).map(({ value }) => value);
    const command = commands.find(({ names }) => names.some((other) => isSame(other, name)));
    if (command === undefined) continue;
    const taken = new Set(words.slice(0, length).map(({ index }) => index));
    return { command, words: name, rest: argv.filter((_, i) => !taken.has(i)) };
  }
  return { command: undefined, words: words.map(({ value }) => value), rest: argv };
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((word, i) => word === b[i]);
}

/** @throws {LlmcfgError} `INVALID_ARGUMENT` for a flag or an argument that the command does not have */
export function parseInvocation(command: Command, argv: readonly string[], io: Io): Invocation {
  const known = { ...GLOBAL_FLAGS, ...command.flags };
  const { values, positionals, tokens } = parseArgs({
    args: [...argv],
    options: toOptions(known),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const flag = known[token.name];
    if (flag === undefined) throw unknownFlag(token, command, Object.keys(known));
    if (flag.type === "string" && token.value === undefined) {
      throw usage(`${token.rawName} needs a value: ${token.rawName} ${flag.value ?? "VALUE"}`);
    }
    if (flag.type === "boolean" && token.value !== undefined) {
      throw usage(`${token.rawName} takes no value`);
    }
  }
  const flags = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.at(-1) : value,
    ]),
  );
  if (flags["help"] !== true) requireArguments(command, positionals);
  return { io, args: positionals, flags, output: outputOf(flags, io.env, formatsOf(command)) };
}

/** What `-o` may be for a command, the default first. */
export function formatsOf({ formats }: Command): readonly Format[] {
  return formats ?? ["table", "json", "yaml", "jsonl"];
}

function requireArguments(command: Command, given: readonly string[]): void {
  const { args, names, examples, kinds } = command;
  const required = args.filter((name) => !name.startsWith("["));
  const missing = required[given.length];
  const name = names.at(-1)?.join(" ") ?? "";
  const shown = kinds === undefined ? args : [kinds.names.join("|"), ...args.slice(1)];
  const call = `llmcfg ${name} ${shown.join(" ")}`;
  const [kind] = given;
  if (kinds !== undefined && kind !== undefined && !kinds.names.includes(kind))
    throw usage(kinds.sayUnknown(kind), call);
  if (missing !== undefined) throw usage(`llmcfg ${name} needs ${missing}: ${call}`);
  const isMany = args.some((arg) => arg.includes("…"));
  if (given.length > args.length && !isMany) {
    throw usage(
      `llmcfg ${name} takes ${args.join(" ") || "no arguments"}, and was given ${given.length}`,
      examples.slice(0, 1).map((example) => `for example: ${example}`)[0],
    );
  }
}

export function usage(message: string, hint?: string): LlmcfgError {
  return new LlmcfgError(
    "INVALID_ARGUMENT",
    message,
    hint === undefined ? { errors: [] } : { errors: [], hint },
  );
}

function unknownFlag(
  { name, rawName }: { readonly name: string; readonly rawName: string },
  command: Command,
  known: readonly string[],
): LlmcfgError {
  if (RESERVED_FLAGS.includes(name)) {
    return new LlmcfgError("NOT_IMPLEMENTED", `${rawName} is specified and not built yet`, {});
  }
  if (/^[0-9.]$/.test(name)) {
    const call = ["llmcfg", ...(command.names.at(-1) ?? [])].join(" ");
    return usage(`there is no flag ${rawName}`, `for a negative number: ${call} … -- -${name}`);
  }
  const [nearest] = nearestNames(name, known, 1);
  const help = `see llmcfg ${(command.names.at(-1) ?? []).join(" ")} --help`;
  const hint = nearest === undefined ? help : `did you mean --${nearest}?`;
  return usage(`there is no flag ${rawName}`, hint);
}

function toOptions(flags: Flags): ParseArgsOptionsConfig {
  return Object.fromEntries(
    Object.entries(flags).map(([name, { type, short }]) => [
      name,
      {
        type: type === "string" ? ("string" as const) : ("boolean" as const),
        multiple: true,
        ...(short === undefined ? {} : { short }),
      },
    ]),
  );
}

/** Examples first, then the flags of the command, then those of all. */
export function helpOf(command: Command): string {
  const name = command.names.at(-1) ?? [];
  const call = ["llmcfg", ...name, ...command.args, "[flags]"].join(" ");
  const others = command.names.slice(0, -1);
  const also = others.map((other) => `llmcfg ${other.join(" ")}`).join(", ");
  const isText = formatsOf(command).length === 1;
  return [
    command.brief,
    "",
    "Examples:",
    ...command.examples.map((example) => `  ${example}`),
    "",
    `Usage: ${call}${also === "" ? "" : `\nAlso:  ${also}`}`,
    ...flagLines("Flags:", command.flags),
    ...(isText ? [] : ["", `Output: -o ${formatsOf(command).join(", ")}`]),
    ...flagLines("Global flags:", GLOBAL_FLAGS),
    "",
  ].join("\n");
}

function flagLines(title: string, flags: Flags): readonly string[] {
  const forms = Object.entries(flags).map(([name, flag]) => [flagForm(name, flag), flag] as const);
  const width = Math.max(26, ...forms.map(([form]) => form.length));
  const rows = forms.map(([form, { brief }]) => `  ${form.padEnd(width)} ${brief}`);
  return rows.length === 0 ? [] : ["", title, ...rows];
}

/** `-o, --output FORMAT`, `    --wait[=N]`. */
export function flagForm(name: string, { type, short, value }: Flag): string {
  const before = short === undefined ? "    " : `-${short}, `;
  if (value === undefined) return `${before}--${name}`;
  return type === "optional" ? `${before}--${name}[=${value}]` : `${before}--${name} ${value}`;
}
