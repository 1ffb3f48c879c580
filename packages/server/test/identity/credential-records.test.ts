import { formatToken, LlmcfgError, parseToken } from "@llmcfg/core";
import { expect, test } from "vitest";
import { authenticate } from "../../src/modules/identity/authenticate.ts";
import { CredentialRefusals } from "../../src/modules/identity/credential-refusals.ts";
import { createSa, recordsOf, type SetUp, START_MS, setUp } from "./set-up.ts";

const DAY_MS = 86_400_000;
const VIEWER = [{ role: "viewer", scope: "**" }];

test("the first use of a credential in an hour is on record, later ones are not", async () => {
  const { set, text, token } = await withToken();

  for (const minutes of [0, 1, 59, 60, 61, 180]) {
    set.time.ms = START_MS + minutes * 60_000;
    await ask(set, text);
    await set.uses.settled();
  }

  const records = (await usesOf(set)).filter(({ credential }) => credential === token.id);
  expect(records.map(({ at }) => at)).toEqual([
    "2026-11-22T10:00:00.000Z",
    "2026-11-22T11:00:00.000Z",
    "2026-11-22T13:00:00.000Z",
  ]);
  expect(records[0]).toMatchObject({
    actorId: await set.stores.identity.actorId("default", "sa:deployer"),
    actorVia: "token",
    resource: token.id,
    outcome: "allowed",
    reason: null,
    revision: 1,
    requestId: "req_1",
    details: { method: "token" },
  });
});

test("a use that cannot be recorded lets the request pass, is told, and tried again after 10 s", async () => {
  const { set, text, token } = await withToken();
  const append = set.stores.audit.append.bind(set.stores.audit);
  let attempts = 0;
  set.stores.audit.append = async () => {
    attempts++;
    throw new LlmcfgError("STORE_UNAVAILABLE", "the store is away", { retryAfter: 5 });
  };

  for (const seconds of [0, 1, 9, 10]) {
    set.time.ms = START_MS + seconds * 1_000;
    await ask(set, text);
    await set.uses.settled();
  }
  set.stores.audit.append = append;
  set.time.ms = START_MS + 20_000;
  await ask(set, text);
  await set.uses.settled();

  expect([attempts, set.failures.length]).toEqual([2, 2]);
  expect(set.failures[0]).toMatchObject({ reason: "AUDIT_UNAVAILABLE" });
  const records = (await usesOf(set)).filter(({ credential }) => credential === token.id);
  expect(records.map(({ at }) => at)).toEqual(["2026-11-22T10:00:20.000Z"]);
});

test.each([
  ["malformed", (text: string) => `${text}0`, "UNAUTHENTICATED"],
  ["unknown", (text: string) => changed(text, { handle: "0".repeat(16) }), "UNAUTHENTICATED"],
  ["wrong_secret", (text: string) => changed(text, { secret: "0".repeat(43) }), "UNAUTHENTICATED"],
  ["wrong_kind", (text: string) => changed(text, { kind: "pat" }), "UNAUTHENTICATED"],
] as const)(
  "a credential that is %s is on record with its cause, and nothing of what was sent",
  async (cause, change, reason) => {
    const { set, text, token } = await withToken();
    const sent = change(text);

    await expect(ask(set, sent)).rejects.toMatchObject({ reason: "UNAUTHENTICATED" });
    await set.refusals.flush();

    const [record, ...others] = await refusalsOf(set);
    expect(others).toEqual([]);
    expect(record).toMatchObject({
      actorId: await set.stores.identity.actorId("default", "system:anonymous"),
      credential: null,
      resource: ["wrong_secret", "wrong_kind"].includes(cause) ? token.id : null,
      outcome: "denied",
      reason,
      requestId: "req_1",
      details: {
        method: "token",
        cause,
        count: 1,
        firstAt: "2026-11-22T10:00:00.000Z",
        lastAt: "2026-11-22T10:00:00.000Z",
      },
    });
    const kept = JSON.stringify(await recordsOf(set));
    for (const secret of [sent, sent.slice(10, 26), sent.slice(26, 69), "192.0.2.7"]) {
      expect(kept).not.toContain(secret);
    }
  },
);

test("a token that has expired is on record as such, under its id", async () => {
  const { set, text, token } = await withToken();
  set.time.ms += 90 * DAY_MS;

  await expect(ask(set, text)).rejects.toMatchObject({ reason: "TOKEN_EXPIRED" });
  await set.refusals.flush();

  expect(await refusalsOf(set)).toMatchObject([
    { resource: token.id, reason: "TOKEN_EXPIRED", details: { cause: "expired", count: 1 } },
  ]);
});

test("a token that is gone is refused like one that never was, and is on record", async () => {
  const { set, text } = await withToken();
  await ask(set, text);
  set.stores.identity.findToken = async () => undefined;
  set.identities.invalidate();

  await expect(ask(set, text)).rejects.toMatchObject({ reason: "UNAUTHENTICATED" });
  await set.refusals.flush();

  expect(await refusalsOf(set)).toMatchObject([
    { resource: null, reason: "UNAUTHENTICATED", details: { cause: "unknown", count: 1 } },
  ]);
});

