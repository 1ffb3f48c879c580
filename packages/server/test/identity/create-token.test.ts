import { isLlmcfgError } from "@llmcfg/core";
import { expect, test } from "vitest";
import { createFirstAdmin } from "../../src/modules/identity/bootstrap.ts";
import { type CreateToken, createToken } from "../../src/modules/identity/create-token.ts";
import { listTokens } from "../../src/modules/identity/list-tokens.ts";
import { toTokenBody } from "../../src/modules/identity/token-body.ts";
import { whoAmI } from "../../src/modules/identity/who-am-i.ts";
import { callerOf, createSa, devCaller, recordsOf, START_MS, setUp } from "./set-up.ts";

const DAY_MS = 86_400_000;

test.each([
  ["sa", "sa:deployer"],
  ["agt", "agent:deployer"],
  ["pat", "user:dev"],
] as const)("a %s token is of %s and shows itself once", async (kind, principal) => {
  const set = setUp();
  const caller = await devCaller(set);
  const roles = [{ role: "viewer", scope: "production/**" }];

  const { token, text } = await createToken(set.deps, { caller, kind, name: "deployer", roles });

  expect(text).toMatch(new RegExp(`^llmcfg_${kind}_[0-9A-Za-z]{65}$`));
  expect(toTokenBody(token, roles, text)).toEqual({
    id: token.id,
    kind,
    name: "deployer",
    principal,
    roles,
    createdAt: "2026-11-22T10:00:00.000Z",
    expiresAt: "2027-02-20T10:00:00.000Z",
    lastUsedAt: null,
    token: text,
  });
  expect(await whoAmI(set.deps, await callerOf(set, text))).toEqual({
    principal,
    tenant: "default",
    roles,
    expiresAt: "2027-02-20T10:00:00.000Z",
  });
  const listed = await listTokens(set.deps, caller);
  expect(listed.find(({ id }) => id === token.id)).not.toHaveProperty("token");
});

test("LAW-07 a token is made together with its record", async () => {
  const set = setUp();
  const caller = await devCaller(set);

  const { token } = await createToken(set.deps, command(caller, { expiresInMs: DAY_MS }));

  const [binding] = await set.stores.identity.bindingsOf("default", "sa:deployer");
  expect((await recordsOf(set)).at(-1)).toMatchObject({
    action: "token.create",
    outcome: "allowed",
    resource: token.id,
    credential: caller.actor.credential,
    requestId: "req_1",
    path: null,
    details: {
      kind: "sa",
      name: "deployer",
      principal: "sa:deployer",
      roles: [{ role: "editor", scope: "production/ml-service/**" }],
      bindings: [binding?.id],
      expiresAt: "2026-11-23T10:00:00.000Z",
    },
  });
});

test("LAW-07 a token whose record cannot be kept is not made", async () => {
  const set = setUp();
  const caller = await devCaller(set);
  set.stores.identity.createToken = () => Promise.reject(new Error("the disk is full"));

  await expect(createToken(set.deps, command(caller))).rejects.toThrow("the disk is full");

  expect(set.events.invalidations).toBe(1); // of the token of the caller
});

test("a token lives 90 days, or as long as asked up to a year", async () => {
  const set = setUp();
  const caller = await devCaller(set);

  const lives = await Promise.all(
    [undefined, 1, 365 * DAY_MS].map(async (expiresInMs) => {
      const { token } = await createToken(set.deps, command(caller, { expiresInMs }));
      return (token.expiresAtMs ?? 0) - START_MS;
    }),
  );

  expect(lives).toEqual([90 * DAY_MS, 1, 365 * DAY_MS]);
});

