import { isLlmcfgError } from "@llmcfg/core";
import { expect, test } from "vitest";
import { findEvent } from "../../src/modules/audit/find-event.ts";
import type { AuditEvent } from "../../src/modules/audit/ports.ts";
import { type QueryEvents, queryEvents } from "../../src/modules/audit/query-events.ts";
import { actor, auditor, event, START_MS, setUp } from "./set-up.ts";

test("an event is shown as the interface has it, with its actor by name", async () => {
  const set = setUp();
  await set.recorder.record("default", [event()]);

  const { items, nextCursor } = await queryEvents(set.deps, query());

  const [stored] = await set.stores.audit.recordsFrom("default", 0, 1);
  expect(nextCursor).toBeNull();
  expect(items).toEqual([
    {
      id: stored?.id,
      index: 0,
      at: "2026-11-22T10:00:00.000Z",
      actor: "user:ada",
      actorVia: "token",
      sourceIp: null,
      action: "config.write",
      path: "production/ml-service/db-url",
      resource: null,
      outcome: "allowed",
      reason: null,
      revision: 3,
      requestId: "req_1",
      traceId: null,
      details: { version: 2 },
      erased: false,
      leafHash: Buffer.from(stored?.leafHash ?? []).toString("base64"),
    },
  ]);
});

test.each<readonly [name: string, filter: QueryEvents["filter"], expected: readonly number[]]>([
  ["nothing", {}, [5, 4, 3, 2, 1, 0]],
  ["an actor", { actor: "sa:deployer" }, [1]],
  ["an actor who never did anything", { actor: "user:nobody" }, []],
  ["an action", { action: "secret.reveal" }, [2]],
  ["an environment", { env: "staging" }, [3]],
  ["an alias of an environment", { env: "prod" }, [5, 2, 1, 0]],
  ["a service", { service: "api-gateway" }, [5]],
  ["a key", { key: "db-url" }, [3, 1, 0]],
  ["what keys begin with", { key: "inference/" }, [5, 2]],
  ["an outcome", { outcome: "failed" }, [1]],
  ["a time from and up to", { sinceMs: START_MS + 1, untilMs: START_MS + 3 }, [2, 1]],
  ["several things", { env: "production", outcome: "allowed", key: "db-url" }, [0]],
])("events are found by %s", async (_name, filter, expected) => {
  const set = setUp();
  await set.recorder.record("default", EVENTS);

  const { items } = await queryEvents(set.deps, query({ filter }));

  expect(items.map(({ index }) => index)).toEqual(expected);
});

test("asking about an actor who never did anything makes none", async () => {
  const set = setUp();

  await queryEvents(set.deps, query({ filter: { actor: "user:nobody" } }));

  expect(await set.stores.identity.findActorId("default", "user:nobody")).toBeUndefined();
});

test.each(["newest", "oldest"] as const)(
  "API-06 pages from the %s on give each event once, whatever is added in between",
  async (order) => {
    const set = setUp();
    await set.recorder.record("default", EVENTS);
    const indexes: number[] = [];

    let cursor: string | undefined;
    do {
      const page = await queryEvents(
        set.deps,
        query({ order, limit: 2, cursor, filter: { action: "config.write" } }),
      );
      indexes.push(...page.items.map(({ index }) => index));
      cursor = page.nextCursor ?? undefined;
      await set.recorder.record("default", [event({ action: "config.delete" })]);
    } while (cursor !== undefined);

    expect(indexes).toEqual(order === "newest" ? [5, 3, 1, 0] : [0, 1, 3, 5]);
  },
);

test("API-06 a cursor is refused with other filters, another order, and when it was altered", async () => {
  const set = setUp();
  await set.recorder.record("default", EVENTS);
  const filter = { env: "production" };
  const { nextCursor } = await queryEvents(set.deps, query({ filter, limit: 1 }));
  const cursor = nextCursor ?? "";
  const foreign = await queryEvents(setUp().deps, query({ filter, limit: 1, cursor })).catch(
    reasonOf,
  );

  const reasons = await Promise.all(
    [
      query({ filter: { env: "staging" }, cursor }),
      query({ filter: {}, cursor }),
      query({ filter: { ...filter, outcome: "allowed" }, cursor }),
      query({ filter, cursor, order: "oldest" }),
      query({ filter, cursor: `${cursor}A` }),
      query({ filter, cursor: cursor.slice(0, -1) }),
      query({ filter, cursor: `B${cursor.slice(1)}` }),
      query({ filter, cursor: "" }),
      query({ filter, cursor: "5" }),
    ].map(async (wrong) => await queryEvents(set.deps, wrong).catch(reasonOf)),
  );

  expect(reasons).toEqual(reasons.map(() => "INVALID_ARGUMENT"));
  expect(foreign).toBe("INVALID_ARGUMENT");
  const next = await queryEvents(set.deps, query({ filter, cursor, limit: 2 }));
  expect(next.items.map(({ index }) => index)).toEqual([2, 1]);
});

