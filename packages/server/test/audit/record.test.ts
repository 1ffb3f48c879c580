import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { checkRecord } from "../../src/modules/audit/check-record.ts";
import { EventIds } from "../../src/modules/audit/event-ids.ts";
import type { AuditEvent } from "../../src/modules/audit/ports.ts";
import { type RecordContext, sealRecord } from "../../src/modules/audit/record.ts";
import { event } from "./set-up.ts";

const SALT = Buffer.from(Array.from({ length: 32 }, (_, i) => i));

test("L5 the vector of a record holds: payload, leaf and leaf hash, to the byte", () => {
  const vector = readVector();

  const record = sealRecord(VECTOR_EVENT, VECTOR_CONTEXT, Buffer.from(vector.salt, "hex"));

  expect(record.payload).toBe(vector.payload);
  expect(Buffer.byteLength(record.payload)).toBe(vector.payloadBytes);
  expect(record.leaf).toBe(vector.leaf);
  expect(Buffer.byteLength(record.leaf)).toBe(vector.leafBytes);
  expect(Buffer.from(record.leafHash).toString("hex")).toBe(vector.leafHash);
});

test("a record is found by actor, action, outcome and the parts of its path", () => {
  const { index } = sealRecord(VECTOR_EVENT, VECTOR_CONTEXT, SALT);

  expect(index).toEqual({
    actor: "user#01KP1BYQ6M3T5Z9W0H4C8D2R7A",
    action: "secret.write",
    env: "production",
    service: "ml-service",
    key: "inference/secrets/api-key",
    outcome: "allowed",
  });
});

test.each([
  [undefined, {}],
  ["production", { env: "production" }],
  ["production/ml-service", { env: "production", service: "ml-service" }],
])("a record about the path %s has no other parts", (path, parts) => {
  const { index, payload } = sealRecord(event({ path }), VECTOR_CONTEXT, SALT);

  const none = { env: undefined, service: undefined, key: undefined };
  expect(index).toMatchObject({ ...none, ...parts });
  expect(JSON.parse(payload)).toMatchObject({ path: path ?? null });
});

test.each([
  ["a fraction", { ratio: 0.5 }],
  ["a number that other programs round", { size: 2 ** 53 }],
  ["a number that is none", { list: [{ n: Number.NaN }] }],
  ["more than 256 KiB", { text: "x".repeat(256 * 1024) }],
])("details with %s are refused", (_name, details) => {
  expect(() => sealRecord(event({ details }), VECTOR_CONTEXT, SALT)).toThrow(TypeError);
});

test("a salt of another length is refused", () => {
  expect(() => sealRecord(event(), VECTOR_CONTEXT, SALT.subarray(1))).toThrow(TypeError);
});

test("two records of one event have different leaves once their salts differ", () => {
  const a = sealRecord(event(), VECTOR_CONTEXT, SALT);
  const b = sealRecord(event(), VECTOR_CONTEXT, Buffer.alloc(32, 1));

  expect(a.payload).toBe(b.payload);
  expect(a.leaf).not.toBe(b.leaf);
});

test("L3 any change of any part of a stored record is seen", () => {
  const record = { ...sealRecord(VECTOR_EVENT, VECTOR_CONTEXT, SALT), seq: 7 };
  const changes = {
    id: "ev_01KP1C1XJBFSFRN6XCQV7DY0G2",
    atMs: record.atMs + 1,
    revision: record.revision + 1,
    payload: record.payload.replace("allowed", "denied"),
    salt: Buffer.alloc(32),
    leaf: record.leaf.replace("9912", "9913"),
    leafHash: Buffer.alloc(32),
  };
  const columns = {
    actor: "user#0",
    action: "secret.reveal",
    env: "staging",
    service: undefined,
    key: "other",
    outcome: "denied",
  };

  const whole = checkRecord("default", record);
  const changed = [
    ...Object.entries(changes).map(([name, value]) => ({ ...record, [name]: value })),
    ...Object.entries(columns).map(([name, value]) => ({
      ...record,
      index: { ...record.index, [name]: value },
    })),
    { ...record, atMs: Number.NaN },
  ];

  expect(whole).toBeUndefined();
  expect(checkRecord("other", record)).toMatchObject({ code: "LEAF_MISMATCH" });
  for (const other of changed) expect(checkRecord("default", other)).toMatchObject({ index: 7 });
});

