import { LlmcfgError, nearestNames } from "@llmcfg/core";
import { type Command, findCommand, helpOf, parseInvocation, usage } from "./command.ts";
import { ConflictLines } from "./conflict-lines.ts";
import { reportFailure } from "./failure.ts";
import { topHelp, topic } from "./help.ts";
import type { Io } from "./io.ts";
import { formatOf } from "./output/print.ts";

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
    if (io.signal.aborted && io.signal.reason === "SIGINT") return 130;
    const lines = error instanceof ConflictLines ? error.lines : [];
    const cause = error instanceof ConflictLines ? error.error : error;
    return reportFailure(io, cause, { asJson, isDebug: argv.includes("--debug"), lines });
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
  if (command === undefined) throw unknownCommand(words, program);
  const invocation = parseInvocation(command, rest, io);
  if (invocation.flags["help"] === true) {
    io.out(helpOf(command));
    return 0;
  }
  formatOf(invocation.flags, io.env); // a wrong one is said before anything is done
  return await (await command.load())(invocation);
}

function help(words: readonly string[], io: Io, program: Program): number {
  const text = words.length === 0 ? topHelp(program.commands) : topic(words.join(" "));
  if (text !== undefined) {
    io.out(text);
    return 0;
  }
  const { command } = findCommand(program.commands, words);
  if (command === undefined) throw unknownCommand(words, program);
  io.out(helpOf(command));
  return 0;
}

function unknownCommand(words: readonly string[], { commands, reserved }: Program): LlmcfgError {
  const asked = words.join(" ");
  const isReserved = reserved.some((name) => name === asked || name === words[0]);
  if (isReserved) {
    const message = `llmcfg ${asked} is specified and not built yet`;
    return new LlmcfgError("NOT_IMPLEMENTED", message, {});
  }
  const names = commands.flatMap((command) => command.names.map((name) => name.join(" ")));
  const [nearest] = nearestNames(asked, names, 1);
  const [byFirst] = nearestNames(words[0] ?? "", names, 1);
  const suggestion = nearest ?? byFirst;
  const hint = suggestion === undefined ? "see llmcfg help" : `did you mean llmcfg ${suggestion}?`;
  return usage(asked === "" ? "no command was given" : `there is no command ${asked}`, hint);
}

function isJsonAsked(argv: readonly string[], io: Io): boolean {
  const at = argv.findIndex((arg) => arg === "-o" || arg === "--output");
  const asked = at < 0 ? argv.find((arg) => /^(?:--output=|-o)json$/.test(arg)) : argv[at + 1];
  const isByFlag = asked === "json" || asked?.endsWith("json") === true || argv.includes("--json");
  return isByFlag || (at < 0 && io.env["LLMCFG_OUTPUT"] === "json");
}