test("A2 a caller sees the events of what they may see, in full pages, and none of the tenant", async () => {
  const set = setUp();
  await set.recorder.record("default", [
    ...Array.from({ length: 10 }, () => EVENTS).flat(),
    event({ path: undefined, resource: "tok_1", action: "token.create" }),
  ]);
  const caller = auditor("production/ml-service/db-url");

  const { items, nextCursor } = await queryEvents(set.deps, query({ caller, limit: 8 }));
  const rest = await queryEvents(
    set.deps,
    query({ caller, limit: 50, cursor: nextCursor ?? undefined }),
  );

  const paths = [...items, ...rest.items].map(({ path }) => path);
  expect(items).toHaveLength(8);
  expect(new Set(paths)).toEqual(new Set(["production/ml-service/db-url"]));
  expect(paths).toHaveLength(20);
});

test("a query is on record itself, with its filter and how much it showed", async () => {
  const set = setUp();
  await set.recorder.record("default", EVENTS);

  await queryEvents(set.deps, query({ filter: { env: "production" }, limit: 2 }));

  expect(await lastPayload(set)).toMatchObject({
    action: "audit.query",
    outcome: "allowed",
    decision: { by: ["bnd_1"] },
    revision: 1,
    details: { filter: { env: "production", order: "newest" }, results: 2 },
  });
});

test("who may read nothing of the log is refused, and that is on record", async () => {
  const set = setUp();
  const caller = { ...auditor(), access: set.deps.policy.createAccess([]) };

  const refusal = queryEvents(set.deps, query({ caller }));

  await expect(refusal).rejects.toMatchObject({
    reason: "POLICY_DENIED",
    details: { permission: "audit:read", path: "**" },
  });
  expect(await lastPayload(set)).toMatchObject({
    action: "audit.query",
    outcome: "denied",
    reason: "POLICY_DENIED",
    decision: { by: ["default-deny"] },
    details: { permission: "audit:read" },
  });
});

test("LAW-07 where a query cannot be recorded, nothing is shown", async () => {
  const set = setUp();
  await set.recorder.record("default", EVENTS);
  const recorder = { record: () => Promise.reject(new Error("the log is full")) };

  await expect(queryEvents({ ...set.deps, recorder }, query())).rejects.toThrow("the log is full");
});

test("one event is found by its id, and that is on record", async () => {
  const set = setUp();
  await set.recorder.record("default", EVENTS);
  const [, stored] = await set.stores.audit.recordsFrom("default", 0, 2);
  const id = stored?.id ?? "";

  const found = await findEvent(set.deps, { caller: auditor(), id });

  expect(found).toMatchObject({ id, index: 1, actor: "sa:deployer", outcome: "failed" });
  expect(await lastPayload(set)).toMatchObject({
    action: "audit.query",
    details: { filter: { id }, results: 1 },
  });
});

test("ERR-02 an event that one may not see is missing like one that is not there", async () => {
  const set = setUp();
  await set.recorder.record("default", EVENTS);
  const [stored] = await set.stores.audit.recordsFrom("default", 0, 1);
  const id = stored?.id ?? "";
  const caller = auditor("staging/**");

  const hidden = await findEvent(set.deps, { caller, id }).catch((e: unknown) => e);
  const missing = await findEvent(setUp().deps, { caller, id }).catch((e: unknown) => e);

  expect(isLlmcfgError(hidden, "NOT_FOUND")).toBe(true);
  expect(hidden).toEqual(missing);
});

const EVENTS: readonly AuditEvent[] = [
  event(),
  event({
    actor: actor("sa:deployer"),
    outcome: "failed",
    reason: "ETAG_MISMATCH",
    atMs: START_MS + 1,
  }),
  event({
    action: "secret.reveal",
    path: "production/ml-service/inference/secrets/api-key",
    atMs: START_MS + 2,
  }),
  event({ path: "staging/ml-service/db-url", atMs: START_MS + 3 }),
  event({ path: undefined, resource: "tok_2", action: "token.create", atMs: START_MS + 4 }),
  event({ path: "production/api-gateway/inference/route", atMs: START_MS + 5 }),
];

function query(change: Partial<QueryEvents> = {}): QueryEvents {
  return {
    caller: auditor(),
    filter: {},
    order: "newest",
    limit: 50,
    cursor: undefined,
    ...change,
  };
}

function reasonOf(error: unknown): unknown {
  return isLlmcfgError(error) ? error.reason : error;
}

async function lastPayload({ stores }: ReturnType<typeof setUp>): Promise<unknown> {
  const [last] = await stores.audit.query("default", {}, { order: "newest", limit: 1 });
  return JSON.parse(last?.payload ?? "null");
}
