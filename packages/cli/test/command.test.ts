import { expect, test } from "vitest";
import { findCommand, helpOf, parseInvocation } from "../src/command.ts";
import { COMMANDS, RESERVED_COMMANDS } from "../src/commands.ts";
import type { Io } from "../src/io.ts";
import { runProgram } from "../src/run-program.ts";

test.each([
  [["get", "K", "-o", "json"], ["K"]],
  [["-o", "json", "get", "K"], ["K"]],
  [["config", "get", "-o", "json", "K"], ["K"]],
  [["--env", "dev", "config", "get", "K"], ["K"]],
] as const)("CLI-14 global flags are taken in any position: %j", (argv, args) => {
  const { command, rest } = findCommand(COMMANDS, argv);
  if (command === undefined) throw new Error("there is no such command");

  const invocation = parseInvocation(command, rest, recordingIo());

  expect(command.names[0]).toEqual(["config", "get"]);
  expect(invocation.args).toEqual(args);
});

test.each([
  [["gte", "K"], 2, "did you mean llmcfg get?"],
  [["get"], 2, "needs KEY"],
  [["get", "a", "b"], 2, "takes KEY"],
  [["get", "K", "--leyers"], 2, "did you mean --layers?"],
  [["set", "K", "v", "--message"], 2, "needs a value"],
  [["get", "K", "-o", "wat"], 2, "there is no output format wat"],
  [["plan"], 1, "is specified and not built yet"],
  [["secret", "rotate", "K"], 1, "is specified and not built yet"],
] as const)("CLI-12 %j is refused and says how to go on", async (argv, code, text) => {
  const io = recordingIo();

  expect(await run(argv, io)).toBe(code);
  expect(io.printed.err.toLowerCase()).toContain(text.toLowerCase());
  expect(io.printed.out).toBe("");
});

test.each(COMMANDS.map((command) => [command.names[0]?.join(" ") ?? "", command] as const))(
  "CLI-12 the help of %s begins with two to four examples that are commands of ours",
  (name, command) => {
    const text = helpOf(command);

    expect(command.examples.length).toBeGreaterThanOrEqual(2);
    expect(command.examples.length).toBeLessThanOrEqual(4);
    expect(command.examples.every((example) => example.includes("llmcfg "))).toBe(true);
    expect(text.indexOf("Examples:")).toBeLessThan(text.indexOf("Usage:"));
    expect(text).toContain(name.split(" ").at(-1));
  },
);

test("no command is both built and reserved", () => {
  const built = COMMANDS.flatMap(({ names }) => names.map((name) => name.join(" ")));

  expect(built.filter((name) => RESERVED_COMMANDS.includes(name))).toEqual([]);
});

test("--version and help need no server", async () => {
  const io = recordingIo();

  expect(await run(["--version"], io)).toBe(0);
  expect(await run(["help", "exit-codes"], io)).toBe(0);
  expect(io.printed.out).toMatch(/^llmcfg 9\.9\.9\n0 {4}done/);
});

interface RecordingIo extends Io {
  readonly printed: { out: string; err: string };
}

function recordingIo(): RecordingIo {
  const printed = { out: "", err: "" };
  return {
    printed,
    out: (text) => {
      printed.out += text;
    },
    err: (text) => {
      printed.err += text;
    },
    readInput: async () => "",
    env: { XDG_RUNTIME_DIR: "/nowhere", HOME: "/nowhere" },
    cwd: "/",
    isTerminal: false,
    canAsk: false,
    ask: async () => "",
    signal: new AbortController().signal,
  };
}

async function run(argv: readonly string[], io: Io): Promise<number> {
  return await runProgram(argv, io, {
    commands: COMMANDS,
    reserved: RESERVED_COMMANDS,
    version: "9.9.9",
  });
}
