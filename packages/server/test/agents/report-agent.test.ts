import { expect, test } from "vitest";
import { getAgent } from "../../src/modules/agents/get-agent.ts";
import { put } from "../watch/open-watch-world.ts";
import {
  AGENT,
  applied,
  errorOf,
  openAgentWorld,
  refused,
  VIEWER,
  withPrincipal,
} from "./open-agent-world.ts";

const KEY = "production/ml-service/n";

test("of two that report a new agent at once the first one owns it, and it connects once", async () => {
  await using world = openAgentWorld();
  const other = withPrincipal("agent:other", ["agent"]);

  const outcomes = await Promise.allSettled([
    world.report("a"),
    world.report("a"),
    world.report("a", {}, other),
  ]);

  expect(outcomes).toMatchObject([
    { status: "fulfilled" },
    { status: "fulfilled" },
    { status: "rejected", reason: { details: { rule: "agent-owner" } } },
  ]);
  expect(world.recorded.map(({ action }) => action)).toEqual(["agent.connect"]);
});

test("a report that is overtaken by one for another scope leaves its agent a bundle to follow", async () => {
  await using world = openAgentWorld();
  await world.watch.commit(put("production/ml-service/n", 1));
  const point = await world.desired();
  await world.report("a", applied(point));
  const elsewhere = [{ env: "staging", service: "ml-service" }];

  await Promise.all([
    world.report("a", refused({ ...point, revision: 1 }, point)),
    world.report("a", { scope: elsewhere }),
    world.report("a", applied(point)),
  ]);
  for (let second = 0; second < 70; second++) world.watch.hub.tick();
  await world.watch.commit(put("production/ml-service/n", 2));
  const agent = await getAgent(world.deps, VIEWER, "a");

  expect(agent).toMatchObject({ desired: { revision: 3 }, sync: "OutOfSync" });
});

test("a report is answered with all that is known of the agent", async () => {
  await using world = openAgentWorld();
  await world.watch.commit(put(KEY, 1));
  const point = await world.desired();

  const body = await world.report("gateway-7d9f-x2", applied(point));

  expect(body).toEqual({
    id: "gateway-7d9f-x2",
    kind: "sdk",
    node: "node-3",
    region: "local",
    version: "1.0.0",
    scope: [{ env: "production", service: "ml-service" }],
    state: "APPLIED",
    sync: "Synced",
    desired: { revision: 2, hash: point.hash, at: "2026-11-22T02:20:01.114Z" },
    attempted: point,
    effective: point,
    lastError: null,
    lagRevisions: 0,
    connected: true,
    freshness: "FRESH",
    lastContactAt: "2026-11-22T02:20:01.114Z",
    pendingRestart: [],
    labels: {},
  });
});

test("unrelated writes leave an agent Synced; one of its own makes it OutOfSync, with its lag", async () => {
  await using world = openAgentWorld();
  await world.watch.commit(put(KEY, 1));
  await world.report("a", applied(await world.desired()));

  await world.watch.commit(put("production/other/n", 1));
  const unrelated = await getAgent(world.deps, VIEWER, "a");
  await world.watch.commit(put("base/other/n", 1));
  await world.watch.commit(put(KEY, 2));
  const behind = await getAgent(world.deps, VIEWER, "a");

  expect([unrelated.sync, unrelated.lagRevisions]).toEqual(["Synced", 0]);
  expect([behind.sync, behind.lagRevisions, behind.desired?.revision]).toEqual(["OutOfSync", 3, 5]);
});

test("FLT-02 LAW-20 a refused revision is Failed, and is still shown after the automatic revert", async () => {
  await using world = openAgentWorld();
  await world.watch.commit(put(KEY, 1));
  const good = await world.desired();
  await world.report("a", applied(good));
  await world.watch.commit(put(KEY, "wrong"));
  const bad = await world.desired();

  const failed = await world.report("a", refused(bad, good));
  const later = await world.report("a", { ...refused(bad, good), lastError: null });

  for (const body of [failed, later]) {
    expect(body).toMatchObject({
      sync: "Failed",
      desired: { revision: 3, hash: bad.hash },
      attempted: bad,
      effective: good,
      lastError: errorOf(bad),
      lagRevisions: 1,
    });
  }
});

test("an error stays until its revision or a later one is applied, whatever else is reported", async () => {
  await using world = openAgentWorld();
  await world.watch.commit(put(KEY, 1));
  const good = await world.desired();
  await world.report("a", applied(good));
  await world.watch.commit(put(KEY, "wrong"));
  const bad = await world.desired();
  await world.report("a", refused(bad, good));

  const reverted = await world.report("a", applied(good));
  await world.watch.commit(put(KEY, 1));
  const mended = await world.desired();
  const over = await world.report("a", applied(mended));

  expect(reverted.lastError).toEqual(errorOf(bad));
  expect(mended.hash).toBe(good.hash);
  expect([over.sync, over.lastError]).toEqual(["Synced", null]);
});

test("an agent whose desired bundle moved on since it refused one is OutOfSync", async () => {
  await using world = openAgentWorld();
  await world.watch.commit(put(KEY, "wrong"));
  const bad = await world.desired();
  await world.report("a", refused(bad, null));

  await world.watch.commit(put(KEY, 1));
  await world.desired();

  expect((await getAgent(world.deps, VIEWER, "a")).sync).toBe("OutOfSync");
});