test("right credentials that do not go together are on record too", async () => {
  const { set, text, token } = await withToken();
  const { text: other } = await createSa(set, "other", VIEWER);
  const none = { apiKey: undefined, requestId: "req_1", traceId: undefined };
  const authorization = `Bearer ${text}`;

  const two = authenticate(set, { ...none, authorization, apiKey: other });
  await expect(two).rejects.toMatchObject({ reason: "INVALID_ARGUMENT" });
  const elsewhere = authenticate(set, { ...none, authorization, tenant: "other" });
  await expect(elsewhere).rejects.toMatchObject({ reason: "UNAUTHENTICATED" });
  await set.refusals.flush();

  expect(await refusalsOf(set)).toMatchObject([
    { resource: token.id, reason: "INVALID_ARGUMENT", details: { cause: "two_principals" } },
    { resource: token.id, reason: "UNAUTHENTICATED", details: { cause: "wrong_tenant" } },
  ]);
});

test("to send no credential is not on record", async () => {
  const { set } = await withToken();
  const none = { authorization: undefined, apiKey: undefined };

  const asking = authenticate(set, { ...none, requestId: "req_1", traceId: undefined });
  await expect(asking).rejects.toMatchObject({ reason: "UNAUTHENTICATED" });
  await set.refusals.flush();

  expect(await refusalsOf(set)).toEqual([]);
});

test("refusals of one token, network and cause are one record with their exact number", async () => {
  const { set, text, token } = await withToken();
  const wrong = changed(text, { secret: "0".repeat(43) });
  const from = ["192.0.2.7", "::ffff:192.0.2.7", "2001:db8:1:2::a", "2001:db8:1:2:3::b"];

  for (let i = 0; i < 1_000; i++) {
    set.time.ms = START_MS + i;
    await ask(set, wrong, from[i % 4]).catch(() => {});
  }
  await set.refusals.flush();

  expect(await refusalsOf(set)).toMatchObject([
    {
      resource: token.id,
      requestId: null,
      details: {
        count: 500,
        firstAt: "2026-11-22T10:00:00.000Z",
        lastAt: "2026-11-22T10:00:00.997Z",
      },
    },
    { resource: token.id, details: { count: 500, lastAt: "2026-11-22T10:00:00.999Z" } },
  ]);
});

test("whoever has no credential cannot make the log grow at will", async () => {
  const { set } = await withToken();

  for (let i = 0; i < 5_000; i++) {
    await ask(set, "hunter2", `198.51.${i >> 8}.${i & 255}`).catch(() => {});
  }
  await set.refusals.flush();

  const records = await refusalsOf(set);
  expect(records).toHaveLength(65);
  expect(records.reduce((sum, { details }) => sum + details.count, 0)).toBe(5_000);
  expect(records.at(-1)).toMatchObject({ details: { cause: "various", count: 4_936 } });
});

test("refusals that cannot be recorded are kept for the next time, and told", async () => {
  const { set, text } = await withToken();
  const append = set.stores.audit.append.bind(set.stores.audit);
  set.stores.audit.append = async () => {
    throw new LlmcfgError("STORE_UNAVAILABLE", "the store is away", { retryAfter: 5 });
  };
  await ask(set, `${text}0`).catch(() => {});

  await set.refusals.flush();
  await ask(set, `${text}1`).catch(() => {});
  set.stores.audit.append = append;
  await set.refusals[Symbol.asyncDispose](); // the last ones too

  expect(set.failures).toMatchObject([{ reason: "AUDIT_UNAVAILABLE" }]);
  expect(await refusalsOf(set)).toMatchObject([{ details: { cause: "malformed", count: 2 } }]);
});

test("refusals are written by themselves once their window is over", async () => {
  const { set } = await withToken();
  const written = Promise.withResolvers<unknown>();
  await using refusals = new CredentialRefusals(
    {
      recorder: { record: async (_tenant, events) => written.resolve(events) },
      configStore: set.stores.configs,
      clock: { nowMs: () => START_MS },
      onFailure: written.reject,
    },
    { tenant: "default", windowMs: 1 },
  );

  const attempt = { address: "192.0.2.7", requestId: "req_1", traceId: undefined };
  refusals.note({ cause: "malformed", token: undefined }, attempt);

  expect(await written.promise).toMatchObject([{ action: "credential.use", outcome: "denied" }]);
});

async function withToken() {
  const set = setUp();
  const { text, token } = await createSa(set, "deployer", VIEWER);
  await set.uses.settled(); // whoever made it used a credential too
  return { set, text, token };
}

async function ask(set: SetUp, token: string, address = "192.0.2.7") {
  const none = { authorization: undefined, traceId: undefined };
  return await authenticate(set, { ...none, apiKey: token, requestId: "req_1", address });
}

/** The token with another part, well formed. */
function changed(text: string, part: Partial<NonNullable<ReturnType<typeof parseToken>>>): string {
  const token = parseToken(text);
  if (token === undefined) throw new Error("the token does not parse");
  return formatToken({ ...token, ...part });
}

interface UseRecord extends Record<string, unknown> {
  readonly details: { readonly count: number };
}

async function usesOf(set: SetUp): Promise<readonly UseRecord[]> {
  const records = (await recordsOf(set)) as readonly UseRecord[]; // of this action they are
  return records.filter(({ action }) => action === "credential.use");
}

async function refusalsOf(set: SetUp): Promise<readonly UseRecord[]> {
  return (await usesOf(set)).filter(({ outcome }) => outcome === "denied");
}
