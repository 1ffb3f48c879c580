import { ConfigError } from "@llmcfg/config";
import type { AuditSink } from "@llmcfg/config/audit";
import { expect, test } from "vitest";
import { MemoryTrail } from "../../../tests/conformance/ports/memory-audit-sink.ts";
import { AuditTrail, type AuditTrailOptions } from "../src/audit/audit-trail.ts";
import { ManualClock } from "./support/manual-clock.ts";
import { until } from "./support/until.ts";

test("AUD-4 records follow one another, each with the hash of the one before", async () => {
  const memory = new MemoryTrail();
  await using trail = trailOf(memory.sink());

  for (const event of ["a", "b", "c"]) await trail.record(draftOf(event));

  const [a, b, c] = memory.records;
  expect(memory.records.map(({ seq }) => seq)).toEqual([1, 2, 3]);
  expect([a?.prev_hash, b?.prev_hash, c?.prev_hash]).toEqual(["0".repeat(64), a?.hash, b?.hash]);
});

test("AUD-5 a write that was done, and said to have failed, is not done twice", async () => {
  const memory = new MemoryTrail();
  const clock = new ManualClock();
  const sink = memory.sink();
  let answers = 0;
  const unsure: AuditSink = wrapped(sink, async (record) => {
    await sink.append(record);
    if (answers++ === 0) throw new Error("connection reset");
  });
  await using trail = trailOf(unsure, { clock });

  await trail.record(draftOf("a"));
  clock.advance(1_000);
  await trail.record(draftOf("b"));
  await until("both", () => memory.records.length >= 2);

  expect(memory.records.map(({ event, seq }) => [event, seq])).toEqual([
    ["a", 1],
    ["b", 2],
  ]);
});

test("AUD-5 a sink that other processes write to is asked for its end, and the record goes behind it", async () => {
  const memory = new MemoryTrail();
  await using other = trailOf(memory.sink());
  const sink = memory.sink();
  const shared = wrapped(sink, async (record) => {
    if (record.seq !== memory.records.length + 1) throw new ConfigError("audit_conflict", "other");
    await sink.append(record);
  });
  await using trail = trailOf(shared);
  await trail.record(draftOf("mine"));
  await other.record(draftOf("theirs"));

  await trail.require(draftOf("mine again"));

  expect(memory.records.map(({ event }) => event)).toEqual(["mine", "theirs", "mine again"]);
  expect(memory.records[2]?.prev_hash).toBe(memory.records[1]?.hash);
});

test("AUD-5 what waits is written in order before what is required", async () => {
  const memory = new MemoryTrail();
  await using trail = trailOf(memory.sink(), { clock: new ManualClock() });
  memory.failure = new Error("away");
  await trail.record(draftOf("a"));
  await trail.record(draftOf("b"));
  memory.failure = undefined;

  await trail.require(draftOf("c"));

  expect(memory.records.map(({ event }) => event)).toEqual(["a", "b", "c"]);
});

test("AUD-5 what is required and fails is not written later: what it records has not happened", async () => {
  const memory = new MemoryTrail();
  const clock = new ManualClock();
  await using trail = trailOf(memory.sink(), { clock });
  memory.failure = new Error("away");

  await expect(trail.require(draftOf("a"))).rejects.toThrow("away");
  memory.failure = undefined;
  clock.advance(60_000);
  await trail.record(draftOf("b"));

  expect(memory.records.map(({ event }) => event)).toEqual(["b"]);
});

test("AUD-5 a sink that does not answer fails after ten seconds", async () => {
  const clock = new ManualClock();
  const failures: string[] = [];
  let isAsked = false;
  const silent = wrapped(new MemoryTrail().sink(), () => {
    isAsked = true;
    return new Promise<void>(() => {});
  });
  const trail = trailOf(silent, { clock, onFailure: ({ message }) => failures.push(message) });
  const requiring = trail.require(draftOf("a"));
  const outcome = requiring.catch((error: unknown) => error);

  await until("the call", () => isAsked);
  clock.advance(10_000);

  expect(await outcome).toMatchObject({ code: "audit_unavailable" });
  expect(failures).toEqual(["the audit sink did not answer within 10 s"]);
});