test.each([
  ["APPLYING and not there yet", "Applying", { state: "APPLYING" as const, effective: null }],
  ["serving what is stale", "Degraded", { freshness: "STALE" as const }],
  ["there, whatever it is trying", "Synced", { state: "APPLYING" as const }],
])("an agent that is %s is %s", async (_, sync, over) => {
  await using world = openAgentWorld();
  await world.watch.commit(put(KEY, 1));
  const point = await world.desired();

  const body = await world.report("a", { ...applied(point), ...over });

  expect(body.sync).toBe(sync);
});

test("RPC-13 the lease is 45 s: then Unknown, and after a day forgotten", async () => {
  await using world = openAgentWorld();
  await world.report("a");

  const seen: unknown[] = [];
  for (const ms of [45_000, 1]) {
    world.pass(ms);
    const { connected, sync } = await getAgent(world.deps, VIEWER, "a");
    seen.push([connected, sync]);
  }
  world.pass(24 * 3_600_000);

  expect(seen).toEqual([
    [true, "Applying"],
    [false, "Unknown"],
  ]);
  await expect(getAgent(world.deps, VIEWER, "a")).rejects.toMatchObject({ reason: "NOT_FOUND" });
});

test("N7 the lease is measured by a clock that does not jump", async () => {
  await using world = openAgentWorld();
  await world.report("a");

  world.watch.nowMs += 365 * 24 * 3_600_000;

  expect((await getAgent(world.deps, VIEWER, "a")).connected).toBe(true);
});

test("the first report, each reconnection and each refused revision are on record, once each", async () => {
  await using world = openAgentWorld();
  await world.watch.commit(put(KEY, "wrong"));
  const bad = await world.desired();

  await world.report("a");
  await world.report("a", refused(bad, null));
  await world.report("a", refused(bad, null));
  world.pass(46_000);
  await world.report("a", refused(bad, null));
  await world.watch.commit(put(KEY, "worse"));
  const worse = await world.desired();
  await world.report("a", refused(worse, null));

  expect(world.recorded.map(({ action, outcome, reason }) => [action, outcome, reason])).toEqual([
    ["agent.connect", "allowed", undefined],
    ["agent.refuse", "failed", "RULE_VIOLATION"],
    ["agent.connect", "allowed", undefined],
    ["agent.refuse", "failed", "RULE_VIOLATION"],
  ]);
  expect(world.recorded[1]).toMatchObject({
    resource: "a",
    revision: 2,
    details: { revision: 2, hash: bad.hash, pointer: "/routing/policy/rules/0" },
  });
  expect(JSON.stringify(world.recorded)).not.toContain("weights"); // the consumer's own words
  expect(world.registry.counters.refusals.get("production")?.get("RULE_VIOLATION")).toBe(2);
});

test("what cannot be put on record is not taken down", async () => {
  await using world = openAgentWorld();
  world.isAuditAway = true;

  const report = world.report("a");

  await expect(report).rejects.toMatchObject({ reason: "AUDIT_UNAVAILABLE" });
  expect(world.registry.find("default", "a")).toBeUndefined();
});

test("A1 an agent needs agent:sync on all of its scope, and its id is nobody else's while it lasts", async () => {
  await using world = openAgentWorld();
  const both = { scope: ["ml-service", "other"].map((service) => ({ env: "prod", service })) };
  const partly = withPrincipal("agent:x", ["agent@production/ml-service/**"]);
  const stranger = withPrincipal("agent:y", ["agent"]);

  const first = await world.report("a", both);
  const outOfScope = world.report("b", both, partly);
  const viewer = world.report("c", {}, VIEWER);
  const stolen = world.report("a", both, stranger);

  expect(first.scope.map(({ env }) => env)).toEqual(["production", "production"]);
  await expect(outOfScope).rejects.toMatchObject({ reason: "POLICY_DENIED" });
  await expect(viewer).rejects.toMatchObject({ details: { permission: "agent:sync" } });
  await expect(stolen).rejects.toMatchObject({ details: { rule: "agent-owner" } });
  world.pass(46_000);
  expect((await world.report("a", both, stranger)).connected).toBe(true);
});

test.each(["", "-a", ".a", "a b", "a/b", "ä", "a".repeat(129)])(
  "the id %j is refused",
  async (id) => {
    await using world = openAgentWorld();

    const report = world.report(id);

    await expect(report).rejects.toMatchObject({ reason: "INVALID_ARGUMENT" });
  },
);

test("an environment that does not exist is refused, and nothing is kept of it", async () => {
  await using world = openAgentWorld();

  const report = world.report("a", { scope: [{ env: "produktion", service: "x" }] }, AGENT);

  await expect(report).rejects.toMatchObject({ reason: "ENV_NOT_FOUND" });
  expect(world.recorded).toEqual([]);
});

test("STR-09 an agent that has its revision with another hash is counted, once", async () => {
  await using world = openAgentWorld();
  await world.watch.commit(put(KEY, 1));
  const point = await world.desired();
  const odd = { ...point, hash: `sha256:${"0".repeat(64)}` };
  await world.report("a", applied(point));

  const before = world.registry.counters.hashMismatches;
  const body = await world.report("a", applied(odd));
  await world.report("a", applied(odd));

  expect([before, world.registry.counters.hashMismatches]).toEqual([0, 1]);
  expect(body.sync).toBe("OutOfSync");
});
