import { createHash } from "node:crypto";
import { formatToken, isLlmcfgError, parseToken } from "@llmcfg/core";
import { describe, expect, test } from "vitest";
import {
  authenticate,
  type Credentials,
  recallCaller,
} from "../../src/modules/identity/authenticate.ts";
import { createDevToken } from "../../src/modules/identity/bootstrap.ts";
import { createToken } from "../../src/modules/identity/create-token.ts";
import { callerOf, createSa, devCaller, recordsOf, type SetUp, START_MS, setUp } from "./set-up.ts";

const DAY_MS = 86_400_000;

test.each([
  ["Authorization", (text: string) => ({ authorization: `Bearer ${text}` })],
  ["Authorization, written otherwise", (text: string) => ({ authorization: `bearer  ${text}` })],
  ["X-API-Key", (text: string) => ({ apiKey: text })],
  ["both headers", (text: string) => ({ authorization: `Bearer ${text}`, apiKey: text })],
])("a token in %s says who asks", async (_name, headers) => {
  const set = setUp();
  const { text, token } = await createSa(set, "deployer", [
    { role: "editor", scope: "staging/**" },
  ]);

  const caller = await ask(set, headers(text));

  expect(caller).toMatchObject({
    tenant: "default",
    actor: { principal: "sa:deployer", via: "token", credential: token.id, requestId: "req_1" },
    expiresAtMs: START_MS + 90 * DAY_MS,
  });
  const item = { kind: "item", service: "ml-service", key: "a" } as const;
  expect(caller.access.decide("config:write", { ...item, env: "staging" }).allowed).toBe(true);
  expect(caller.access.decide("config:write", { ...item, env: "production" }).allowed).toBe(false);
});

test("what is kept of a token is a hash of the form of the text, never the token", async () => {
  const set = setUp();
  const { text } = await createSa(set, "deployer", [{ role: "viewer", scope: "**" }]);

  const handle = text.slice(10, 26); // after llmcfg_sa_
  const secret = text.slice(26, 69);
  const stored = await set.stores.identity.findToken(handle);

  const hash = createHash("sha256").update(`llmcfg-key-v1\0${handle}\0${secret}`).digest();
  expect(text).toMatch(/^llmcfg_sa_[0-9A-Za-z]{65}$/);
  expect(Buffer.from(stored?.secretHash ?? [])).toEqual(hash);
  expect(JSON.stringify(stored)).not.toContain(secret);
});

test("A6 what has not the form of a token reaches no store", async () => {
  const set = setUp();
  const { text } = await createSa(set, "deployer", [{ role: "viewer", scope: "**" }]);
  const calls = countLookUps(set);
  const malformed = [
    "",
    "hunter2",
    text.slice(1),
    `${text}0`,
    text.slice(0, -1),
    changed(text, 20),
    changed(text, 40),
    changed(text, 74),
    text.replace("_sa_", "_pat_"),
    text.replace("_sa_", "_xx_"),
  ];

  const results = await Promise.allSettled(
    malformed.map(async (wrong) => await ask(set, { apiKey: wrong })),
  );

  expect(results.map((result) => reasonOf(result))).toEqual(malformed.map(() => "UNAUTHENTICATED"));
  expect(calls.count).toBe(0);
});

test("A6 malformed, unknown, wrong and missing credentials get the same answer", async () => {
  const set = setUp();
  const { text } = await createSa(set, "deployer", [{ role: "viewer", scope: "**" }]);
  const parts = parseToken(text);
  if (parts === undefined) throw new Error("the token does not parse");
  const wrongSecret = formatToken({ ...parts, secret: "0".repeat(43) });
  const unknown = formatToken({ ...parts, handle: "0".repeat(16) });
  const otherKind = formatToken({ ...parts, kind: "pat" });

  const errors = await Promise.all(
    [
      ask(set, {}),
      ask(set, { authorization: "Basic dXNlcjpwYXNz" }),
      ask(set, { authorization: "Bearer" }),
      ask(set, { authorization: `Bearer ${text} ${text}` }),
      ask(set, { apiKey: "hunter2" }),
      ask(set, { apiKey: wrongSecret }),
      ask(set, { apiKey: unknown }),
      ask(set, { apiKey: otherKind }),
      ask(set, { apiKey: text, tenant: "other" }),
    ].map(async (asking) => await asking.catch((error: unknown) => error)),
  );

  const [first, ...others] = errors;
  expect(isLlmcfgError(first, "UNAUTHENTICATED")).toBe(true);
  for (const other of others) expect(other).toEqual(first);
});