test("AUD-5 what waits is limited, and the next record says how many were dropped", async () => {
  const memory = new MemoryTrail();
  const failures: string[] = [];
  await using trail = trailOf(memory.sink(), {
    clock: new ManualClock(),
    onFailure: ({ message }) => failures.push(message),
  });
  memory.failure = new Error("away");
  await trail.record(draftOf("first"));
  for (let i = 0; i < 10_004; i++) await trail.record(draftOf("more"));
  memory.failure = undefined;

  await trail.require(draftOf("last"));

  expect(memory.records).toHaveLength(10_001);
  expect(memory.records[0]).toMatchObject({ event: "first", dropped: 5 });
  expect(memory.records[1]).not.toHaveProperty("dropped");
  expect(failures).toEqual(["away", "10000 audit records wait already: further ones are dropped"]);
});

test("AUD-5 where records are required all of them are forced to be durable, many at once", async () => {
  const memory = new MemoryTrail();
  const settings = { required: true, records: () => true };
  await using trail = trailOf(memory.sink(), { settings });

  await Promise.all(Array.from({ length: 20 }, (_, i) => trail.record(draftOf(`e${i}`))));

  expect(memory.records).toHaveLength(20);
  expect(memory.flushes).toBeGreaterThan(0);
  expect(memory.flushes).toBeLessThan(20);
});

test("AUD-10 what is not asked for is not recorded", async () => {
  const memory = new MemoryTrail();
  const settings = { required: false, records: (event: string) => event === "wanted" };
  await using trail = trailOf(memory.sink(), { settings });

  await trail.record(draftOf("unwanted"));
  await trail.record(draftOf("wanted"));

  expect(memory.records.map(({ event }) => event)).toEqual(["wanted"]);
});

test("AUD-5 a sink that cannot be opened is opened later, and nothing is lost", async () => {
  const memory = new MemoryTrail();
  const clock = new ManualClock();
  let attempts = 0;
  await using trail = trailOf(memory.sink(), {
    clock,
    open: async () => {
      if (attempts++ === 0) throw new Error("connection refused");
      return memory.sink();
    },
  });

  await trail.record(draftOf("a"));
  clock.advance(1_000);
  await until("the record", () => memory.records.length === 1);

  expect(attempts).toBe(2);
});

test("AUD-4 half of a surrogate pair in a name does not keep a record from being written", async () => {
  const memory = new MemoryTrail();
  await using trail = trailOf(memory.sink());

  await trail.record({ ...draftOf("a"), paths: ["tags.\ud800"] });

  expect(memory.records[0]?.["paths"]).toEqual(["tags.\ufffd"]);
});

test("WAT-8 at the end no timer is left, and a record that comes too late is none", async () => {
  const memory = new MemoryTrail();
  const clock = new ManualClock();
  const trail = trailOf(memory.sink(), { clock });
  memory.failure = new Error("away");
  await trail.record(draftOf("a"));

  await trail[Symbol.asyncDispose]();
  await trail.record(draftOf("late"));

  expect(clock.pending).toBe(0);
  expect(memory.records).toEqual([]);
  await expect(trail.require(draftOf("later"))).rejects.toMatchObject({
    code: "audit_unavailable",
  });
});

function trailOf(sink: AuditSink, options: Partial<AuditTrailOptions> = {}): AuditTrail {
  return new AuditTrail({
    open: async () => sink,
    settings: { required: false, records: () => true },
    clock: new ManualClock(),
    onFailure: () => {},
    onRecovered: () => {},
    ...options,
  });
}

function wrapped(sink: AuditSink, append: AuditSink["append"]): AuditSink {
  return {
    kind: sink.kind,
    append,
    flush: () => sink.flush(),
    last: async () => await sink.last?.(),
    [Symbol.asyncDispose]: () => sink[Symbol.asyncDispose](),
  };
}

function draftOf(event: string): { readonly timestamp: string; readonly event: string } {
  return { timestamp: "2026-11-25T12:00:00.000Z", event };
}