test("whatever an event says, its record is whole", () => {
  const text = fc.string({ unit: "binary", maxLength: 40 });
  const lookalike = fc.constantFrom(
    ',"id":"ev_0","node":"',
    '"outcome":"denied"',
    "a/b/c",
    "a//",
    "/",
  );
  const anyText = fc.oneof(text, lookalike);
  const anyEvent = fc.record({
    action: anyText,
    path: fc.option(anyText, { nil: undefined }),
    resource: fc.option(anyText, { nil: undefined }),
    outcome: fc.constantFrom("allowed", "denied", "failed"),
    reason: fc.option(anyText, { nil: undefined }),
    details: fc.dictionary(anyText, fc.oneof(anyText, fc.integer(), fc.array(anyText))),
  });
  const check = fc.property(anyEvent, anyText, anyText, (change, node, actorId) => {
    const record = sealRecord(event(change), { ...VECTOR_CONTEXT, node, actorId }, SALT);

    expect(checkRecord("default", { ...record, seq: 0 })).toBeUndefined();
  });

  fc.assert(check, { numRuns: 500 });
});

test("ids are ULIDs that grow, within a millisecond and when the clock goes back", () => {
  const check = fc.property(fc.array(fc.nat({ max: 5 }), { maxLength: 200 }), (times) => {
    const ids = new EventIds();

    const given = times.map((ms) => ids.next(1_469_918_176_385 + ms));

    expect(given.every((id) => /^ev_[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(id))).toBe(true);
    expect(given.toSorted()).toEqual(given);
    expect(new Set(given).size).toBe(given.length);
  });

  fc.assert(check, { numRuns: 200 });
});

test("an id begins with its time", () => {
  // the example of the ULID specification
  expect(new EventIds().next(1_469_918_176_385)).toMatch(/^ev_01ARYZ6S41/);
});

const VECTOR_EVENT: AuditEvent = {
  actor: {
    principal: "user:ada",
    via: "oidc" as "token", // of a later issue; the form of the record is the same
    credential: "tok_01KP1BZ2K7V9N4Q6X8M0R3S5T1",
    requestId: "req_01KP1C1XHZ0A6B2E4G8J3K5M7P",
    traceId: undefined,
  },
  action: "secret.write",
  path: "production/ml-service/inference/secrets/api-key",
  outcome: "allowed",
  revision: 9912,
  atMs: Date.parse("2026-11-22T10:15:30.123Z"),
  decidedBy: ["bnd_12"],
  details: {
    version: 7,
    previousVersion: 6,
    fromHash: "hmac:9ad013315e86201beb53d0c674ac991e66d05b26f105d49f2ff4fd2ad1278553",
    toHash: "hmac:59d7d816fa02e5824db2b5204e61a8aa57cbe23484b5bb98120514049bc0e594",
    change: "sha256:9a5e01690ac9ba8b21db16ba2b49dfc3aa144e7f90aa5673c6ae40b2b935508e",
    message: "sha256:812d43bf64caed9edac6955625540c4efd73b32e33d1ab3538bdb437fa44779e",
  },
};

const VECTOR_CONTEXT: RecordContext = {
  tenant: "default",
  id: "ev_01KP1C1XJBFSFRN6XCQV7DY0G1",
  actorId: "user#01KP1BYQ6M3T5Z9W0H4C8D2R7A",
  clock: { boot: "5f0c9d1e", mono: 83_211_234 },
  node: "srv-1",
  policyRevision: 8110,
};

interface RecordVector {
  readonly salt: string;
  readonly payload: string;
  readonly payloadBytes: number;
  readonly leaf: string;
  readonly leafBytes: number;
  readonly leafHash: string;
}

function readVector(): RecordVector {
  const text = readFileSync(join(import.meta.dirname, "testdata", "record.json"), "utf8");
  return JSON.parse(text) as RecordVector; // as the section named in the file has it
}