test("a token that was right is told that it has expired, a wrong one is not", async () => {
  const set = setUp();
  const { text } = await createSa(set, "deployer", [{ role: "viewer", scope: "**" }]);
  const parts = parseToken(text);
  if (parts === undefined) throw new Error("the token does not parse");
  await ask(set, { apiKey: text });

  set.time.ms += 90 * DAY_MS - 1;
  const lastMoment = ask(set, { apiKey: text });
  await expect(lastMoment).resolves.toBeDefined();
  set.time.ms += 1;

  await expect(ask(set, { apiKey: text })).rejects.toMatchObject({
    reason: "TOKEN_EXPIRED",
    message: "the token expired at 2027-02-20T10:00:00.000Z",
  });
  const wrong = formatToken({ ...parts, secret: "0".repeat(43) });
  await expect(ask(set, { apiKey: wrong })).rejects.toMatchObject({ reason: "UNAUTHENTICATED" });
});

test("two headers that name different principals are refused, of one principal taken", async () => {
  const set = setUp();
  const roles = [{ role: "viewer", scope: "**" }];
  const [a, b, c] = await Promise.all([
    createSa(set, "deployer", roles),
    createSa(set, "deployer", roles),
    createSa(set, "other", roles),
  ]);

  const same = await ask(set, { authorization: `Bearer ${a.text}`, apiKey: b.text });
  const different = ask(set, { authorization: `Bearer ${a.text}`, apiKey: c.text });
  const oneWrong = ask(set, { authorization: `Bearer ${a.text}`, apiKey: "hunter2" });

  expect(same.actor.credential).toBe(a.token.id);
  await expect(different).rejects.toMatchObject({ reason: "INVALID_ARGUMENT" });
  await expect(oneWrong).rejects.toMatchObject({ reason: "UNAUTHENTICATED" });
});

test("a development token is let in by a development server alone", async () => {
  const set = setUp({ acceptsDevTokens: false });
  const { text } = await createDevToken(set.deps, "default");

  await expect(ask(set, { apiKey: text })).rejects.toMatchObject({ reason: "UNAUTHENTICATED" });
});

describe("what was verified once", () => {
  test("is remembered by the whole token, until rights change", async () => {
    const set = setUp();
    const { text } = await createSa(set, "deployer", [{ role: "viewer", scope: "**" }]);
    const calls = countLookUps(set);

    await ask(set, { apiKey: text });
    await ask(set, { apiKey: text });
    const remembered = calls.count;
    set.identities.invalidate();
    const forgotten = set.identities.recall(text);
    await ask(set, { apiKey: text });

    expect(remembered).toBe(1);
    expect(forgotten).toBeUndefined();
    expect(calls.count).toBe(2);
    expect(set.identities.recall(text)?.token.name).toBe("deployer");
  });

  test("is recalled by its header without a store, until it expires or rights change", async () => {
    const set = setUp();
    const { text } = await createSa(set, "deployer", [{ role: "viewer", scope: "**" }]);
    const recall = () => recallCaller(set, `Bearer ${text}`);
    const never = recall();
    const caller = await ask(set, { apiKey: text });
    const calls = countLookUps(set);

    const recalled = recall();
    set.identities.invalidate();
    const changedRights = recall();
    await ask(set, { apiKey: text });
    set.time.ms += 90 * DAY_MS;
    const expired = recall();

    expect(recalled?.access).toBe(caller.access);
    expect(recalled).toMatchObject({ tenant: "default", actor: { principal: "sa:deployer" } });
    expect([never, changedRights, expired]).toEqual([undefined, undefined, undefined]);
    expect(recallCaller(set, text)).toBeUndefined(); // not the form of the header
    expect(calls.count).toBe(1);
  });

  test("A6 does not let in a token that differs in its secret alone", async () => {
    const set = setUp();
    const { text } = await createSa(set, "deployer", [{ role: "viewer", scope: "**" }]);
    const parts = parseToken(text);
    if (parts === undefined) throw new Error("the token does not parse");
    await ask(set, { apiKey: text });

    const other = formatToken({
      ...parts,
      secret: parts.secret.replace(/^./, (c) => (c === "0" ? "1" : "0")),
    });

    expect(set.identities.recall(other)).toBeUndefined();
    await expect(ask(set, { apiKey: other })).rejects.toMatchObject({ reason: "UNAUTHENTICATED" });
  });

  test("A4 has the rights of now after a change of bindings", async () => {
    const set = setUp();
    const first = await createSa(set, "deployer", [{ role: "viewer", scope: "staging/**" }]);
    const before = await callerOf(set, first.text);

    await createSa(set, "deployer", [{ role: "editor", scope: "**" }]);
    const after = await callerOf(set, first.text);

    // the old token stays within the roles it was made with
    expect(after.access.decide("config:write", { kind: "tenant" }).allowed).toBe(false);
    // its rights are made of others now
    expect(await set.identities.stateOf(before)).toBe("scope_changed");
    expect(await set.identities.isStillValid(before)).toBe(false);
    expect(await set.identities.stateOf(after)).toBe("valid");
  });

  test("A4 of a stream is no longer valid once it expires, or its token is gone", async () => {
    const set = setUp();
    const { text, token } = await createSa(set, "deployer", [{ role: "viewer", scope: "**" }]);
    const caller = await callerOf(set, text);

    const now = await set.identities.stateOf(caller);
    set.identities.invalidate();
    const reread = await set.identities.stateOf(caller);
    const find = set.stores.identity.findToken.bind(set.stores.identity);
    set.stores.identity.findToken = async (handle, options) =>
      handle === token.handle ? undefined : await find(handle, options);
    set.identities.invalidate();
    const gone = await set.identities.stateOf(caller);
    set.stores.identity.findToken = find;
    set.time.ms += 90 * DAY_MS;
    const expired = await set.identities.stateOf(caller);

    expect([now, reread, gone, expired]).toEqual([
      "valid",
      "valid",
      "unauthenticated",
      "unauthenticated",
    ]);
  });

  test("a caller that was never verified is not valid", async () => {
    const caller = await devCaller(setUp());

    expect(await setUp().identities.stateOf(caller)).toBe("unauthenticated");
  });
});

