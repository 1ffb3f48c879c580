import { expect, test } from "vitest";
import { diffReferences } from "../../src/modules/configs/diff-references.ts";
import { writeDemoData } from "../../src/modules/configs/seed.ts";
import { callerWith, openWorld, put, remove, TENANT, type World, write } from "./open-world.ts";

test("W6 two services differ in what is added, changed and secret", async () => {
  const world = openWorld();
  await writeDemoData(world.deps, TENANT);
  await write(world, [put("production/ml-service/inference/timeout-seconds", 45)]);

  const { from, to, changes } = await diff(world, "staging/ml-service", "prod/ml-service");

  expect([from, to]).toEqual([
    { ref: "staging/ml-service", revision: 3 },
    { ref: "production/ml-service", revision: 3 },
  ]);
  const fp = expect.stringMatching(/^[0-9a-f]{8}$/) as string;
  const secret = {
    op: "add",
    isSensitive: true,
    from: undefined,
    to: undefined,
    toFingerprint: fp,
  };
  expect(changes).toMatchObject([
    { key: "db-url", op: "change", to: "postgres://db.internal/ml" },
    { key: "inference/scaling.yaml", op: "add", from: undefined },
    { key: "inference/secrets/api-key", ...secret },
    { key: "inference/secrets/db-credentials", ...secret },
    { key: "inference/timeout-seconds", op: "change", from: 30, to: 45 },
  ]);
});

test("objects differ leaf by leaf, documents as a whole", async () => {
  const world = openWorld();
  await write(world, [
    put("base/svc/o", { a: { b: 1, c: 1 }, d: 1 }),
    put("base/svc/x.yaml", "a: 1\n"),
  ]);
  await write(world, [put("base/svc/o", { a: { b: 2 }, e: 1 }), put("base/svc/x.yaml", "a: 2\n")]);

  const { changes } = await diff(world, "base/svc@r2", "base/svc@3");

  expect(changes.map(({ key, op, pointer, from, to }) => [key, op, pointer, from, to])).toEqual([
    ["o", "change", "/a/b", 1, 2],
    ["o", "remove", "/a/c", 1, undefined],
    ["o", "remove", "/d", 1, undefined],
    ["o", "add", "/e", undefined, 1],
    ["x.yaml", "change", "", "a: 1\n", "a: 2\n"],
  ]);
});

test("equal secrets of two environments do not differ, and one that was plain stays hidden", async () => {
  const world = openWorld();
  await write(world, [
    put("base/svc/secrets/same", "s"),
    put("production/svc/secrets/same", "s"),
    put("base/svc/was", "plain"),
  ]);
  await write(world, [put("base/svc/was", "s3cr3t", { about: { sensitive: true } })]);

  const equal = await diff(world, "base/svc", "production/svc");
  const hidden = await diff(world, "base/svc@2", "base/svc");

  expect(equal.changes).toEqual([]);
  expect(hidden.changes).toMatchObject([
    { key: "was", op: "change", isSensitive: true, from: undefined, to: undefined },
  ]);
});

test("environments as a whole are compared by service and key", async () => {
  const world = openWorld();
  await write(world, [put("base/a/x", 1), put("base/b/x", 1), put("production/b/x", 2)]);

  const { changes } = await diff(world, "base", "production");

  expect(changes.map(({ key }) => key)).toEqual(["b/x"]);
});

test("05 §3.6 a key that may not be read on one of the sides is left out", async () => {
  const world = openWorld();
  await write(world, [
    put("base/svc/a", 1),
    put("production/svc/a", 2),
    put("production/svc/b", 2),
  ]);
  const caller = callerWith("viewer@production/**", "viewer@base/svc/b");

  const { changes } = await diff(world, "base/svc", "production/svc", caller);

  expect(changes.map(({ key, op }) => [key, op])).toEqual([["b", "add"]]);
});

test("a removed key differs from what it was at a time", async () => {
  const world = openWorld();
  await write(world, [put("base/svc/a", 1), put("base/svc/b", 1)]);
  const then = new Date(world.nowMs).toISOString();
  world.nowMs += 1_000;
  await write(world, [remove("base/svc/a")]);

  const { changes, from } = await diff(world, `base/svc@${then}`, "base/svc");

  expect(from).toEqual({ ref: `base/svc@${then}`, revision: 2 });
  expect(changes).toMatchObject([{ key: "a", op: "remove", from: 1 }]);
});

test("an @ that is part of a key is no suffix", async () => {
  const world = openWorld();
  await write(world, [put("base/svc/user@host", 1)]);
  await write(world, [put("base/svc/user@host", 2)]);

  const { changes, from } = await diff(world, "base/svc/user@host@v1", "base/svc/user@host");

  expect(from.ref).toBe("base/svc/user@host@v1");
  expect(changes).toMatchObject([{ key: "user@host", from: 1, to: 2 }]);
});

test.each([
  ["INVALID_ARGUMENT", "base/svc", "base"],
  ["INVALID_ARGUMENT", "base/svc/a", "base/svc"],
  ["INVALID_ARGUMENT", "base/svc@v1", "base/svc"],
  ["INVALID_ARGUMENT", "base/svc@r9", "base/svc"],
  ["INVALID_ARGUMENT", "base/svc@2026-13-01T00:00:00Z", "base/svc"],
  ["INVALID_KEY", "base/svc/a//b", "base/svc/a"],
  ["ENV_NOT_FOUND", "nowhere/svc", "base/svc"],
  ["KEY_NOT_FOUND", "base/svc/nothing", "base/svc/a"],
  ["VERSION_NOT_FOUND", "base/svc/a@v7", "base/svc/a"],
  ["NOT_IMPLEMENTED", "agent:gw-1", "base/svc"],
])("%s is said of from=%s to=%s", async (reason, from, to) => {
  const world = openWorld();
  await write(world, [put("base/svc/a", 1)]);

  await expect(diff(world, from, to)).rejects.toMatchObject({ reason });
});

async function diff({ deps }: World, from: string, to: string, caller = callerWith()) {
  return await diffReferences(deps, { caller, from, to });
}
