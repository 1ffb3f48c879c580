import { LlmcfgError } from "@llmcfg/core";
import { expect, test } from "vitest";
import { memoryStores } from "../../src/adapters/memory/stores.ts";
import { GroupCommit } from "../../src/modules/audit/group-commit.ts";
import type { AuditStore, SealedRecord } from "../../src/modules/audit/ports.ts";
import { Recorder } from "../../src/modules/audit/recorder.ts";
import { event, setUp } from "./set-up.ts";

test("L1 an event is in the log once it was recorded, with who, what and from where", async () => {
  const { recorder, stores } = setUp();

  await recorder.record("default", [event()]);

  const [record] = await stores.audit.recordsFrom("default", 0, 10);
  const actorId = await stores.identity.actorId("default", "user:ada");
  expect(JSON.parse(record?.payload ?? "")).toEqual({
    v: 1,
    tenant: "default",
    id: record?.id,
    at: "2026-11-22T10:00:00.000Z",
    clock: { boot: "5f0c9d1e", mono: 0 },
    node: "test",
    actorId,
    actorVia: "token",
    credential: "tok_1",
    action: "config.write",
    path: "production/ml-service/db-url",
    resource: null,
    outcome: "allowed",
    reason: null,
    revision: 3,
    requestId: "req_1",
    traceId: null,
    decision: { by: ["bnd_0"], policyRevision: 1 },
    details: { version: 2 },
  });
});

test("a record that was prepared for a commit is not in the log by itself", async () => {
  const { recorder, stores } = setUp();

  const record = await recorder.prepare("default", event());

  expect(await stores.audit.size("default")).toBe(0);
  expect(record.salt).toHaveLength(32);
});

test("no two records share a salt", async () => {
  const { recorder } = setUp();

  const records = await Promise.all(
    Array.from({ length: 100 }, async () => await recorder.prepare("default", event())),
  );

  expect(new Set(records.map(({ salt }) => Buffer.from(salt).toString("hex"))).size).toBe(100);
});

test("what is recorded in one turn leaves in one transaction, and all hear of it together", async () => {
  const { store, groups } = countedStore();
  await using recorder = recorderOver(store);

  await Promise.all(
    Array.from({ length: 100 }, async (_, i) => {
      await recorder.record("default", [event({ details: { i } })]);
    }),
  );

  expect(groups).toEqual([100]);
});

test("while one group is being written the next one gathers, of 256 records at most", async () => {
  const { store, groups, hold } = countedStore();
  await using recorder = recorderOver(store);
  const letGo = hold();

  const first = recorder.record("default", [event()]);
  await until(() => groups.length === 1);
  const others = Array.from({ length: 600 }, async () => {
    await recorder.record("default", [event()]);
  });
  await turn();
  letGo();
  await Promise.all([first, ...others]);

  expect(groups).toEqual([1, 256, 256, 88]);
  expect(await store.size("default")).toBe(601);
});

test("events of one call stay together and in order, however many", async () => {
  const { store, groups } = countedStore();
  await using recorder = recorderOver(store);
  const events = Array.from({ length: 300 }, (_, i) => event({ details: { i } }));

  await recorder.record("default", events);

  const records = await store.recordsFrom("default", 0, 1_000);
  expect(groups).toEqual([300]);
  expect(records.map(({ payload }) => numberIn(payload))).toEqual(events.map((_, i) => i));
  expect(records.map(({ id }) => id).toSorted()).toEqual(records.map(({ id }) => id));
});

test("no events need no transaction", async () => {
  const { store, groups } = countedStore();
  await using recorder = recorderOver(store);

  await recorder.record("default", []);

  expect(groups).toEqual([]);
});

test.each([
  ["away", new LlmcfgError("STORE_UNAVAILABLE", "gone", { retryAfter: 5 })],
  ["full", new LlmcfgError("STORAGE_FULL", "no space", {})],
])(
  "LAW-07 where the store is %s, recording fails, and the next group is tried again",
  async (_name, fault) => {
    const { store, fail } = countedStore();
    await using recorder = recorderOver(store);
    fail(fault);

    const refusals = [event(), event()].map(async (one) => await recorder.record("default", [one]));
    for (const refusal of refusals) {
      await expect(refusal).rejects.toMatchObject({ reason: "AUDIT_UNAVAILABLE", cause: fault });
    }
    fail(undefined);

    await expect(recorder.record("default", [event()])).resolves.toBeUndefined();
  },
);

test("LAW-07 where the principals cannot be read, recording fails as the log does", async () => {
  const { identity, audit } = memoryStores();
  identity.actorId = () =>
    Promise.reject(new LlmcfgError("STORE_UNAVAILABLE", "gone", { retryAfter: 5 }));
  await using recorder = recorderOver(audit, identity);

  const refusal = recorder.record("default", [event()]);

  await expect(refusal).rejects.toMatchObject({ reason: "AUDIT_UNAVAILABLE" });
});

test("L2 a store that hangs counts as away after a while", async () => {
  const { store, hold } = countedStore();
  const groups = new GroupCommit(store, { maxRecords: 256, maxWaitMs: 5 });
  hold();
  const { recorder } = setUp();
  const record = await recorder.prepare("default", event());

  const refusal = groups.append("default", [record]);

  await expect(refusal).rejects.toMatchObject({ reason: "AUDIT_UNAVAILABLE" });
});

test("an event whose caller gave up before its group left is not written", async () => {
  const { store, groups, hold } = countedStore();
  await using recorder = recorderOver(store);
  const letGo = hold();
  const patience = new AbortController();

  const first = recorder.record("default", [event()]);
  await until(() => groups.length === 1);
  const given = recorder.record("default", [event()], { signal: patience.signal });
  const kept = recorder.record("default", [event()]);
  await turn();
  patience.abort();
  await expect(given).rejects.toMatchObject({ name: "AbortError" });
  letGo();
  await Promise.all([first, kept]);

  expect(await store.size("default")).toBe(2);
});

test("disposing the recorder waits for what is on its way", async () => {
  const { store } = countedStore();
  const recorder = recorderOver(store);

  const recording = recorder.record("default", [event()]);
  await turn();
  await recorder[Symbol.asyncDispose]();

  expect(await store.size("default")).toBe(1);
  await recording;
});

/** A memory store that counts its transactions, can be held up and can fail. */
function countedStore() {
  const { audit } = memoryStores();
  const groups: number[] = [];
  const state: { gate: Promise<void>; fault: Error | undefined } = {
    gate: Promise.resolve(),
    fault: undefined,
  };
  const append = audit.append.bind(audit);
  audit.append = async (tenant: string, records: readonly SealedRecord[]) => {
    groups.push(records.length);
    await state.gate;
    if (state.fault !== undefined) throw state.fault;
    await append(tenant, records);
  };
  return {
    store: audit,
    groups,
    hold: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      state.gate = promise;
      return resolve;
    },
    fail: (fault: Error | undefined) => {
      state.fault = fault;
    },
  };
}

function recorderOver(
  auditStore: Pick<AuditStore, "append">,
  identityStore = memoryStores().identity,
): Recorder {
  return new Recorder({ auditStore, identityStore }, { node: "test" });
}

function numberIn(payload: string): number {
  return (JSON.parse(payload) as { details: { i: number } }).details.i;
}

async function turn(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await turn();
}
