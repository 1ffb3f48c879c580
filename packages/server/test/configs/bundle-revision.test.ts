import { expect, test } from "vitest";
import { getBundle } from "../../src/modules/configs/get-bundle.ts";
import { callerWith, openWorld, put, remove, type World, write } from "./open-world.ts";

test("the revision of a bundle is the newest that changed a value of it", async () => {
  const world = openWorld();
  await write(world, [put("base/svc/a", 1), put("production/svc/pinned", 1)]); // r2
  expect(await revisionOf(world)).toBe(2);

  await write(world, [put("base/svc/a", 1)]); // r3: an equal value
  await write(world, [put("base/other/a", 1)]); // r4: another service
  await write(world, [put("staging/svc/pinned", 2)]); // r5: shadowed in production
  expect(await revisionOf(world)).toBe(2);
  expect(await revisionOf(world, "staging")).toBe(5);

  await write(world, [put("base/svc/a", 2)]); // r6
  expect(await revisionOf(world)).toBe(6);

  await write(world, [remove("base/svc/a")]); // r7: what is gone leaves no item behind
  expect(await revisionOf(world)).toBe(7);
});

test("a bundle that comes back to what it was is of the revision that brought it back", async () => {
  const world = openWorld();
  await write(world, [put("base/svc/a", 1)]); // r2
  const first = await revisionOf(world);

  await write(world, [put("base/svc/a", 2)]); // r3
  await write(world, [put("base/svc/a", 1)]); // r4: as in r2, and nobody looked at r3

  expect([first, await revisionOf(world)]).toEqual([2, 4]);
});

test("what its values refer to counts, wherever it lies", async () => {
  const world = openWorld();
  await write(world, [put("base/other/host", "db"), put("base/svc/url", "${ref://other/host}")]);

  await write(world, [put("base/other/host", "db2")]); // r3

  expect(await revisionOf(world)).toBe(3);
});

test("only what the caller may see counts", async () => {
  const world = openWorld();
  await write(world, [put("base/svc/open", 1), put("base/svc/hidden", 1)]); // r2
  await write(world, [put("base/svc/hidden", 2)]); // r3

  expect(await revisionOf(world, "production", callerWith("viewer@*/svc/open"))).toBe(2);
  expect(await revisionOf(world)).toBe(3);
});

test("in the past it is the revision of then", async () => {
  const world = openWorld();
  await write(world, [put("base/svc/a", 1)]); // r2
  await write(world, [put("base/other/a", 1)]); // r3
  await write(world, [put("base/svc/a", 2)]); // r4
  await revisionOf(world);

  expect(await revisionOf(world, "production", callerWith(), 3)).toBe(2);
});

async function revisionOf(world: World, env = "production", caller = callerWith(), at?: number) {
  const { view } = await getBundle(world.deps, {
    caller,
    namespace: { env, service: "svc", prefix: "" },
    at: at === undefined ? undefined : { revision: at },
    references: "expand",
    shape: "flat",
    withMeta: false,
    reveal: false,
  });
  return view.revision;
}