test.each<readonly [name: string, change: Partial<CreateToken>, findings: readonly object[]]>([
  ["a name in capitals", { name: "Deployer" }, [{ pointer: "/name", code: "INVALID_NAME" }]],
  ["a name with a space", { name: "de ployer" }, [{ pointer: "/name" }]],
  ["a name that begins with a digit", { name: "1st" }, [{ pointer: "/name" }]],
  ["no name", { name: "" }, [{ pointer: "/name" }]],
  ["a name of 64 characters", { name: "a".repeat(64) }, [{ pointer: "/name" }]],
  ["a life of more than a year", { expiresInMs: 366 * DAY_MS }, [{ pointer: "/expiresIn" }]],
  ["no life", { expiresInMs: 0 }, [{ pointer: "/expiresIn" }]],
  ["a life that is no number", { expiresInMs: Number.NaN }, [{ pointer: "/expiresIn" }]],
  ["no roles", { roles: [] }, [{ pointer: "/roles", code: "NO_ROLES" }]],
  [
    "a role that does not exist",
    { roles: [{ role: "editr", scope: "**" }] },
    [{ pointer: "/roles/0/role", code: "UNKNOWN_ROLE", suggestion: "editor" }],
  ],
  [
    "the role of the owner",
    { roles: [{ role: "owner", scope: "**" }] },
    [{ code: "UNKNOWN_ROLE" }],
  ],
  [
    "an environment that does not exist",
    { roles: [{ role: "editor", scope: "producton/**" }] },
    [{ pointer: "/roles/0/scope", code: "UNKNOWN_SCOPE", suggestion: "production" }],
  ],
  [
    "a scope that is no selector",
    { roles: [{ role: "editor", scope: "production/**/a" }] },
    [{ pointer: "/roles/0/scope", code: "INVALID_SCOPE" }],
  ],
  [
    "several faults at once",
    {
      roles: [
        { role: "viewr", scope: "**" },
        { role: "viewer", scope: "stagin/**" },
      ],
    },
    [{ pointer: "/roles/0/role" }, { pointer: "/roles/1/scope" }],
  ],
])("%s is refused with every finding, and nothing is made", async (_name, change, findings) => {
  const set = setUp();
  const caller = await devCaller(set);

  const error = await createToken(set.deps, command(caller, change)).catch((e: unknown) => e);

  expect(isLlmcfgError(error, "INVALID_ARGUMENT") && error.details.errors).toMatchObject(findings);
  expect(await set.stores.identity.listTokens("default")).toHaveLength(1);
  expect(await set.stores.identity.bindingsOf("default", "sa:deployer")).toEqual([]);
});

test.each([
  ["production", "production/**"],
  ["prod", "production/**"],
  ["prod/ml-service", "production/ml-service/**"],
  ["dev/ml-service/**", "development/ml-service/**"],
  ["production/ml-service/a", "production/ml-service/a/**"],
  ["production/ml-service/*", "production/ml-service/*"],
  ["*/ml-service/**", "*/ml-service/**"],
  ["**", "**"],
])("the scope %s is kept as %s", async (scope, kept) => {
  const set = setUp();
  const caller = await devCaller(set);

  const { token } = await createToken(
    set.deps,
    command(caller, { roles: [{ role: "viewer", scope }] }),
  );

  expect(token.limitedTo).toEqual([{ role: "viewer", scope: kept }]);
  expect(await set.stores.identity.bindingsOf("default", "sa:deployer")).toMatchObject([
    { role: "viewer", scope: kept },
  ]);
});

test("a second token of a service account adds only bindings that are new", async () => {
  const set = setUp();
  const viewer = { role: "viewer", scope: "production/**" };
  const editor = { role: "editor", scope: "staging/**" };

  await createSa(set, "deployer", [viewer, viewer]);
  set.time.ms += 1; // bindings are listed by age
  await createSa(set, "deployer", [viewer, editor]);

  const bindings = await set.stores.identity.bindingsOf("default", "sa:deployer");
  expect(bindings).toMatchObject([viewer, editor]);
  expect(bindings).toHaveLength(2);
});

