import { KINDS } from "@llmcfg/core";
import { expect, test } from "vitest";
import { findCommand, helpOf, parseInvocation } from "../src/command.ts";
import { COMMANDS, RESERVED_COMMANDS } from "../src/commands.ts";
import type { Io } from "../src/io.ts";
import { runProgram } from "../src/run-program.ts";
import { recordingIo } from "./recording-io.ts";

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
  [["get", "K", "-o", "env"], 1, "is specified and not built yet"],
  [["set", "K", "v", "--dry-run"], 1, "--dry-run is specified and not built yet"],
  [["set", "K", "-5"], 2, "llmcfg set … -- -5"],
  [["history", "K", "-o", "name"], 2, "use one of table, json, yaml, jsonl"],
  [["version", "--query", "version"], 2, "add -o json"],
  [["secret"], 2, "one of llmcfg secret set, llmcfg secret get"],
  [["help", "precedenc"], 2, "did you mean llmcfg help precedence?"],
  [["diff", "a", "b", "--diff-exit-code", "x"], 2, "a whole number of 0 to 255"],
  [["plan"], 1, "is specified and not built yet"],
  [["secret", "rotate", "K"], 1, "is specified and not built yet"],
  [["gateway"], 2, "see llmcfg gateway --help"],
  [["server", "check-config", "--nowhere"], 2, "see llmcfg server check-config --help"],
  [["rollback", "production/s/k", "--to", "9"], 2, "--to v3 or --to r42"],
  [["set", "production/s/k", "--from-file", "/nowhere"], 2, "/nowhere cannot be read (ENOENT)"],
  [["gateway", "export"], 2, "needs KIND: llmcfg gateway export litellm FILE"],
  [["gateway", "import"], 2, "needs KIND: llmcfg gateway import litellm FILE"],
  [["gateway", "export", "litellm"], 2, "needs FILE: llmcfg gateway export litellm FILE"],
  [
    ["gateway", "export", "foo"],
    2,
    "there is no exporter for foo: those for LiteLLM can be written",
  ],
  [["gateway", "export", "foo", "f"], 2, "hint: llmcfg gateway export litellm FILE"],
  [["gateway", "import", "foo"], 2, "there is no importer for foo: those of LiteLLM can be read"],
  [["gateway", "chek", "f"], 2, "did you mean llmcfg gateway check?"],
  [["gateway", "check", "a.yaml", "a.yaml"], 2, "the file a.yaml is named twice"],
  [["gateway", "plan", "a", "b"], 2, "for example: llmcfg gateway plan --from"],
] as const)("CLI-12 %j is refused and says how to go on", async (argv, code, text) => {
  const io = recordingIo();

  expect(await run(argv, io)).toBe(code);
  expect(io.printed.err.toLowerCase()).toContain(text.toLowerCase());
  expect(io.printed.out).toBe("");
});

test.each([
  ["set", ["set", "production/s/k", "--from-file", "nosuch"]],
  ["secret set", ["secret", "set", "production/s/k", "--from-file", "nosuch"]],
] as const)("CLI-05 a file that %s cannot read is named as it was typed", async (_, argv) => {
  const io = recordingIo();

  const code = await run(argv, io);

  expect(code).toBe(2);
  expect(io.printed.err).toBe(
    "error: The file nosuch cannot be read (ENOENT) (INVALID_ARGUMENT)\n",
  );
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

test("llmcfg help shows what each command is for, one below the other", async () => {
  const io = recordingIo();

  await run(["help"], io);

  const [, commands = ""] = io.printed.out.split("\nCommands:\n");
  const rows = commands.split("\n\n", 1)[0]?.split("\n") ?? [];
  const begins = rows.map((line) => /^ {2}[a-z-]+(?: [a-z-]+)? +(?=[A-Z])/.exec(line)?.[0].length);
  expect(rows.length).toBeGreaterThan(20);
  expect(new Set(begins).size).toBe(1);
});

test("no command is both built and reserved", () => {
  const built = COMMANDS.flatMap(({ names }) => names.map((name) => name.join(" ")));

  expect(built.filter((name) => RESERVED_COMMANDS.includes(name))).toEqual([]);
});

test.each([
  "environment",
  "exit-codes",
  "output",
  "precedence",
  "security",
  "offline",
  "keys",
  "selectors",
])("§8.3 llmcfg help %s tells of it, and the first page names it", async (topic) => {
  const io = recordingIo();
  const first = recordingIo();

  expect(await run(["help", topic], io)).toBe(0);
  expect(await run(["help"], first)).toBe(0);
  expect(io.printed.out.length).toBeGreaterThan(100);
  expect(first.printed.out).toMatch(new RegExp(`^ {2}${topic} `, "m"));
});

test("CLI-06 every exit code of the errors is listed by llmcfg help exit-codes", async () => {
  const io = recordingIo();

  await run(["help", "exit-codes"], io);
  const listed = new Set(io.printed.out.match(/^\d+/gm)?.map(Number));
  const used = Object.values(KINDS).map(({ exitCode }) => exitCode);

  expect(used.filter((code) => !listed.has(code))).toEqual([]);
});

test("CLI-12 the help of a noun lists its verbs, with help before or behind it", async () => {
  const before = recordingIo();
  const behind = recordingIo();

  expect(await run(["help", "secret"], before)).toBe(0);
  expect(await run(["secret", "--help"], behind)).toBe(0);
  expect(before.printed.out).toMatch(/secret set .*\n.*secret get /);
  expect(behind.printed.out).toBe(before.printed.out);
});

test("hidden commands are in no help", async () => {
  const io = recordingIo();

  await run(["help"], io);

  expect(io.printed.out).not.toContain("__");
});

test("CLI-23 llmcfg version has every form, and its text is that of --version", async () => {
  const json = recordingIo();
  const text = recordingIo();

  expect(await run(["version", "-o", "json", "--query", "version"], json)).toBe(0);
  expect(await run(["version"], text)).toBe(0);
  expect(text.printed.out).toBe(`llmcfg ${JSON.parse(json.printed.out)}\n`);
});

test("--version and help need no server", async () => {
  const io = recordingIo();

  expect(await run(["--version"], io)).toBe(0);
  expect(await run(["help", "exit-codes"], io)).toBe(0);
  expect(io.printed.out).toMatch(/^llmcfg 9\.9\.9\n0 {4}done/);
});

async function run(argv: readonly string[], io: Io): Promise<number> {
  return await runProgram(argv, io, {
    commands: COMMANDS,
    reserved: RESERVED_COMMANDS,
    version: "9.9.9",
  });
}
