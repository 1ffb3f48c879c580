import { type Json, parsePath } from "@llmcfg/core";
import { expect, test } from "vitest";
import { sqlStores } from "../../src/adapters/sql/stores.ts";
import { openSqlite } from "../../src/adapters/sqlite/open.ts";
import { commitOnce } from "../../src/modules/configs/commit-once.ts";
import { getBundle } from "../../src/modules/configs/get-bundle.ts";
import { rollBack } from "../../src/modules/configs/roll-back.ts";
import { writeDemoData } from "../../src/modules/configs/seed.ts";
import {
  callerWith,
  changeSet,
  openWorld,
  put,
  remove,
  TENANT,
  valueAt,
  type World,
  write,
} from "./open-world.ts";

test("the use cases do on the embedded store what they do in memory", async () => {
  await using db = await openSqlite(":memory:");
  const memory = openWorld();
  const sqlite = openWorld(undefined, (clock) => sqlStores(db, clock));

  const [inMemory, onSqlite] = [await live(memory), await live(sqlite)];

  expect(onSqlite).toEqual(inMemory);
});

test("a thousand writes are one commit on the embedded store", async () => {
  await using db = await openSqlite(":memory:");
  const world = openWorld(undefined, (clock) => sqlStores(db, clock));
  const keys = Array.from({ length: 1_000 }, (_, i) => `k${i}`);

  const result = await write(
    world,
    keys.map((key) => put(`base/svc/${key}`, key)),
  );

  expect(result.revision).toBe(2);
  expect(result.writes).toHaveLength(1_000);
  expect(await valueAt(world, "production/svc/k999")).toBe("k999");
  expect(await world.stores.audit.size(TENANT)).toBe(1_000);
});

/** Some of everything; what came of it, but for what is random. */
async function live(world: World): Promise<Json> {
  const { deps } = world;
  await writeDemoData(deps, TENANT);
  await write(world, [put("base/svc/host", "db1"), put("base/svc/url", "x://${ref:host}")]);
  world.nowMs += 1_000;
  await write(world, [put("base/svc/host", "db2"), put("staging/svc/o", { a: 1 })]);
  await write(world, [remove("production/ml-service/inference/timeout-seconds", "mask")]);
  await write(world, [put("base/svc/host", "db2")]);
  const refused = await write(world, [remove("base/svc/host")]).then(
    () => "written",
    (error: unknown) => (error instanceof Error ? error.message : "thrown"),
  );
  const once = {
    key: "k",
    requestHash: "h",
    answerTo: () => ({ status: 200, headers: { a: "b" }, body: "first" }),
    refusalFor: () => ({ status: 400, headers: {}, body: "" }),
  };
  await commitOnce(deps, changeSet([put("base/svc/n", 1)]), once);
  const replay = await commitOnce(deps, changeSet([put("base/svc/n", 1)]), once);
  await rollBack(deps, {
    caller: callerWith(),
    via: "api",
    message: undefined,
    isConfirmed: true,
    what: { kind: "prefix", env: "base", service: "svc", prefix: "", toRevision: 3 },
  });
  const namespace = { env: "staging", service: "svc", prefix: "" };
  const base = { caller: callerWith(), namespace, references: "expand" } as const;
  const asked = { ...base, shape: "flat", withMeta: false, reveal: false } as const;
  const [{ view: then }, { view: now }] = [
    await getBundle(deps, { ...asked, at: { revision: 6 } }),
    await getBundle(deps, asked),
  ];
  const history = await deps.store.history(TENANT, parsePath("base/svc/host"), { limit: 9 });
  return [
    refused,
    replay.kind,
    [then.revision, then.values, then.hash],
    [now.revision, now.values, now.hash, now.readAt],
    history.map(({ version, revision, op, restoredFrom = null }) => [
      version,
      revision,
      op,
      restoredFrom,
    ]),
    (await valueAt(world, "production/ml-service/inference/timeout-seconds")) ?? null,
    await deps.store.services(TENANT, ["base", "staging"]),
    world.changes.map(({ revision, items }) => [revision, items.length]),
    await world.stores.audit.size(TENANT),
  ];
}
