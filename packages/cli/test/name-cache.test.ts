import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  nameCacheOf,
  readEnvironments,
  readKeys,
  rememberEnvironments,
  rememberKeys,
} from "../src/completion/name-cache.ts";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "llmcfg-names-"));
});
afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});

test("CLI-17 what was remembered is there without a server", async () => {
  await rememberEnvironments(cache(), [{ name: "production", aliases: ["prod"] }]);
  await rememberKeys(cache(), { env: "production" }, [ref("ml", "b"), ref("ml", "a/b")]);

  expect((await readEnvironments(cache()))?.names).toEqual(["production prod"]);
  expect((await readKeys(cache(), "production"))?.names).toEqual(["ml/a/b", "ml/b"]);
});

test("a list of a part takes the place of that part alone", async () => {
  await rememberKeys(cache(), { env: "production" }, [
    ref("ml", "a/x"),
    ref("ml", "b"),
    ref("ui", "c"),
  ]);

  await rememberKeys(cache(), { env: "prod", service: "ml", prefix: "a/" }, [ref("ml", "a/y")]);
  await rememberKeys(cache(), { env: "production", service: "ui" }, []);

  expect((await readKeys(cache(), "production"))?.names).toEqual(["ml/a/y", "ml/b"]);
});

test("each server and each credential has names of its own", async () => {
  await rememberKeys(cache(), { env: "production" }, [ref("ml", "a")]);

  expect(await readKeys(cache({ token: "llmcfg_pat_other" }), "production")).toBeUndefined();
  expect(await readKeys(cache({ addr: "http://127.0.0.1:2" }), "production")).toBeUndefined();
  expect(cache().folder).not.toContain("llmcfg_pat_one");
});

test("the names are readable by their owner alone", async () => {
  await rememberKeys(cache(), { env: "production" }, [ref("ml", "a")]);

  expect((await stat(cache().folder)).mode & 0o777).toBe(0o700);
  expect((await stat(join(cache().folder, "keys-production"))).mode & 0o777).toBe(0o600);
});

test.each(["", "something else\nml/a", "llmcfg-names 2 5\nml/a"])(
  "a file of another form is no names: %j",
  async (content) => {
    await rememberKeys(cache(), { env: "production" }, [ref("ml", "a")]);
    await writeFile(join(cache().folder, "keys-production"), content);

    expect(await readKeys(cache(), "production")).toBeUndefined();
  },
);

test("no name of an environment leads out of the folder", async () => {
  await writeFile(join(home, "passwd"), "llmcfg-names 1 5\nml/a");

  expect(await readKeys(cache(), "../../../passwd")).toBeUndefined();
  await rememberKeys(cache(), { env: "../../../passwd" }, []);
  expect(await readFile(join(home, "passwd"), "utf8")).toBe("llmcfg-names 1 5\nml/a");
});

test("a cache that cannot be written is no fault", async () => {
  await writeFile(join(home, "llmcfg"), "in the way");

  await expect(
    rememberKeys(cache(), { env: "production" }, [ref("ml", "a")]),
  ).resolves.toBeUndefined();
});

function cache(peer: { addr?: string; token?: string } = {}) {
  const { addr = "http://127.0.0.1:1", token = "llmcfg_pat_one" } = peer;
  return nameCacheOf({ XDG_CACHE_HOME: home }, { addr, tenant: undefined, token });
}

function ref(service: string, key: string) {
  return { env: "production", service, key };
}

test.skipIf(!existsSync("/proc/self"))(
  "where no folder can be made nothing is kept, and nothing goes on trying",
  async () => {
    const nowhere = { folder: "/proc/nothing/can-be-made" };

    await rememberEnvironments(nowhere, [{ name: "production", aliases: [] }]);

    expect(await readEnvironments(nowhere)).toBeUndefined();
  },
);
