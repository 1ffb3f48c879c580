import { LlmcfgError } from "@llmcfg/core";
import { expect, test } from "vitest";
import { NO_PRECONDITION, type Operation } from "../../src/modules/configs/change-set.ts";
import { commitOnce } from "../../src/modules/configs/commit-once.ts";
import { RunningRequests } from "../../src/modules/configs/once.ts";
import { ANSWER_KEPT_MS, type ConfigStore } from "../../src/modules/configs/ports.ts";
import {
  callerWith,
  changeSet,
  openWorld,
  put,
  remove,
  TENANT,
  type World,
  withMethods,
  write,
} from "./open-world.ts";

test("API-04 a repetition has the first answer, also where nothing changed or it was refused", async () => {
  const world = openWorld();
  await write(world, [put("base/svc/a", 1)]);
  const same = put("base/svc/a", 1, { onlyIfChanged: true });
  const stale = put("base/svc/a", 2, { expected: { ...NO_PRECONDITION, ifVersion: 9 } });

  const unchanged = await once(world, "k1", same);
  const unchangedAgain = await once(world, "k1", same);
  const refused = await once(world, "k2", stale).catch((error: unknown) => error);
  const refusedAgain = await once(world, "k2", stale);

  expect(unchanged).toMatchObject({ kind: "done", answer: { status: 200 } });
  expect(unchangedAgain).toMatchObject({ kind: "replayed", answer: { status: 200, body: "r2" } });
  expect(refused).toMatchObject({ reason: "ETAG_MISMATCH" });
  expect(refusedAgain).toMatchObject({
    kind: "replayed",
    answer: { status: 412, body: "ETAG_MISMATCH" },
  });
});

test("API-04 a removal has its first answer again, although there is nothing left to remove", async () => {
  const world = openWorld();
  await write(world, [put("base/svc/a", 1)]);

  const first = await once(world, "k", remove("base/svc/a"));
  const again = await once(world, "k", remove("base/svc/a"));
  const other = once(world, "other", remove("base/svc/a"));

  expect(first).toMatchObject({ kind: "done", answer: { body: "r3" } });
  expect(again).toMatchObject({ kind: "replayed", answer: { body: "r3" } });
  await expect(other).rejects.toMatchObject({ reason: "KEY_NOT_FOUND" });
});

test("API-04 that there was nothing to remove is the answer to repetitions too", async () => {
  const world = openWorld();
  const refused = once(world, "k", remove("base/svc/a"));
  await expect(refused).rejects.toMatchObject({ reason: "KEY_NOT_FOUND" });
  await write(world, [put("base/svc/a", 1)]);

  const again = await once(world, "k", remove("base/svc/a"));

  expect(again).toMatchObject({ kind: "replayed", answer: { body: "KEY_NOT_FOUND" } });
});

test("API-04 the first one still running is said so, whoever's turn it is", async () => {
  const world = openWorld();

  const results = await Promise.allSettled([
    once(world, "k", put("base/svc/a", 1)),
    once(world, "k", put("base/svc/a", 1)),
    once(world, "other", put("base/svc/b", 1)),
  ]);

  expect(results).toMatchObject([
    { status: "fulfilled", value: { kind: "done" } },
    {
      status: "rejected",
      reason: { reason: "IDEMPOTENCY_IN_PROGRESS", details: { retryAfter: 1 } },
    },
    { status: "fulfilled" },
  ]);
});

test("API-04 a key is of one principal, and of one request", async () => {
  const world = openWorld();
  const eve = { ...callerWith(), actor: { ...callerWith().actor, principal: "user:eve" } };
  await once(world, "k", put("base/svc/a", 1));

  const theirs = await once(world, "k", put("base/svc/b", 1), { caller: eve });
  const reused = once(world, "k", put("base/svc/a", 2), { requestHash: "another" });

  expect(theirs.kind).toBe("done");
  await expect(reused).rejects.toMatchObject({ reason: "IDEMPOTENCY_KEY_REUSED" });
});

test("API-04 outages and denials are not kept", async () => {
  let isAway = true;
  const world = openWorld((store: ConfigStore) =>
    withMethods(store, {
      commit: async (...args) => {
        if (!isAway) return await store.commit(...args);
        throw new LlmcfgError("STORE_UNAVAILABLE", "nothing was written", { retryAfter: 1 });
      },
    }),
  );
  const away = once(world, "k", put("base/svc/a", 1));
  await expect(away).rejects.toMatchObject({ reason: "STORE_UNAVAILABLE" });
  isAway = false;

  const later = await once(world, "k", put("base/svc/a", 1));
  const denied = once(world, "d", put("base/svc/a", 2), { caller: callerWith("viewer") });
  await expect(denied).rejects.toMatchObject({ reason: "POLICY_DENIED" });
  const allowed = await once(world, "d", put("base/svc/a", 2));

  expect([later.kind, allowed.kind]).toEqual(["done", "done"]);
});

test("API-04 an answer is given for as long as it is kept", async () => {
  const world = openWorld();
  await once(world, "k", put("base/svc/a", 1));

  world.nowMs += ANSWER_KEPT_MS;
  const atTheEnd = await once(world, "k", put("base/svc/a", 1));
  world.nowMs += 1;
  const after = await once(world, "k", put("base/svc/a", 1));

  expect([atTheEnd.kind, after.kind]).toEqual(["replayed", "done"]);
});

test("a request that has ended leaves its key free", async () => {
  const running = new RunningRequests();
  const key = { principal: "user:dev", key: "k" };

  const failed = running.run(TENANT, key, () => Promise.reject(new Error("no")));
  await expect(failed).rejects.toThrow("no");

  expect(await running.run(TENANT, key, async () => "yes")).toBe("yes");
});

async function once(
  { deps }: World,
  key: string,
  operation: Operation,
  { caller = callerWith(), requestHash = "hash" } = {},
) {
  return await commitOnce(deps, changeSet([operation], { caller }), {
    key,
    requestHash,
    answerTo: ({ revision }) => ({ status: 200, headers: {}, body: `r${revision}` }),
    refusalFor: ({ reason }) => ({ status: 412, headers: {}, body: reason }),
  });
}
