import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { knownNames } from "../src/completion/known-names.ts";
import { nameCacheOf, rememberEnvironments, rememberKeys } from "../src/completion/name-cache.ts";
import { recordingIo } from "./recording-io.ts";

const ADDR = "http://127.0.0.1:9"; // nobody listens there
const TOKEN = "llmcfg_pat_test";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "llmcfg-known-"));
  const cache = nameCacheOf(env(), { addr: ADDR, tenant: undefined, token: TOKEN });
  await rememberEnvironments(cache, [{ name: "production", aliases: ["prod"] }]);
  await rememberKeys(cache, { env: "production", service: "ml" }, [
    { env: "production", service: "ml", key: "a" },
  ]);
});
afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});

test("CLI-17 names that are kept are given without asking the server", async () => {
  const started: string[] = [];

  const { names } = await knownNames(io(), (name) => started.push(name))({});

  expect(names.environments).toEqual(["production", "prod"]);
  expect(await names.keysOf("prod")).toEqual(["ml/a"]);
  expect(started).toEqual([]);
});

test("CLI-17 names that are old are given too, and fetched anew behind their back", async () => {
  const started: unknown[] = [];
  await age(60_000);

  const { names } = await knownNames(io(), (...all) => started.push(all))({ tenant: undefined });

  expect(await names.keysOf("prod")).toEqual(["ml/a"]);
  expect(started).toEqual([["production", { tenant: undefined }]]);
});

test("CLI-17 with neither names nor a server there are none, and no failure", async () => {
  const { names } = await knownNames(io({ LLMCFG_TOKEN: "llmcfg_pat_other" }), () => {})({});

  expect(names.environments).toEqual([]);
  expect(await names.keysOf("production")).toEqual([]);
});

test("CLI-17 settings that are wrong are no failure at a prompt either", async () => {
  const { names } = await knownNames(io({ LLMCFG_ADDR: "nonsense" }), () => {})({});

  expect(names.environments).toEqual([]);
});

function env(): Record<string, string> {
  return {
    HOME: home,
    XDG_CACHE_HOME: home,
    XDG_CONFIG_HOME: home,
    XDG_RUNTIME_DIR: home,
    LLMCFG_ADDR: ADDR,
    LLMCFG_TOKEN: TOKEN,
  };
}

function io(more: Readonly<Record<string, string>> = {}) {
  return recordingIo({ env: { ...env(), ...more } });
}

async function age(byMs: number): Promise<void> {
  const { folder } = nameCacheOf(env(), { addr: ADDR, tenant: undefined, token: TOKEN });
  const file = join(folder, "keys-production");
  const text = await readFile(file, "utf8");
  await writeFile(
    file,
    text.replace(/\d{13}/, (at) => String(Number(at) - byMs)),
  );
}
