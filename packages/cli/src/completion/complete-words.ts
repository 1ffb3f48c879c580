/**
 * What could stand at the end of a command line that is being typed.
 *
 * @module
 */

import { parseArgs } from "node:util";
import {
  type Command,
  type Flags,
  type FlagValues,
  findCommand,
  formatsOf,
  GLOBAL_FLAGS,
} from "../command.ts";
import type { Scope } from "../connection.ts";
import { TOPICS } from "../help.ts";
import { completeKey, type KnownNames } from "./complete-key.ts";

export const SHELLS: readonly string[] = ["bash", "zsh", "fish", "powershell"];

/** Said in place of candidates where the shell itself knows them. */
export const FILES = ":files";

/** The names that a server is known to have, and what keys are relative to. */
export type Surroundings = (flags: FlagValues) => Promise<{
  readonly scope: Scope;
  readonly names: KnownNames;
}>;

/**
 * The candidates for the last word, each in whole; those that end in `/` are not complete yet.
 *
 * @param words after the program's name; the last one is being typed and may be empty
 */
export async function completeWords(
  words: readonly string[],
  commands: readonly Command[],
  surroundings: Surroundings,
): Promise<readonly string[]> {
  const shown = commands.filter(({ isHidden }) => isHidden !== true);
  const before = joinEquals(words.slice(0, -1));
  const current = words.at(-1) ?? "";
  const { command, words: name, rest } = findCommand(shown, before);
  const flags = { ...GLOBAL_FLAGS, ...command?.flags };
  const { values, positionals } = readLeniently(command === undefined ? before : rest, flags);
  const only = (candidates: readonly string[]) =>
    candidates.filter((candidate) => candidate.startsWith(current));

  const flag = valueFlag(before.at(-1), flags);
  if (flag !== undefined) return await flagValues(flag, current, command, values, surroundings);
  if (current.startsWith("-")) return only(Object.keys(flags).map((word) => `--${word}`));
  if (command === undefined) return only(nextNames(name, shown));
  const more = nextNames(
    before.filter((word) => !word.startsWith("-")),
    shown,
  );
  const argument = command.args[positionals.length] ?? command.args.at(-1) ?? "";
  if (/^(?:KEY|\[?PATH\]?|A|B)$/.test(argument) && positionals.length < command.args.length) {
    const { scope, names } = await surroundings(values);
    return [...only(more), ...(await completeKey(current, scope, names))];
  }
  return only([...more, ...(argument === "SHELL" ? SHELLS : [])]);
}

/** Nouns, verbs and short forms that go on after these words; help has topics too. */
function nextNames(words: readonly string[], commands: readonly Command[]): readonly string[] {
  if (words[0] === "help") return [...TOPICS.keys(), ...nextNames(words.slice(1), commands)];
  const names = commands
    .flatMap((command) => command.names)
    .filter((name) => name.length > words.length && words.every((word, i) => word === name[i]))
    .map((name) => name[words.length] ?? "");
  return [...new Set(words.length === 0 ? [...names, "help"] : names)].toSorted();
}

/** The flag whose value comes next. */
function valueFlag(last: string | undefined, flags: Flags): string | undefined {
  return Object.keys(flags).find((name) => {
    const { type, short } = flags[name] ?? { type: "boolean" };
    return (
      type === "string" && (last === `--${name}` || (short !== undefined && last === `-${short}`))
    );
  });
}

async function flagValues(
  flag: string,
  current: string,
  command: Command | undefined,
  values: FlagValues,
  surroundings: Surroundings,
): Promise<readonly string[]> {
  const only = (candidates: readonly string[]) =>
    candidates.filter((candidate) => candidate.startsWith(current));
  if (flag === "output") return only(command === undefined ? [] : formatsOf(command));
  if (flag === "color") return only(["auto", "always", "never"]);
  if (flag === "env" || flag === "confirm") {
    return only((await surroundings(values)).names.environments);
  }
  if (flag === "service") {
    const { scope, names } = await surroundings(values);
    const keys = scope.env === undefined ? [] : await names.keysOf(scope.env);
    return only([...new Set(keys.map((key) => key.split("/", 1)[0] ?? ""))]);
  }
  const form = { ...GLOBAL_FLAGS, ...command?.flags }[flag]?.value;
  return form === "FILE" || form === "DIR" ? [FILES] : [];
}

/** As typed so far: unknown flags and missing values are no fault yet. */
function readLeniently(
  words: readonly string[],
  flags: Flags,
): { readonly values: FlagValues; readonly positionals: readonly string[] } {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { type, short }]) => [
      name,
      {
        type: type === "string" ? ("string" as const) : ("boolean" as const),
        ...(short === undefined ? {} : { short }),
      },
    ]),
  );
  return parseArgs({ args: [...words], options, strict: false, allowPositionals: true });
}

/** Bash cuts `--env=dev` into three words. */
function joinEquals(words: readonly string[]): readonly string[] {
  return words.reduce<readonly string[]>((done, word, i) => {
    if (word === "=" && words[i - 1]?.startsWith("--") === true) return done;
    return words[i - 1] === "="
      ? [...done.slice(0, -1), `${done.at(-1) ?? ""}=${word}`]
      : [...done, word];
  }, []);
}
