import { memoryStores } from "../../src/adapters/memory/stores.ts";
import { Recorder } from "../../src/modules/audit/recorder.ts";
import { StoreEnvironmentReader } from "../../src/modules/environments/graph-reader.ts";
import { authenticate } from "../../src/modules/identity/authenticate.ts";
import { createDevToken } from "../../src/modules/identity/bootstrap.ts";
import { type CreateTokenDeps, createToken } from "../../src/modules/identity/create-token.ts";
import { CredentialRefusals } from "../../src/modules/identity/credential-refusals.ts";
import { CredentialUses } from "../../src/modules/identity/credential-uses.ts";
import { Identities } from "../../src/modules/identity/identities.ts";
import type { NewToken } from "../../src/modules/identity/new-token.ts";
import type { Grant } from "../../src/modules/identity/ports.ts";
import { builtInPolicy } from "../../src/modules/policy/built-in-policy.ts";
import type { Caller } from "../../src/modules/policy/ports.ts";

export const START_MS: number = Date.parse("2026-11-22T10:00:00.000Z");

/** The identity module over memory stores, at a time that only the test moves. */
export function setUp(options: { readonly acceptsDevTokens?: boolean } = {}) {
  const time = { ms: START_MS };
  const clock = { nowMs: () => time.ms };
  const stores = memoryStores(clock);
  const events = { invalidations: 0 };
  const identities = new Identities(
    { identityStore: stores.identity, policy: builtInPolicy, clock },
    {
      acceptsDevTokens: options.acceptsDevTokens ?? true,
      onInvalidate: () => events.invalidations++,
    },
  );
  const recorder = new Recorder(
    { auditStore: stores.audit, identityStore: stores.identity },
    { node: "test", monotonicMs: () => 0 },
  );
  const deps: CreateTokenDeps & {
    readonly identityStore: typeof stores.identity;
    readonly policy: typeof builtInPolicy;
  } = {
    identityStore: stores.identity,
    identities,
    configStore: stores.configs,
    environments: new StoreEnvironmentReader(stores.configs),
    policy: builtInPolicy,
    recorder,
    clock,
  };
  const failures: unknown[] = [];
  const journal = {
    recorder,
    configStore: stores.configs,
    clock,
    onFailure: (error: unknown) => failures.push(error),
  };
  const uses = new CredentialUses(journal);
  const refusals = new CredentialRefusals(journal, { tenant: "default" });
  return { time, stores, identities, uses, refusals, failures, deps, events };
}

export type SetUp = ReturnType<typeof setUp>;

/** The caller behind a token. */
export async function callerOf(set: SetUp, text: string): Promise<Caller> {
  const authorization = `Bearer ${text}`;
  const none = { apiKey: undefined, traceId: undefined };
  return await authenticate(set, { authorization, requestId: "req_1", ...none });
}

/** A caller who may do everything. */
export async function devCaller(set: SetUp): Promise<Caller> {
  const { text } = await createDevToken(set.deps, "default");
  return await callerOf(set, text);
}

/** A service account's token with the roles, made by a caller who may do everything. */
export async function createSa(
  set: SetUp,
  name: string,
  roles: readonly Grant[],
): Promise<NewToken> {
  return await createToken(set.deps, { caller: await devCaller(set), kind: "sa", name, roles });
}

/** The payloads of the records, oldest first. */
export async function recordsOf({ stores }: SetUp): Promise<readonly Record<string, unknown>[]> {
  const records = await stores.audit.recordsFrom("default", 0, 1_000);
  return records.map(({ payload }) => JSON.parse(payload) as Record<string, unknown>);
}
