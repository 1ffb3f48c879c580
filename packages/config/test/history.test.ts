import type { RollbackTarget } from "@llmcfg/config";
import { ConfigLoader, ConfigValidator, createManager } from "@llmcfg/config";
import { expect, test } from "vitest";
import { Folder } from "./support/folder.ts";
import { gatewaySchema } from "./support/gateway-schema.ts";
import { eventsOf, manage } from "./support/manage.ts";
import { ManualClock } from "./support/manual-clock.ts";
import { MemorySource } from "./support/memory-source.ts";
import { until } from "./support/until.ts";

test("HIS-1 HIS-2 the ten configurations before the current one are kept, the oldest dropped first", async () => {
  await using managed = await manage({ server: { host: "v1" } });
  const { manager } = managed;

  for (let i = 2; i <= 13; i++)
    await manager.set({ server: { host: `v${i}` } }, { actor: `user:${i}` });

  const { history } = manager;
  expect(history.size).toBe(10);
  expect(history.get(0)).toMatchObject({ version: 12, actor: "user:12", trigger: "set" });
  expect(history.get(9)).toMatchObject({ version: 3 });
  expect(history.get(10)).toBeUndefined();
  expect(history.list()[0]?.document).toMatchObject({ server: { host: "v12" } });
});

test("HIS-3 a version that is not in the history is refused by name", async () => {
  await using managed = await manage({});
  const { manager } = managed;

  const refusals = [
    manager.rollback(0),
    manager.rollback({ version: 7 }),
    manager.rollback({ label: "x" }),
  ];

  await expect(refusals[0]).rejects.toThrow("Version 0 not found in history");
  await expect(refusals[1]).rejects.toMatchObject({
    name: "RollbackError",
    message: "Version 7 not found in history",
  });
  await expect(refusals[2]).rejects.toThrow("Version label x not found in history");
});

test.each([
  [null, "Version null not found in history"],
  ["0", "Version 0 not found in history"],
  [{}, "Version {} not found in history"],
  [{ before: new Date("never") }, "Version before an invalid date not found in history"],
])("HIS-3 %j, which no type allows, names no version", async (target, message) => {
  await using managed = await manage({});

  const refused = managed.manager.rollback(target as unknown as RollbackTarget); // as JavaScript may

  await expect(refused).rejects.toMatchObject({ name: "RollbackError", message });
});

test("HIS-5 HIS-9 a rollback is a new version, and going back again goes forward", async () => {
  await using managed = await manage({ version: "1.0", server: { host: "one" } });
  const { manager } = managed;
  await manager.set({ version: "2.0", server: { host: "two" } });
  const checksum = manager.history.get(0)?.checksum ?? "";

  const back = await manager.rollback({ checksum }, { actor: "dana" });
  const forward = await manager.rollback(0);
  const byLabel = await manager.rollback({ label: "1.0" });
  const byVersion = await manager.rollback({ version: 2 });

  expect(
    [back, forward, byLabel, byVersion].map(({ status, version }) => [status, version]),
  ).toEqual([
    ["applied", 3],
    ["applied", 4],
    ["applied", 5],
    ["applied", 6],
  ]);
  expect(manager.current().server.host).toBe("two");
  expect(manager.history.list().map(({ version, label }) => [version, label])).toEqual([
    [5, "1.0"],
    [4, "2.0"],
    [3, "1.0"],
    [2, "2.0"],
    [1, "1.0"],
  ]);
});

test("HIS-4 HIS-8 the target is validated again; if it is invalid now, nothing changes", async () => {
  const variables: Record<string, string> = { KEY: "sk-1" };
  await using managed = await manage(
    { providers: [{ id: "a", key: "${env:KEY}" }] },
    { variables },
  );
  const { manager, source } = managed;
  source.put({ providers: [] });
  await manager.reload();
  const before = manager.current();
  delete variables["KEY"];

  const refused = await manager.rollback(0);
  const kept = manager.current();
  variables["KEY"] = "sk-2";
  const applied = await manager.rollback(0);

  expect(refused).toMatchObject({ status: "rejected", stage: "references", version: 2 });
  expect(kept).toBe(before);
  expect(applied.status).toBe("applied");
  expect(await manager.current().providers[0]?.key?.reveal()).toBe("sk-2");
});

test("HIS-8 a literal secret comes back with a rollback, and is in no document", async () => {
  await using managed = await manage({ providers: [{ id: "a", key: "sk-canary" }] });
  const { manager } = managed;
  await manager.set({ providers: { $replace: [] } });

  await manager.rollback(0);

  expect(await manager.current().providers[0]?.key?.reveal()).toBe("sk-canary");
  expect(JSON.stringify(manager.history.list())).not.toContain("sk-canary");
});

test("HIS-7 a rollback lists what needs a restart as any change does", async () => {
  await using managed = await manage({ server: { port: 1 } });
  const { manager } = managed;
  await manager.set({ server: { port: 2 } });

  const back = await manager.rollback(0);

  expect(back.diff?.requiresRestart()).toBe(true);
  expect(back.restartRequired).toEqual([]);
});

