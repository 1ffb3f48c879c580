import { LlmcfgError, nearestNames } from "@llmcfg/core";
import { type Command, findCommand, helpOf, parseInvocation, usage } from "./command.ts";
import { ConflictLines } from "./conflict-lines.ts";
import { endedBy } from "./ended-by.ts";
import { reportFailure } from "./failure.ts";
import { nounHelp, TOPICS, topHelp, verbsOf } from "./help.ts";
import type { Io } from "./io.ts";

export interface Program {
  readonly commands: readonly Command[];
  /** Specified, not built: each says so. */
  readonly reserved: readonly string[];
  readonly version: string;
}

/** Runs the command that the arguments name. @returns the exit code */
export async function runProgram(
  argv: readonly string[],
  io: Io,
  program: Program,
): Promise<number> {
  if (argv[0] === "--version") {
    io.out(`llmcfg ${program.version}\n`);
    return 0;
  }
  const asJson = isJsonAsked(argv, io);
  try {
    return await dispatch(argv, io, program);
  } catch (error) {
    if (io.signal.aborted) return endedBy(io.signal);
    const lines = error instanceof ConflictLines ? error.lines : [];
    const cause = error instanceof ConflictLines ? error.error : error;
    return reportFailure(io, cause, { asJson, isDebug: isDebugAsked(argv, io), lines });
  }
}

async function dispatch(argv: readonly string[], io: Io, program: Program): Promise<number> {
  const [first, ...others] = argv;
  if (first === undefined || ((first === "--help" || first === "-h") && others.length === 0)) {
    io.out(topHelp(program.commands));
    return 0;
  }
  if (first === "help") return help(others, io, program);
  const { command, words, rest } = findCommand(program.commands, argv);
  if (command === undefined) {
    const isHelp = argv.includes("--help") || argv.includes("-h");
    const ofNoun = isHelp ? nounHelp(words.join(" "), program.commands) : undefined;
    if (ofNoun === undefined) throw unknownCommand(words, program);
    io.out(ofNoun);
    return 0;
  }
  if (isHelpAsked(rest)) {
    io.out(helpOf(command));
    return 0;
  }
  const invocation = parseInvocation(command, rest, io);
  if (invocation.flags["help"] === true) {
    io.out(helpOf(command)); // among others, as in -vh
    return 0;
  }
  return await (await command.load())(invocation);
}

function help(words: readonly string[], io: Io, program: Program): number {
  const { commands } = program;
  const name = words.join(" ");
  const { command } = findCommand(commands, words);
  const text =
    words.length === 0
      ? topHelp(commands)
      : command === undefined
        ? (TOPICS.get(name)?.text ?? nounHelp(name, commands))
        : helpOf(command);
  if (text === undefined) throw unknownTopic(words, program);
  io.out(text);
  return 0;
}

function unknownTopic(words: readonly string[], program: Program): LlmcfgError {
  const [topic] = nearestNames(words.join(" "), [...TOPICS.keys()], 1);
  if (topic === undefined) return unknownCommand(words, program);
  return usage(`there is no help on ${words.join(" ")}`, `did you mean llmcfg help ${topic}?`);
}

/** More of them are no hint. */
const MAX_VERBS = 4;

function unknownCommand(words: readonly string[], { commands, reserved }: Program): LlmcfgError {
  const asked = words.join(" ");
  const [noun = ""] = words;
  const isBuilt = verbsOf(noun, commands).length > 0; // then only some of its verbs are not
  const isReserved = reserved.some((name) => (name === noun ? !isBuilt : name === asked));
  if (isReserved) {
    const message = `llmcfg ${asked} is specified and not built yet`;
    return new LlmcfgError("NOT_IMPLEMENTED", message, {});
  }
  const verbs = verbsOf(asked, commands);
  if (verbs.length > 0) {
    const hint =
      verbs.length > MAX_VERBS
        ? `see llmcfg ${asked} --help`
        : `one of ${verbs.map((verb) => `llmcfg ${asked} ${verb}`).join(", ")}`;
    return usage(`llmcfg ${asked} needs a verb`, hint);
  }
  const names = commands
    .filter(({ isHidden }) => isHidden !== true)
    .flatMap((command) => command.names.map((name) => name.join(" ")));
  const [nearest] = nearestNames(asked, names, 1);
  const [byFirst] = nearestNames(words[0] ?? "", names, 1);
  const suggestion = nearest ?? byFirst;
  const hint = suggestion === undefined ? "see llmcfg help" : `did you mean llmcfg ${suggestion}?`;
  return usage(asked === "" ? "no command was given" : `there is no command ${asked}`, hint);
}

function isHelpAsked(rest: readonly string[]): boolean {
  const end = rest.indexOf("--");
  const flags = end < 0 ? rest : rest.slice(0, end);
  return flags.includes("--help") || flags.includes("-h");
}

function isDebugAsked(argv: readonly string[], io: Io): boolean {
  return argv.includes("--debug") || (io.env["LLMCFG_DEBUG"] ?? "") !== "";
}

function isJsonAsked(argv: readonly string[], io: Io): boolean {
  const at = argv.findIndex((arg) => arg === "-o" || arg === "--output");
  const asked = at < 0 ? argv.find((arg) => /^(?:--output=|-o)json$/.test(arg)) : argv[at + 1];
  const isByFlag = asked === "json" || asked?.endsWith("json") === true || argv.includes("--json");
  return isByFlag || (at < 0 && io.env["LLMCFG_OUTPUT"] === "json");
}
