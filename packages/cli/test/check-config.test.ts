import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { COMMANDS } from "../src/commands.ts";
import { runProgram } from "../src/run-program.ts";
import { type RecordingIo, recordingIo } from "./recording-io.ts";

const FAULTY = `schemaVersion: 1
http: { adr: "127.0.0.1:7420" }
redis:
  url: redis://127.0.0.1
`;

test("server check-config says ok of a file without faults", async () => {
  await using folder = await makeFolder("llmcfg.yaml", "schemaVersion: 1\n");
  const io = recordingIo({ cwd: folder.path });

  expect(await run(["server", "check-config", "llmcfg.yaml"], io)).toBe(0);
  expect(io.printed).toEqual({ out: "llmcfg.yaml  ok\n", err: "" });
});

test("server check-config prints a line for each fault, with its place, and exits with 7", async () => {
  await using folder = await makeFolder("conf.yaml", FAULTY);
  const env = { HOME: folder.path, LLMCFG_LOG__LEVL: "debug" };
  const io = recordingIo({ cwd: folder.path, env });

  expect(await run(["server", "check-config", "conf.yaml"], io)).toBe(7);
  expect(io.printed.err).toBe("");
  expect(io.printed.out).toBe(
    `conf.yaml:2:9: error UNKNOWN_KEY /http/adr: unknown key (did you mean "addr"?)
conf.yaml:4:8: error NOT_BUILT /redis/url: redis.url: this setting is specified and not built yet; one process serves alone, without Redis; leave it out
warning ENV_UNKNOWN: LLMCFG_LOG__LEVL: the variable names no path of the schema (did you mean "LLMCFG_LOG__LEVEL"?)
2 errors, 1 warning
`,
  );
});

test("server check-config -o json is one document, whatever it finds", async () => {
  await using folder = await makeFolder("llmcfg.yaml", FAULTY);
  const faulty = recordingIo({ cwd: folder.path, env: { HOME: folder.path } });
  const fine = recordingIo({ cwd: "/nowhere", env: { HOME: "/nowhere" } });

  expect(await run(["server", "check-config", "-o", "json"], faulty)).toBe(7);
  expect(await run(["server", "check-config", "-o", "json"], fine)).toBe(0);

  expect(JSON.parse(fine.printed.out)).toEqual({ valid: true, errors: [], warnings: [] });
  expect(JSON.parse(faulty.printed.out)).toEqual({
    valid: false,
    errors: [
      {
        pointer: "/http/adr",
        code: "UNKNOWN_KEY",
        detail: "unknown key",
        expected: null,
        suggestion: "addr",
        file: "llmcfg.yaml",
        line: 2,
        column: 9,
      },
      {
        pointer: "/redis/url",
        code: "NOT_BUILT",
        detail: "redis.url: this setting is specified and not built yet",
        expected: "one process serves alone, without Redis; leave it out",
        suggestion: null,
        file: "llmcfg.yaml",
        line: 4,
        column: 8,
      },
    ],
    warnings: [],
  });
});

test("without any file, what variables and defaults say is checked", async () => {
  const io = recordingIo({
    cwd: "/nowhere",
    env: { HOME: "/nowhere", LLMCFG_HTTP__ADDR: "0.0.0.0:7420" },
  });

  expect(await run(["server", "check-config"], io)).toBe(7);
  expect(io.printed.out).toBe(
    `error NOT_BUILT /http/addr: LLMCFG_HTTP__ADDR: an address beyond this machine is specified and not built yet; until there is TLS the server listens on 127.0.0.1, localhost or [::1] alone
1 error, 0 warnings
`,
  );
});

test.each([
  [["server", "check-config", "none.yaml"], "the settings file none.yaml does not exist"],
  [["server", "start", "--config", "none.yaml"], "the settings file none.yaml does not exist"],
  [["server", "start", "--log-level", "dbug"], "did you mean debug?"],
  [["server", "start", "--log-format", "xml"], "use one of json, pretty"],
  [["server", "start", "--port", "x"], "--port x is no port"],
  [["server", "start", "--data-dir", ""], "--data-dir names no folder"],
  [["dev", "--data-dir", ""], "--data-dir names no folder"],
])("%j is a mistake of the call: exit 2", async (argv, text) => {
  const io = recordingIo({ cwd: "/nowhere" });

  expect(await run(argv, io)).toBe(2);
  expect(io.printed.out).toBe("");
  expect(io.printed.err.toLowerCase()).toContain(text);
});

test("server start tells every fault of the settings, and starts nothing", async () => {
  await using folder = await makeFolder("llmcfg.yaml", FAULTY);
  const text = recordingIo({ cwd: folder.path, env: { HOME: folder.path } });
  const json = recordingIo({ cwd: folder.path, env: { HOME: folder.path } });

  expect(await run(["server", "start"], text)).toBe(7);
  expect(await run(["server", "start", "-o", "json"], json)).toBe(7);

  expect(text.printed.err).toContain("llmcfg.yaml:2:9: error UNKNOWN_KEY /http/adr: unknown key");
  expect(text.printed.err).toContain("llmcfg.yaml:4:8: error NOT_BUILT /redis/url: redis.url: ");
  expect(text.printed.err).toContain("error: The settings of the server have 2 errors");
  const problem: unknown = JSON.parse(json.printed.err);
  expect(problem).toMatchObject({
    reason: "SCHEMA_VIOLATION",
    exitCode: 7,
    errors: [{ pointer: "/http/adr" }, { pointer: "/redis/url" }],
  });
  expect(text.printed.out + json.printed.out).toBe("");
});

async function run(argv: readonly string[], io: RecordingIo): Promise<number> {
  return await runProgram(argv, io, { commands: COMMANDS, reserved: [], version: "9.9.9" });
}

async function makeFolder(
  name: string,
  text: string,
): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "llmcfg-check-config-"));
  await writeFile(join(path, name), text);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
