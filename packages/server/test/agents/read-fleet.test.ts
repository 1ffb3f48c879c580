import { expect, test } from "vitest";
import { type ReadFleet, readFleet } from "../../src/modules/agents/read-fleet.ts";
import { callerWith, put } from "../watch/open-watch-world.ts";
import { type AgentWorld, applied, openAgentWorld, refused, VIEWER } from "./open-agent-world.ts";

const KEY = "production/ml-service/n";

test("X23 an empty fleet is converged", async () => {
  await using world = openAgentWorld();
  await world.watch.commit(put(KEY, 1));

  const fleet = await ask(world, { env: "production" });

  expect(fleet).toEqual({
    revision: 2,
    total: 0,
    applied: 0,
    applying: 0,
    failed: 0,
    pending: 0,
    gone: 0,
    oldestPendingSeconds: 0,
    propagation: { p50Seconds: null, p99Seconds: null },
    converged: true,
    byRevision: [],
  });
});

test("each agent is in one bucket, and the time from commit to applied is measured", async () => {
  await using world = openAgentWorld();
  await world.watch.commit(put(KEY, 1));
  const old = await world.desired();
  await world.report("gone", applied(old));
  world.pass(40_000);
  for (const id of ["quick", "slow", "refuses", "tries", "idle"])
    await world.report(id, applied(old));
  world.pass(10_000);
  await world.watch.commit(put(KEY, 2));
  const now = await world.desired();

  world.pass(100);
  await world.report("quick", applied(now));
  world.pass(900);
  await world.report("slow", applied(now));
  await world.report("refuses", refused(now, old));
  await world.report("tries", { ...applied(old), state: "APPLYING", attempted: now });
  await world.report("late", applied(now));
  world.pass(500);
  const fleet = await ask(world, {});

  expect(fleet).toEqual({
    revision: 3,
    total: 7,
    applied: 3,
    applying: 1,
    failed: 1,
    pending: 1,
    gone: 1,
    oldestPendingSeconds: 1.5,
    propagation: { p50Seconds: 0.1, p99Seconds: 1 },
    converged: false,
    byRevision: [
      { revision: 3, agents: 3 },
      { revision: 2, agents: 3 },
    ],
  });
  expect(world.propagations).toEqual([0.1, 1]); // not of the one that came later
});

test("FLT-03 of a revision those count that were connected when it was made; late comers do not", async () => {
  await using world = openAgentWorld();
  await world.watch.commit(put(KEY, 1));
  const old = await world.desired();
  await world.report("left-before", applied(old));
  world.pass(50_000);
  await world.report("a", applied(old));
  await world.report("b", applied(old));
  world.pass(1);
  await world.watch.commit(put(KEY, 2));
  const made = await world.desired();
  world.pass(1);
  await world.report("late", applied(old));
  await world.report("a", applied(made));
  await world.watch.commit(put(KEY, 3));
  await world.report("b", applied(await world.desired()));

  const fleet = await ask(world, { revision: 3 });
  const before = await ask(world, { revision: 2 });

  expect(fleet).toMatchObject({ revision: 3, total: 2, applied: 2, converged: true });
  expect(before).toMatchObject({ revision: 2, total: 0 });
});

test("a revision that changes nothing for an agent is applied by it already", async () => {
  await using world = openAgentWorld();
  await world.watch.commit(put(KEY, 1));
  await world.report("a", applied(await world.desired()));
  world.pass(1);
  await world.watch.commit(put("production/other/n", 1));

  const fleet = await ask(world, { revision: 3, until: 1 });

  expect(fleet).toMatchObject({ total: 1, applied: 1, converged: true });
});

test("FLT-03 until= waits for the share of agents, and is answered at the report that makes it", async () => {
  await using world = openAgentWorld();
  await world.watch.commit(put(KEY, 1));
  const old = await world.desired();
  for (const id of ["a", "b", "c", "d"]) await world.report(id, applied(old));
  world.pass(1);
  await world.watch.commit(put(KEY, 2));
  const made = await world.desired();

  const answer = ask(world, { revision: 3, until: 0.75, waitMs: 20_000 });
  await world.report("a", applied(made));
  await world.report("b", refused(made, old));
  await world.report("late", applied(made));
  await world.report("c", applied(made));
  await world.report("d", applied(made));

  expect(await answer).toMatchObject({ total: 4, applied: 3, failed: 1 });
});

test("until= whose time is over is answered with how far it came", async () => {
  await using world = openAgentWorld();
  await world.watch.commit(put(KEY, 1));
  const old = await world.desired();
  for (const id of ["a", "b"]) await world.report(id, applied(old));
  await world.watch.commit(put(KEY, 2));
  await world.report("a", applied(await world.desired()));

  const fleet = await ask(world, { until: 1, waitMs: 1 });

  expect(fleet).toMatchObject({ revision: 3, total: 2, applied: 1, pending: 1, converged: false });
});

test("an agent that dies before it has applied a revision is missed", async () => {
  await using world = openAgentWorld();
  await world.watch.commit(put(KEY, 1));
  await world.report("a", applied(await world.desired()));
  await world.watch.commit(put(KEY, 2));

  world.pass(46_000);
  const fleet = await ask(world, { revision: 3, until: 1, waitMs: 1 });

  expect(fleet).toMatchObject({ total: 1, applied: 0, gone: 1 });
});

test("only agents of the scope asked for, and all of whose scope the caller may see, are counted", async () => {
  await using world = openAgentWorld();
  await world.report("a", scoped("production", "ml-service"));
  await world.report("b", scoped("production", "other"));
  await world.report("c", scoped("staging", "ml-service"));
  await world.report("d", {
    scope: [...scoped("production", "ml-service").scope, ...scoped("staging", "other").scope],
  });
  const few = { ...VIEWER, access: callerWith(["viewer@production/**"]).access };

  const counts = await Promise.all([
    ask(world, {}),
    ask(world, { env: "prod" }),
    ask(world, { env: "prod", service: "ml-service" }),
    ask(world, { caller: few }),
  ]);

  expect(counts.map(({ total }) => total)).toEqual([4, 3, 2, 2]);
  await expect(ask(world, { env: "staging", caller: few })).rejects.toMatchObject({
    reason: "POLICY_DENIED",
  });
});

test("a revision ahead of the store is refused", async () => {
  await using world = openAgentWorld();

  const ahead = ask(world, { revision: 2 });

  await expect(ahead).rejects.toMatchObject({ reason: "INVALID_ARGUMENT" });
});

function scoped(env: string, service: string) {
  return { scope: [{ env, service }] };
}

async function ask({ deps }: AgentWorld, over: Partial<ReadFleet>) {
  const nothing = { env: undefined, service: undefined, revision: undefined, until: undefined };
  return await readFleet(deps, { caller: VIEWER, ...nothing, waitMs: 0, ...over });
}
