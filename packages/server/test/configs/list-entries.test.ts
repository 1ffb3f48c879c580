import { expect, test } from "vitest";
import { type ListEntries, listEntries } from "../../src/modules/configs/list-entries.ts";
import { callerWith, openWorld, put, remove, TENANT, type World, write } from "./open-world.ts";

test("API-06 what is listed once stays on one page, whatever is written in between", async () => {
  const world = openWorld();
  await write(
    world,
    ["a", "c", "e", "g"].map((key) => put(`base/svc/${key}`, 1)),
  );

  const first = await list(world, { limit: 2 });
  await write(world, [put("base/svc/b", 1), put("base/svc/d", 1), remove("base/svc/c")]);
  const second = await list(world, { limit: 3, cursor: first.nextCursor });

  expect(keysOf(first)).toEqual(["a", "c"]);
  expect(keysOf(second)).toEqual(["d", "e", "g"]);
  expect(second.nextCursor).toBeUndefined();
});

test("API-06 a cursor is of use with its own list and caller alone", async () => {
  const world = openWorld();
  await write(
    world,
    ["a", "b", "c"].map((key) => put(`base/svc/${key}`, 1)),
  );
  const { nextCursor: cursor } = await list(world, { limit: 1 });
  const other = { ...callerWith(), actor: { ...callerWith().actor, principal: "user:eve" } };

  const attempts = await Promise.allSettled([
    list(world, { cursor, view: "tree" }),
    list(world, { cursor, at: { revision: 2 } }),
    list(world, { cursor, namespace: { env: "staging", service: "svc", prefix: "" } }),
    list(world, { cursor, caller: other }),
    list(world, { cursor: `${cursor}A` }),
    list(world, { cursor: "" }),
  ]);

  for (const attempt of attempts) {
    expect(attempt).toMatchObject({ status: "rejected", reason: { reason: "INVALID_ARGUMENT" } });
  }
});

test("05 §3.6 counts, cursors and pages are of what the caller may list", async () => {
  const world = openWorld();
  await write(world, [
    put("base/svc/open/a", 1),
    put("base/svc/hidden/b", 1),
    put("base/svc/open/c", 1),
    put("base/other/d", 1),
  ]);
  const caller = callerWith("viewer@production/svc/open/**");

  const page = await list(world, { caller, limit: 2 });
  const tree = await list(world, { caller, view: "tree" });
  const everything = await list(world, {
    caller,
    namespace: { env: "production", service: undefined, prefix: "" },
  });

  expect([keysOf(page), page.nextCursor]).toEqual([["open/a", "open/c"], undefined]);
  expect(tree).toMatchObject({ entries: [], folders: [{ name: "open", keys: 2 }] });
  expect(keysOf(everything)).toEqual(["open/a", "open/c"]);
});

test("who may list and not read sees neither value nor anything that tells it", async () => {
  const world = openWorld();
  await write(world, [put("base/svc/a", 1), put("base/svc/b", 1), put("base/svc/secrets/c", "x")]);

  const { entries } = await list(world, { caller: callerWith("auditor") });
  const [a, b, c] = entries;

  expect(a).toMatchObject({ value: undefined, isRedacted: true, fingerprint: undefined });
  expect(a?.hash).toMatch(/^hmac:[0-9a-f]{64}$/);
  expect(a?.hash).toBe(b?.hash); // equal stays equal
  expect(c).toMatchObject({ isRedacted: true, fingerprint: expect.any(String) as string });
});

test("a tree shows what lies at a level and folds what is deeper", async () => {
  const world = openWorld();
  const keys = ["a", "b/c", "b/d/e", "b/d/f", "g/h/i"];
  await write(
    world,
    keys.map((key) => put(`base/svc/${key}`, 1)),
  );

  const top = await list(world, { view: "tree" });
  const below = await list(world, {
    view: "tree",
    namespace: { env: "production", service: "svc", prefix: "b/" },
  });
  const deeper = await list(world, { view: "tree", depth: 2 });
  const flat = await list(world, { depth: 2 });

  expect([keysOf(top), top.folders]).toEqual([
    ["a"],
    [
      { name: "b", keys: 3 },
      { name: "g", keys: 1 },
    ],
  ]);
  expect([keysOf(below), below.folders]).toEqual([["b/c"], [{ name: "d", keys: 2 }]]);
  expect([keysOf(deeper), deeper.folders]).toEqual([
    ["a", "b/c"],
    [
      { name: "b/d", keys: 2 },
      { name: "g/h", keys: 1 },
    ],
  ]);
  expect([keysOf(flat), flat.folders]).toEqual([["a", "b/c"], []]);
});

test("without values the entries are the same but for those", async () => {
  const world = openWorld();
  await write(world, [put("base/svc/a", 1)]);

  const { entries } = await list(world, { withValues: false });

  expect(entries).toMatchObject([{ value: undefined, isRedacted: false, type: "number" }]);
});

test("API-20 a past list is of then, with the rights of now", async () => {
  const world = openWorld();
  await write(world, [put("base/svc/a", 1), put("base/svc/b", 1)]);
  await write(world, [remove("base/svc/a")]);

  const past = await list(world, { at: { revision: 2 } });
  const future = list(world, { at: { revision: 4 } });

  expect([past.revision, keysOf(past)]).toEqual([2, ["a", "b"]]);
  await expect(future).rejects.toMatchObject({ reason: "INVALID_ARGUMENT" });
  expect(await world.deps.store.headRevision(TENANT)).toBe(3);
});

async function list(world: World, over: Partial<ListEntries> = {}) {
  return await listEntries(world.deps, {
    caller: callerWith(),
    namespace: { env: "production", service: "svc", prefix: "" },
    references: "expand",
    view: "flat",
    depth: undefined,
    withValues: true,
    limit: 50,
    cursor: undefined,
    ...over,
  });
}

function keysOf({ entries }: { readonly entries: readonly { readonly ref: { key: string } }[] }) {
  return entries.map(({ ref }) => ref.key);
}