test("A9 a second token of a service account has no more than was asked for it", async () => {
  const set = setUp();
  await createSa(set, "reader", [{ role: "secret-reader", scope: "**" }]);

  const { text } = await createSa(set, "reader", [{ role: "viewer", scope: "**" }]);

  const { access } = await callerOf(set, text);
  expect(access.decide("secret:read", { kind: "tenant" }).allowed).toBe(false);
  expect(access.decide("config:read", { kind: "tenant" }).allowed).toBe(true);
});

test("A9 a token without token:manage makes no token, and that is on record", async () => {
  const set = setUp();
  const { text } = await createSa(set, "deployer", [{ role: "editor", scope: "**" }]);
  const caller = await callerOf(set, text);

  const refusal = createToken(set.deps, command(caller, { name: "other" }));

  await expect(refusal).rejects.toMatchObject({
    reason: "POLICY_DENIED",
    details: { permission: "token:manage", path: "**", rule: "default-deny" },
  });
  expect((await recordsOf(set)).at(-1)).toMatchObject({
    action: "token.create",
    outcome: "denied",
    reason: "POLICY_DENIED",
    decision: { by: ["default-deny"] },
    details: { kind: "sa", name: "other" },
  });
});

test("A9 an administrator gives away only roles held, or named by mayGrant", async () => {
  const set = setUp();
  const { text } = await createSa(set, "minter", [{ role: "admin", scope: "**" }]);
  const caller = await callerOf(set, text);
  const asking = async (role: string, scope: string) =>
    await createToken(set.deps, command(caller, { name: "other", roles: [{ role, scope }] }));

  const held = await asking("admin", "production/**");

  expect(held.token.principal).toBe("sa:other");
  await expect(asking("secret-reader", "production/**")).rejects.toMatchObject({
    reason: "POLICY_DENIED",
    details: { rule: "child-scope", path: "production/**" },
  });
  await expect(asking("viewer", "**")).rejects.toMatchObject({ reason: "POLICY_DENIED" });
});

test("A9 a pat of a limited pat stays within it, at once and at use", async () => {
  const set = setUp();
  const caller = await devCaller(set);
  const admin = [{ role: "admin", scope: "**" }];
  const parent = await createToken(set.deps, { caller, ...pat(admin) });
  const limited = await callerOf(set, parent.text);

  const child = await createToken(set.deps, { caller: limited, ...pat(admin) });
  const more = createToken(set.deps, {
    caller: limited,
    ...pat([{ role: "secret-reader", scope: "**" }]),
  });

  await expect(more).rejects.toMatchObject({ reason: "POLICY_DENIED" });
  const { access } = await callerOf(set, child.text);
  expect(access.decide("token:manage", { kind: "tenant" }).allowed).toBe(true);
  expect(access.decide("secret:read", { kind: "tenant" }).allowed).toBe(false);
});

test("A9 a right that the creator loses is lost to the pats they made", async () => {
  const set = setUp();
  const caller = await devCaller(set);
  const roles = [{ role: "editor", scope: "**" }];
  const { text } = await createToken(set.deps, { caller, kind: "pat", name: "mine", roles });

  set.stores.identity.bindingsOf = async () => [];
  set.identities.invalidate();

  const { access } = await callerOf(set, text);
  expect(access.mayHoldBelow("config:list", { kind: "tenant" })).toBe(false);
});

test("a pat is of a person: a service account is refused one", async () => {
  const set = setUp();
  const { text } = await createSa(set, "minter", [{ role: "admin", scope: "**" }]);
  const caller = await callerOf(set, text);

  const refusal = createToken(set.deps, command(caller, { kind: "pat" }));

  await expect(refusal).rejects.toMatchObject({
    reason: "INVALID_ARGUMENT",
    details: { errors: [{ pointer: "/kind", code: "NOT_A_PERSON" }] },
  });
});

