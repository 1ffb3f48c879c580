import { type Json, parsePath } from "@llmcfg/core";
import { expect, test } from "vitest";
import { NO_PRECONDITION, type RollBackTarget } from "../../src/modules/configs/change-set.ts";
import { type RolledBack, rollBack } from "../../src/modules/configs/roll-back.ts";
import { openValue } from "../../src/modules/configs/sealed-values.ts";
import {
  callerWith,
  openWorld,
  put,
  remove,
  TENANT,
  valueAt,
  type World,
  write,
} from "./open-world.ts";

const PATH = "staging/svc/a";

test("W8 LAW-06 without a target it takes back the last own change, and that can be taken back too", async () => {
  const world = openWorld();
  await write(world, [put("base/svc/a", 30)]);
  await write(world, [put(PATH, 45)]);

  const undone = await back(world, PATH, { kind: "previous" });
  const redone = await back(world, PATH, { kind: "previous" });

  expect(undone.writes).toMatchObject([
    {
      version: 2,
      revision: 4,
      isDeleted: true,
      isCreated: false,
      previous: { layer: "staging", version: 1 },
      nowInherits: { layer: "base", version: 1 },
      effects: [{ env: "staging", change: "update" }, { env: "production" }],
    },
  ]);
  expect(redone.writes).toMatchObject([{ version: 3, revision: 5, isDeleted: false }]);
  expect(await valueAt(world, PATH)).toBe(45);
  expect(await valueAt(world, PATH, 4)).toBe(30);
});

test("a revision brings back the own state of then; before there was one it is removed", async () => {
  const world = openWorld();
  await write(world, [put("base/svc/other", 1)]);
  await write(world, [put(PATH, 1)]);
  await write(world, [put(PATH, 2)]);
  await write(world, [put(PATH, 3)]);

  const then = await back(world, PATH, { kind: "revision", revision: 4 });
  const before = await back(world, PATH, { kind: "revision", revision: 2 });
  const again = await back(world, PATH, { kind: "revision", revision: 2 });

  expect(then.writes).toMatchObject([{ version: 4 }]);
  expect(await valueAt(world, PATH, 6)).toBe(2);
  expect(before.writes).toMatchObject([{ version: 5, isDeleted: true }]);
  expect(again).toMatchObject({ isChanged: false, writes: [{ version: 5, isUnchanged: true }] });
});

test("a mask is brought back as a mask", async () => {
  const world = openWorld();
  await write(world, [put("base/svc/a", 1)]);
  await write(world, [remove(PATH, "mask")]);
  await write(world, [put(PATH, 2)]);

  const result = await back(world, PATH, { kind: "version", version: 1 });

  expect(result.writes).toMatchObject([{ isMasked: true, isDeleted: false }]);
  expect(await valueAt(world, PATH)).toBeUndefined();
});

test("LAW-06 a secret is sealed anew for its new version, by somebody who may not read it", async () => {
  const world = openWorld();
  const path = "staging/svc/secrets/a";
  await write(world, [put(path, "one")]);
  await write(world, [put(path, "two")]);
  const caller = callerWith("secret-writer");

  const result = await back(world, path, { kind: "version", version: 1 }, caller);

  const [item, second, first] = await world.deps.store.history(TENANT, parsePath(path), {
    limit: 3,
  });
  if (item === undefined) throw new Error("there is no version");
  expect(item).toMatchObject({ version: 3, op: "rollback", restoredFrom: 1, hash: first?.hash });
  expect(item.stored).not.toEqual(first?.stored);
  expect(item.hash).not.toBe(second?.hash);
  expect(await openValue(world.keyring, TENANT, item)).toBe("one");
  expect(JSON.stringify(result)).not.toContain("one");
});

test("what became a secret stays one when its plain past comes back", async () => {
  const world = openWorld();
  await write(world, [put(PATH, "plain")]);
  await write(world, [put(PATH, "s3cr3t", { about: { sensitive: true } })]);

  await back(world, PATH, { kind: "version", version: 1 });

  const [item] = await world.deps.store.history(TENANT, parsePath(PATH), { limit: 1 });
  expect(item).toMatchObject({ version: 3, sensitive: true, stored: { kind: "sealed" } });
});

