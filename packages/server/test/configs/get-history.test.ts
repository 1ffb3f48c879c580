import { parsePath } from "@llmcfg/core";
import { expect, test } from "vitest";
import { type GetHistory, getHistory } from "../../src/modules/configs/get-history.ts";
import { callerWith, openWorld, put, remove, type World, write } from "./open-world.ts";

test("pages go on without a gap, over all layers where they are wanted", async () => {
  const world = openWorld();
  await write(world, [put("base/svc/a", 1), put("staging/svc/a", 1)]); // r2, both
  await write(world, [put("base/svc/a", 2)]);
  await write(world, [remove("staging/svc/a")]);
  await write(world, [put("staging/svc/a", 3)]);

  const own = await all(world, { limit: 1 });
  const layers = await all(world, { limit: 2, withLayers: true });

  expect(own).toEqual(["staging v3 put", "staging v2 delete", "staging v1 put"]);
  expect(layers).toEqual([
    "staging v3 put",
    "staging v2 delete",
    "base v2 put",
    "base v1 put",
    "staging v1 put",
  ]);
});

test("05 §3.6 a version is redacted if it was sensitive or the item is now", async () => {
  const world = openWorld();
  await write(world, [put("staging/svc/a", "was plain")]);
  await write(world, [put("staging/svc/a", "s3cr3t", { about: { sensitive: true } })]);

  const { versions } = await history(world, {});

  expect(versions).toMatchObject([
    { value: undefined, isRedacted: true, item: { version: 2 } },
    { value: undefined, isRedacted: true, item: { version: 1 } },
  ]);
});

test("layers that the caller may not read are left out", async () => {
  const world = openWorld();
  await write(world, [put("base/svc/a", 1), put("staging/svc/a", 2)]);
  const caller = callerWith("viewer@staging/**");

  const { versions } = await history(world, { caller, withLayers: true });

  expect(versions.map(({ item }) => item.ref.env)).toEqual(["staging"]);
});

test("a key that is only inherited has no history of its own; a missing one is an error", async () => {
  const world = openWorld();
  await write(world, [put("base/svc/a", 1)]);

  const inherited = await history(world, {});
  const missing = history(world, { ref: parsePath("staging/svc/b") });

  expect(inherited.versions).toEqual([]);
  await expect(missing).rejects.toMatchObject({ reason: "KEY_NOT_FOUND" });
});

async function history(world: World, over: Partial<GetHistory>) {
  return await getHistory(world.deps, {
    caller: callerWith(),
    ref: parsePath("staging/svc/a"),
    withLayers: false,
    limit: 50,
    cursor: undefined,
    ...over,
  });
}

/** All pages, each version as one line. */
async function all(world: World, over: Partial<GetHistory>) {
  const lines: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await history(world, { ...over, cursor });
    expect(page.versions.length).toBeLessThanOrEqual(over.limit ?? 50);
    for (const { item } of page.versions) lines.push(`${item.ref.env} v${item.version} ${item.op}`);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return lines;
}