test("HIS-10 P19 content that was rolled away stays away until it is another, and its source hears of it", async () => {
  await using managed = await manage({ server: { host: "one" } });
  const { manager, source } = managed;
  const seen = eventsOf(manager);
  source.put({ server: { host: "two" } });
  await manager.reload();

  const back = await manager.rollback(0, { actor: "dana" });
  const again = await manager.reload();
  const explained = manager.explain("server.host");
  source.put({ server: { host: "three" } });
  const third = await manager.reload();

  expect(back).toMatchObject({
    status: "applied",
    version: 3,
    holds: [source.id],
    holdDurable: false,
  });
  expect(again).toMatchObject({ status: "unchanged", holds: [source.id] });
  expect(explained.layers[0]).toMatchObject({
    state: "held",
    wins: true,
    reason: "content of version 2 is on hold since version 3 (rollback by dana)",
  });
  expect(third).toMatchObject({ status: "applied", version: 4, holds: [] });
  expect(manager.current().server.host).toBe("three");
  expect(manager.status.holds).toEqual([]);
  await until("the reports", () => source.outcomes.length === 5);
  expect(source.outcomes.slice(1)).toMatchObject([
    { result: "applied", revision: "2" },
    {
      result: "refused",
      revision: "2",
      reason: "content of version 2 is on hold since version 3 (rollback by dana)",
    },
    {
      result: "refused",
      revision: "2",
      reason: "content of version 2 is on hold since version 3 (rollback by dana)",
    },
    { result: "applied", revision: "3" },
  ]);
  expect(seen.map(([name]) => name)).toContain("hold");
});

test("HIS-10 going back twice keeps both contents away", async () => {
  await using managed = await manage({ server: { host: "one" } });
  const { manager, source } = managed;
  source.put({ server: { host: "two" } });
  await manager.reload();
  source.put({ server: { host: "three" } });
  await manager.reload();

  await manager.rollback({ version: 2 });
  await manager.rollback({ version: 1 });
  const still = await manager.reload();
  source.put({ server: { host: "two" } });
  const older = await manager.reload();

  expect([still.status, older.status]).toEqual(["unchanged", "unchanged"]);
  expect(manager.current().server.host).toBe("one");
});

test("HIS-10 a hold can be released, or ignored once", async () => {
  await using managed = await manage({ server: { host: "one" } });
  const { manager, source } = managed;
  source.put({ server: { host: "two" } });
  await manager.reload();
  await manager.rollback(0);

  const released = await manager.releaseHold(source.id);
  await manager.rollback(0);
  const ignored = await manager.reload({ ignoreHolds: true });

  expect(released).toMatchObject({ status: "applied", holds: [] });
  expect(ignored).toMatchObject({ status: "applied", holds: [] });
  expect(manager.current().server.host).toBe("two");
});

test("DIF-1 any two kept versions can be compared", async () => {
  await using managed = await manage({ server: { host: "one" } });
  const { manager } = managed;
  await manager.set({ server: { host: "two" } });
  await manager.set({ logging: { level: "debug" } });

  const diff = manager.diff({ version: 1 }, "current");
  const back = manager.diff("current", 0);

  expect(diff.changes.map(({ path }) => path)).toEqual(["server.host", "logging.level"]);
  expect(back.changes.map(({ path, newValue }) => [path, newValue])).toEqual([
    ["logging.level", "info"],
  ]);
  expect(() => manager.diff(7, "current")).toThrow("Version 7 not found in history");
});

test("HIS-10 P19 a source that was absent before stays away as well, until it has other content", async () => {
  await using folder = await Folder.create();
  const file = folder.at("local.yaml");
  const loader = new ConfigLoader(gatewaySchema)
    .addSource(new MemorySource({ server: { host: "base" } }))
    .addFile(file, { optional: true, priority: 250 });
  await using manager = await createManager({
    loader,
    validator: new ConfigValidator(gatewaySchema),
  });
  await folder.write("local.yaml", "server: {host: bad}\n");
  await manager.reload();

  await manager.rollback(0);
  const held = await manager.reload();
  const host = manager.current().server.host;
  await folder.write("local.yaml", "server: {host: good}\n");
  const mended = await manager.reload();

  expect(held).toMatchObject({ status: "unchanged", holds: [`file:${file}`] });
  expect(host).toBe("base");
  expect(mended).toMatchObject({ status: "applied", holds: [] });
  expect(manager.current().server.host).toBe("good");
});

test("HIS-10 releasing one hold tells which are left", async () => {
  const sources = ["a", "b"].map((id) => new MemorySource({}, { id }));
  const loader = new ConfigLoader(gatewaySchema);
  for (const source of sources) loader.addSource(source);
  await using manager = await createManager({
    loader,
    validator: new ConfigValidator(gatewaySchema),
  });
  sources[0]?.put({ server: { host: "bad" } });
  sources[1]?.put({ metadata: { owner: "bad" } });
  await manager.reload();
  await manager.rollback(0);
  const told: unknown[] = [];
  manager.events.addEventListener("hold", (event) => told.push((event as CustomEvent).detail));

  await manager.releaseHold("a");

  expect(told).toEqual([{ holds: ["b"] }]);
});

test("REL-9 each version says which it is, when and why it came, and what it was made of", async () => {
  const clock = new ManualClock();
  await using managed = await manage({ version: "7.1" }, { clock, actor: "deploy" });
  const { manager, source } = managed;
  const { checksum } = manager;
  clock.advance(60_000);
  source.put({ version: "7.2" });
  await manager.reload({ actor: "dana" });

  await manager.set({ server: { host: "x" } });

  expect(manager.history.get(1)).toMatchObject({
    version: 1,
    label: "7.1",
    checksum,
    trigger: "boot",
    actor: "deploy",
  });
  expect(manager.history.get(0)).toMatchObject({
    version: 2,
    label: "7.2",
    acceptedAt: new Date(clock.now()),
    trigger: "api",
    actor: "dana",
  });
  expect(manager.history.get(0)?.sources).toContainEqual({
    id: "llmcfg:llm-gateway",
    hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    revision: "2",
  });
});
