import { chmod, mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { COMMANDS, RESERVED_COMMANDS } from "../src/commands.ts";
import { runProgram } from "../src/run-program.ts";
import { recordingIo } from "./recording-io.ts";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "llmcfg-doctor-"));
  await mkdir(join(home, "cache/llmcfg"), { recursive: true });
  await chmod(join(home, "cache/llmcfg"), 0o755);
});
afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});

test("CLI-20 without a server it fails with exit 1, and each failure has its fix", async () => {
  const { code, items } = await doctor({ LLMCFG_ADDR: "http://127.0.0.1:9" });

  expect(code).toBe(1);
  expect(items.map(({ id, result }) => `${result} ${id}`)).toEqual([
    "ok runtime",
    "warn cache-perms",
    "ok config-format",
    "ok dns",
    "FAIL server",
  ]);
  expect(items.filter(({ result, fix }) => result !== "ok" && fix === null)).toEqual([]);
});

test("CLI-20 settings that are wrong are told as a failure, not thrown", async () => {
  const { code, items } = await doctor({ LLMCFG_ADDR: "nonsense" });

  expect(code).toBe(1);
  expect(items.at(-1)).toMatchObject({ id: "config-format", result: "FAIL" });
});

test("CLI-20 --fix takes away what others may read", async () => {
  const { items } = await doctor({ LLMCFG_ADDR: "nonsense" }, "--fix");

  expect(items).toContainEqual(expect.objectContaining({ id: "cache-perms", result: "ok" }));
  expect((await stat(join(home, "cache/llmcfg"))).mode & 0o777).toBe(0o700);
});

interface Item {
  readonly id: string;
  readonly result: string;
  readonly fix: string | null;
}

async function doctor(more: Readonly<Record<string, string>>, ...flags: readonly string[]) {
  const env = {
    HOME: home,
    XDG_CACHE_HOME: join(home, "cache"),
    XDG_CONFIG_HOME: home,
    XDG_RUNTIME_DIR: home,
    LLMCFG_TOKEN: "llmcfg_pat_test",
    ...more,
  };
  const io = recordingIo({ env });
  const program = { commands: COMMANDS, reserved: RESERVED_COMMANDS, version: "9.9.9" };
  const code = await runProgram(["doctor", "-o", "json", ...flags], io, program);
  return { code, items: (JSON.parse(io.printed.out) as { items: readonly Item[] }).items };
}
