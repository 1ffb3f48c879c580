import { expect, test } from "vitest";
import { Checkpoints } from "../../src/modules/audit/checkpoints.ts";
import { StoreNumbers } from "../../src/telemetry/store-numbers.ts";
import { openWorld, put, remove, TENANT, type World, write } from "../configs/open-world.ts";

const ENVIRONMENTS = ["base", "production"];

test("a process that has just started tells what the store holds, not zero", async () => {
  const world = openWorld();
  await write(world, [put("base/svc/a", 1)]); // r2
  await write(world, [put("production/svc/a", 2)]); // r3
  await write(world, [put("base/svc/b", 2)]); // r4

  const numbers = open(world);
  const before = numbers.revisions;
  await numbers.refresh();

  expect(Object.fromEntries(before)).toEqual({ base: 0, production: 0 });
  expect(Object.fromEntries(numbers.revisions)).toEqual({ base: 4, production: 3 });
  expect(numbers.auditSize).toBe(3);
});

test("later it reads the changes since alone, whoever made them", async () => {
  const world = openWorld();
  await write(world, [put("base/svc/a", 1)]);
  const { numbers, calls } = counted(world);
  await numbers.refresh();
  const first = [...calls];
  calls.length = 0;

  for (let i = 0; i < 101; i++) await write(world, [put("production/svc/a", i)]);
  calls.length = 0; // those of the writes
  await numbers.refresh();

  expect(first).toEqual(["currentVersions", "currentVersions", "changesAfter"]);
  expect(calls).toEqual(["changesAfter", "changesAfter"]);
  expect(Object.fromEntries(numbers.revisions)).toEqual({ base: 2, production: 103 });
});

test("the age of a secret counts from its current version, and ends with the secret", async () => {
  const world = openWorld();
  const start = world.nowMs;
  await write(world, [put("base/svc/secrets/old", "x"), put("base/svc/url", "x")]);
  world.nowMs = start + 60_000;
  await write(world, [put("base/svc/secrets/new", "x")]);
  const numbers = open(world);
  const ageAt = async (seconds: number) => {
    await numbers.refresh();
    return Object.fromEntries(numbers.oldestSecrets(start + seconds * 1_000));
  };

  const first = await ageAt(100);
  world.nowMs = start + 110_000;
  await write(world, [put("base/svc/secrets/old", "y")]);
  const rewritten = await ageAt(120);
  await write(world, [remove("base/svc/secrets/new")]);
  const deleted = await ageAt(120);
  await write(world, [remove("base/svc/secrets/old")]);
  const none = await ageAt(120);

  expect(first).toEqual({ base: 100, production: 0 });
  expect(rewritten).toEqual({ base: 60, production: 0 });
  expect(deleted).toEqual({ base: 10, production: 0 });
  expect(none).toEqual({ base: 0, production: 0 });
});

test("the newest checkpoint is told, and 0 before there is one", async () => {
  const world = openWorld();
  await write(world, [put("base/svc/a", 1)]);
  const { keyring, stores, deps } = world;
  const checkpoints = new Checkpoints({ auditStore: stores.audit, keyring, clock: deps.clock });
  const numbers = open(world);
  await numbers.refresh();
  const before = numbers.lastCheckpointAtMs;

  await checkpoints.sign(TENANT);
  await numbers.refresh();

  expect([before, numbers.lastCheckpointAtMs]).toEqual([0, world.nowMs]);
});

test("a refresh that failed half-way leaves nothing out the next time", async () => {
  const world = openWorld();
  await write(world, [put("base/svc/a", 1)]);
  await write(world, [put("production/svc/secrets/a", "x")]);
  const { numbers, failing } = counted(world);

  failing.add("currentVersions");
  await expect(numbers.refresh()).rejects.toThrow("away");
  failing.clear();
  await numbers.refresh();

  expect(Object.fromEntries(numbers.revisions)).toEqual({ base: 2, production: 3 });
});

test("who asks meanwhile waits for the same", async () => {
  const world = openWorld();
  const { numbers, calls } = counted(world);

  await Promise.all(Array.from({ length: 50 }, () => numbers.refresh()));

  expect(calls).toEqual(["currentVersions", "currentVersions", "changesAfter"]);
});

function open({ stores }: World): StoreNumbers {
  const about = { tenant: TENANT, environments: ENVIRONMENTS };
  return new StoreNumbers({ ...about, configStore: stores.configs, auditStore: stores.audit });
}

/** Numbers over a store that notes what it is asked, and fails as it is told. */
function counted(world: World) {
  const calls: string[] = [];
  const failing = new Set<string>();
  const { configs } = world.stores;
  const note = (name: string) => {
    calls.push(name);
    if (failing.has(name)) throw new Error(`${name} is away`);
  };
  const configStore = {
    headRevision: configs.headRevision.bind(configs),
    currentVersions: async (...given: Parameters<typeof configs.currentVersions>) => {
      note("currentVersions");
      return await configs.currentVersions(...given);
    },
    changesAfter: async (...given: Parameters<typeof configs.changesAfter>) => {
      note("changesAfter");
      return await configs.changesAfter(...given);
    },
  };
  const about = { tenant: TENANT, environments: ENVIRONMENTS, configStore };
  const numbers = new StoreNumbers({ ...about, auditStore: world.stores.audit });
  return { numbers, calls, failing };
}