test("without token:manage one sees one's own tokens alone", async () => {
  const set = setUp();
  const roles = [{ role: "viewer", scope: "**" }];
  const mine = await createSa(set, "deployer", roles);
  const alsoMine = await createSa(set, "deployer", roles);
  await createSa(set, "other", roles);
  const caller = await callerOf(set, mine.text);

  const listed = await listTokens(set.deps, caller);

  expect(new Set(listed.map(({ id }) => id))).toEqual(new Set([mine.token.id, alsoMine.token.id]));
});

test("an agent, which manages no tokens, is refused the list", async () => {
  const set = setUp();
  const { text } = await createToken(set.deps, {
    caller: await devCaller(set),
    kind: "agt",
    name: "gateway",
    roles: [{ role: "agent", scope: "**" }],
  });

  const refusal = listTokens(set.deps, await callerOf(set, text));

  await expect(refusal).rejects.toMatchObject({ reason: "POLICY_DENIED" });
});

test("the first administrator of a new store lasts an hour and can give every role", async () => {
  const set = setUp({ acceptsDevTokens: false });

  const first = await createFirstAdmin(set.deps, "default");
  if (first === undefined) throw new Error("a new store has a first administrator");
  const caller = await callerOf(set, first.text);
  const made = await createToken(
    set.deps,
    command(caller, {
      roles: [
        { role: "editor", scope: "**" },
        { role: "secret-reader", scope: "production/**" },
      ],
    }),
  );

  expect(first.text).toMatch(/^llmcfg_pat_/);
  expect(first.token.expiresAtMs).toBe(START_MS + 3_600_000);
  expect(await whoAmI(set.deps, caller)).toMatchObject({
    principal: "user:admin",
    roles: [{ role: "admin", scope: "**" }],
  });
  expect(made.token.principal).toBe("sa:deployer");
  expect((await recordsOf(set))[0]).toMatchObject({
    action: "token.create",
    actorVia: "system",
    credential: null,
    resource: first.token.id,
  });
});

test("a first administrator's token that nobody used is followed by another at the next start", async () => {
  const set = setUp({ acceptsDevTokens: false });

  const lost = await createFirstAdmin(set.deps, "default"); // the process ended before it said so
  const next = await createFirstAdmin(set.deps, "default");
  if (lost === undefined || next === undefined) throw new Error("nobody can get into the store");
  const caller = await callerOf(set, next.text);

  expect(next.text).not.toBe(lost.text);
  expect((await whoAmI(set.deps, caller)).roles).toEqual([{ role: "admin", scope: "**" }]);
});

test("a store whose first administrator has come in gets no other", async () => {
  const set = setUp({ acceptsDevTokens: false });
  const first = await createFirstAdmin(set.deps, "default");
  const nowMs = START_MS + 1;

  await set.stores.identity.touchToken("default", first?.token.id ?? "", nowMs);

  expect(await createFirstAdmin(set.deps, "default")).toBeUndefined();
});

test("a store that has a token gets no first administrator", async () => {
  const set = setUp();
  await createToken(set.deps, command(await devCaller(set)));

  expect(await createFirstAdmin(set.deps, "default")).toBeUndefined();
});

test("a store that only a development server has used gets one: its token opens nothing here", async () => {
  const set = setUp();
  await devCaller(set);

  const first = await createFirstAdmin(set.deps, "default");

  expect(first?.token.principal).toBe("user:admin");
});

test("the owner of a development server is bound once, however often it starts", async () => {
  const set = setUp();

  const callers = [await devCaller(set), await devCaller(set)];

  expect(await set.stores.identity.bindingsOf("default", "user:dev")).toHaveLength(1);
  for (const { access } of callers) {
    expect(access.decide("system:admin", { kind: "tenant" }).allowed).toBe(true);
  }
});

function pat(roles: CreateToken["roles"]) {
  return { kind: "pat", name: "mine", roles } as const;
}

function command(
  caller: Awaited<ReturnType<typeof devCaller>>,
  change: Partial<CreateToken> = {},
): CreateToken {
  const roles = [{ role: "editor", scope: "production/ml-service/**" }];
  return { caller, kind: "sa", name: "deployer", roles, ...change };
}
