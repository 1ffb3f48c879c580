import { expect, test } from "vitest";
import type { Namespace } from "../../src/modules/configs/ports.ts";
import {
  AGENT,
  callerWith,
  drop,
  mask,
  openWatchWorld,
  put,
  type Write,
} from "./open-watch-world.ts";

const N = "production/ml-service/n";
const NAMESPACE: Namespace = { env: "production", service: "ml-service", prefix: "" };

test.each<readonly [string, readonly (readonly Write[])[], number]>([
  ["that never had a value is of the tenant's creation", [[put("production/other/n", 1)]], 1],
  ["is of its last write", [[put(N, 1)], [put(N, 2)]], 3],
  ["is not of a later write elsewhere", [[put(N, 1)], [put("production/other/n", 1)]], 2],
  ["is not of a write of an equal value", [[put(N, 1)], [put(N, 1)], [put(N, 1)]], 2],
  ["is not of a write that is overridden", [[put(N, 1)], [put("base/ml-service/n", 2)]], 2],
  ["is of a removal", [[put(N, 1)], [drop(N)]], 3],
  [
    "is of a removal that uncovers another value",
    [[put("base/ml-service/n", 2)], [put(N, 1)], [drop(N)]],
    4,
  ],
  [
    "is not of a removal that uncovers an equal value",
    [[put("base/ml-service/n", 1), put(N, 1)], [drop(N)]],
    2,
  ],
  ["is of a mask", [[put("base/ml-service/n", 1)], [mask(N)]], 3],
  [
    "is of a write of what it refers to, in another service",
    [[put(N, "${ref://other/n:-none}")], [put("base/other/n", "a")], [put("base/other/m", "a")]],
    3,
  ],
  [
    "is not of many writes that alter nothing, however many",
    [[put(N, 1)], ...Array.from({ length: 200 }, () => [put("base/ml-service/n", 7)])],
    2,
  ],
])("the revision of a bundle %s", async (_, commits, revision) => {
  await using world = openWatchWorld();
  for (const writes of commits) await world.commit(...writes);

  const cold = await world.hub.state(AGENT, NAMESPACE);

  expect(cold.revision).toBe(revision);
  expect(cold.changedAtMs).toBe(revision === 1 ? 0 : world.nowMs);
});

test("API-02 the revision found after the fact is the one that was there at the time", async () => {
  await using world = openWatchWorld();
  await world.hub.state(AGENT, NAMESPACE);
  const commits = [[put(N, 1)], [put(N, 1)], [put("base/ml-service/n", 2)], [drop(N)], [mask(N)]];

  for (const writes of commits) {
    await world.commit(...writes);
    const warm = await world.hub.state(AGENT, NAMESPACE);
    const cold = await world.anotherHub().state(AGENT, NAMESPACE);

    expect(warm).toEqual(cold);
  }
});

test("STR-05 a long poll ends as soon as the bundle differs, and at once where it does already", async () => {
  await using world = openWatchWorld();
  await world.commit(put(N, 1));
  const { hash } = await world.hub.state(AGENT, NAMESPACE);
  const { signal } = new AbortController();

  const waiting = world.hub.changed(AGENT, NAMESPACE, hash, signal);
  await world.commit(put("production/other/n", 1));
  await world.commit(put(N, 2));
  const changed = await waiting;
  const again = await world.hub.changed(AGENT, NAMESPACE, hash, signal);

  expect(changed).toMatchObject({ revision: 4 });
  expect(changed.hash).not.toBe(hash);
  expect(again).toEqual(changed);
});

test("STR-05 a long poll whose time is over, or whose server goes, gives the state as it is", async () => {
  await using world = openWatchWorld();
  const state = await world.hub.state(AGENT, NAMESPACE);
  const over = new AbortController();

  const timed = world.hub.changed(AGENT, NAMESPACE, state.hash, over.signal);
  const drained = world.hub.changed(AGENT, NAMESPACE, state.hash, new AbortController().signal);
  over.abort();
  const first = await timed;
  world.hub.drain();

  expect([first, await drained]).toEqual([state, state]);
});

test("STR-11 a long poll ends with the rights it was begun with", async () => {
  await using world = openWatchWorld();
  const caller = callerWith(["viewer"]);
  const { hash } = await world.hub.state(caller, NAMESPACE);
  const { signal } = new AbortController();

  const poll = world.hub.changed(caller, NAMESPACE, hash, signal).catch((error: unknown) => error);
  await world.hub.state(caller, NAMESPACE);
  world.callerState = "scope_changed";
  world.hub.tick();

  expect(await poll).toMatchObject({ reason: "POLICY_DENIED" });
});

test("a bundle that is followed is known as it was at recent revisions", async () => {
  await using world = openWatchWorld();
  await world.commit(put(N, 1));
  using followed = await world.hub.follow(AGENT, [NAMESPACE]);
  const first = followed.current;

  await world.commit(put("production/other/n", 1));
  await world.commit(put(N, 2));
  const second = await world.hub.state(AGENT, NAMESPACE);

  expect(followed.current).toEqual(second);
  expect([1, 2, 3, 4, 9].map((revision) => followed.at(revision))).toEqual([
    undefined,
    first,
    first,
    second,
    second,
  ]);
});