test("the last use is noted once a minute, beside the request", async () => {
  const set = setUp();
  const { text, token } = await createSa(set, "deployer", [{ role: "viewer", scope: "**" }]);
  const touches: number[] = [];
  const touch = set.stores.identity.touchToken.bind(set.stores.identity);
  set.stores.identity.touchToken = async (tenant, id, atMs) => {
    touches.push(atMs - START_MS);
    await touch(tenant, id, atMs);
  };

  for (const seconds of [5, 15, 59, 60, 61, 119, 240]) {
    set.time.ms = START_MS + seconds * 1_000;
    await ask(set, { apiKey: text });
  }
  await set.identities[Symbol.asyncDispose]();

  expect(touches).toEqual([0, 60_000, 120_000 * 2]);
  expect((await set.stores.identity.findToken(token.handle))?.lastUsedAtMs).toBe(
    START_MS + 240_000,
  );
});

test("a last use that cannot be noted does not fail the request, and is told", async () => {
  const set = setUp();
  const { text } = await createSa(set, "deployer", [{ role: "viewer", scope: "**" }]);
  set.stores.identity.touchToken = () => Promise.reject(new Error("the disk is full"));

  const caller = await ask(set, { apiKey: text });

  expect(caller.actor.principal).toBe("sa:deployer");
  await expect(set.identities[Symbol.asyncDispose]()).resolves.toBeUndefined();
});

test("no record and no stored token holds the text of a token", async () => {
  const set = setUp();
  const dev = await createDevToken(set.deps, "default");
  const caller = await callerOf(set, dev.text);
  const made = await createToken(set.deps, {
    caller,
    kind: "agt",
    name: "gateway",
    roles: [{ role: "agent", scope: "production/**" }],
  });

  const kept = JSON.stringify([
    await recordsOf(set),
    await set.stores.identity.listTokens("default"),
  ]);

  for (const { text } of [dev, made]) {
    expect(kept).not.toContain(text);
    expect(kept).not.toContain(text.slice(26, 60));
  }
});

async function ask(set: SetUp, headers: Partial<Credentials>) {
  const none = { authorization: undefined, apiKey: undefined, traceId: undefined };
  return await authenticate(set, { ...none, requestId: "req_1", ...headers });
}

function countLookUps({ stores }: SetUp): { count: number } {
  const calls = { count: 0 };
  const find = stores.identity.findToken.bind(stores.identity);
  stores.identity.findToken = async (...given) => {
    calls.count++;
    return await find(...given);
  };
  return calls;
}

function changed(text: string, place: number): string {
  const digit = text.charAt(place) === "0" ? "1" : "0";
  return text.slice(0, place) + digit + text.slice(place + 1);
}

function reasonOf(result: PromiseSettledResult<unknown>): unknown {
  return result.status === "rejected" && isLlmcfgError(result.reason) && result.reason.reason;
}