test("a version that was a secret comes back to whoever may set secrets alone", async () => {
  const world = openWorld();
  await write(world, [put(PATH, "s3cr3t", { about: { sensitive: true } })]);
  await write(world, [put(PATH, "plain", { about: { sensitive: false } })]);
  const version1 = { kind: "version", version: 1 } as const;

  const byEditor = back(world, PATH, version1, callerWith("editor"));
  await expect(byEditor).rejects.toMatchObject({
    reason: "POLICY_DENIED",
    details: { permission: "secret:write" },
  });
  const restored = await back(world, PATH, version1, callerWith("editor", "secret-writer"));

  expect(world.recorded).toMatchObject([{ outcome: "denied", action: "config.rollback" }]);
  expect(restored.writes).toMatchObject([{ version: 3, isSensitive: true }]);
});

test("a prefix is brought back as a whole, under one revision", async () => {
  const world = openWorld();
  await write(world, [
    put("staging/svc/a/x", 1),
    put("staging/svc/a/y", 1),
    put("staging/svc/b", 1),
  ]);
  await write(world, [
    put("staging/svc/a/x", 2),
    put("staging/svc/a/z", 2),
    put("staging/svc/b", 2),
  ]);
  await write(world, [remove("staging/svc/a/y")]);

  const { outcome } = await backTo(world, { prefix: "a/", toRevision: 2 });

  expect(outcome.kind === "done" && outcome.result).toMatchObject({
    revision: 5,
    writes: [
      { ref: { key: "a/x" }, version: 3 },
      { ref: { key: "a/y" }, version: 3, isCreated: true },
      { ref: { key: "a/z" }, version: 2, isDeleted: true },
    ],
  });
  const values: (Json | undefined)[] = [];
  for (const key of ["a/x", "a/y", "a/z", "b"])
    values.push(await valueAt(world, `staging/svc/${key}`));
  expect(values).toEqual([1, 1, undefined, 2]);
});

test("a prefix whose state is that of then already makes no revision", async () => {
  const world = openWorld();
  await write(world, [put(PATH, 1)]);
  await write(world, [put("staging/other/a", 1)]);

  const { outcome } = await backTo(world, { prefix: "", toRevision: 2 });

  expect(outcome.kind === "done" && outcome.result).toEqual({
    revision: 3,
    isChanged: false,
    writes: [],
  });
});

test("a prefix that holds something hidden from the caller is refused without naming it", async () => {
  const world = openWorld();
  await write(world, [put("staging/svc/open", 1), put("staging/svc/hidden", 1)]);
  await write(world, [put("staging/svc/hidden", 2)]);
  const caller = callerWith("editor@staging/svc/open", "editor@production/**");

  const attempt = backTo(world, { prefix: "", toRevision: 2 }, caller);

  await expect(attempt).rejects.toMatchObject({
    reason: "POLICY_DENIED",
    details: { path: "staging/svc/**" },
  });
  await expect(attempt).rejects.not.toThrow("hidden");
  expect(world.recorded).toMatchObject([{ outcome: "denied", action: "config.rollback" }]);
});

test.each([
  ["VERSION_NOT_FOUND", PATH, { kind: "version", version: 9 }],
  ["INVALID_ARGUMENT", PATH, { kind: "revision", revision: 9 }],
  ["KEY_NOT_FOUND", "staging/svc/never", { kind: "previous" }],
] as const)("%s is said of what cannot be brought back", async (reason, path, to) => {
  const world = openWorld();
  await write(world, [put(PATH, 1)]);

  await expect(back(world, path, to)).rejects.toMatchObject({ reason });
});

async function back(world: World, path: string, to: RollBackTarget, caller = callerWith()) {
  const ref = parsePath(path);
  const what: RolledBack = { kind: "key", ref, to, expected: NO_PRECONDITION };
  const command = { caller, via: "api", message: undefined, isConfirmed: true, what } as const;
  const outcome = await rollBack(world.deps, command);
  if (outcome.kind !== "done") throw new Error("this was no repetition");
  return outcome.result;
}

async function backTo(
  world: World,
  to: { readonly prefix: string; readonly toRevision: number },
  caller = callerWith(),
) {
  const what: RolledBack = { kind: "prefix", env: "staging", service: "svc", ...to };
  const command = { caller, via: "api", message: undefined, isConfirmed: true, what } as const;
  return { outcome: await rollBack(world.deps, command) };
}
