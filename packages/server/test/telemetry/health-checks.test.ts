import { randomBytes } from "node:crypto";
import { LlmcfgError, SecretBytes } from "@llmcfg/core";
import { expect, test } from "vitest";
import { LocalRootKey } from "../../src/adapters/local-keyring/root-key.ts";
import { memoryStores } from "../../src/adapters/memory/stores.ts";
import { sqlStores } from "../../src/adapters/sql/stores.ts";
import { openSqlite } from "../../src/adapters/sqlite/open.ts";
import { Recorder } from "../../src/modules/audit/recorder.ts";
import { EnvelopeKeyring } from "../../src/modules/keys/keyring.ts";
import type { RootKey } from "../../src/modules/keys/ports.ts";
import { builtInPolicy } from "../../src/modules/policy/built-in-policy.ts";
import type { Policy } from "../../src/modules/policy/ports.ts";
import { Health } from "../../src/telemetry/health.ts";
import { healthChecks } from "../../src/telemetry/health-checks.ts";
import { event } from "../audit/set-up.ts";
import type { Stores } from "../configs/open-world.ts";

const TENANT = "default";

test("every part of a server that is well says so, and what is not there is disabled", async () => {
  const { state } = await open();

  expect(await state()).toEqual({
    server: "ok",
    store: "ok",
    redis: "disabled",
    kms: "ok",
    policy: "ok",
    audit: "ok",
    replication: "ok",
  });
});

test("LAW-24 a store that is away makes the server unavailable until it is back", async () => {
  const { state, stores, detailOf } = await open();
  const headRevision = stores.configs.headRevision.bind(stores.configs);

  stores.configs.headRevision = away;
  const meanwhile = await state();
  const detail = await detailOf("store");
  stores.configs.headRevision = headRevision;

  expect(meanwhile).toMatchObject({ server: "unavailable", store: "down", replication: "down" });
  expect(detail).toBe("the store is away");
  expect(await state()).toMatchObject({ server: "ok", store: "ok", replication: "ok" });
});

test("a closed database is down in each part that lives in it", async () => {
  const db = await openSqlite(":memory:");
  const { state } = await open({ stores: sqlStores(db) });

  expect(await state()).toMatchObject({ server: "ok", store: "ok", audit: "ok" });
  await db[Symbol.asyncDispose]();

  expect(await state()).toMatchObject({ server: "unavailable", store: "down", audit: "down" });
});

test.each([
  ["away", () => new LlmcfgError("SEALED", "the provider is away", { retryAfter: 5 })],
  ["another one", () => new LlmcfgError("INTEGRITY_FAILED", "it does not open", {})],
])("LAW-24 a root key that is %s degrades the server until it is right", async (_name, fault) => {
  const { state, rootKey } = await open();

  rootKey.fault = fault();
  const meanwhile = await state();
  rootKey.fault = undefined;

  expect(meanwhile).toMatchObject({ server: "degraded", store: "ok", kms: "down" });
  expect(await state()).toMatchObject({ server: "ok", kms: "ok" });
});

test("the root key itself is asked, past every cache, to open and to wrap", async () => {
  const { state, rootKey } = await open();
  await state();
  const { calls } = rootKey;

  await state();

  expect(calls.slice(-2)).toEqual(["unwrap", "wrap"]);
  expect(calls.filter((call) => call === "unwrap").length).toBeGreaterThanOrEqual(2);
});

test("a server that was given another root key than its store's finds out", async () => {
  const stores = memoryStores();
  await (await open({ stores })).state();

  const { state, detailOf } = await open({ stores });

  expect(await state()).toMatchObject({ server: "degraded", kms: "down" });
  expect(await detailOf("kms")).toMatch(/^root key \w+ does not open a key that the store keeps$/);
});

test.each([
  ["lets nobody in", { createAccess: () => builtInPolicy.createAccess([]) }],
  ["lets everybody in", { createAccess: () => everybody() }],
])("a policy that %s makes the server unavailable until it is mended", async (_name, broken) => {
  const { state, policy } = await open();

  policy.current = { ...builtInPolicy, ...broken };
  const meanwhile = await state();
  policy.current = builtInPolicy;

  expect(meanwhile).toMatchObject({ server: "unavailable", policy: "down" });
  expect(await state()).toMatchObject({ server: "ok", policy: "ok" });
});

test("a log that cannot be read is down, one whose last record failed is degraded until one succeeds", async () => {
  const { state, stores, recorder, detailOf } = await open();
  const size = stores.audit.size.bind(stores.audit);
  const append = stores.audit.append.bind(stores.audit);

  stores.audit.size = away;
  const unreadable = await state();
  stores.audit.size = size;
  stores.audit.append = away;
  await recorder.record(TENANT, [event()]).catch(() => {});
  const unwritable = await state();
  const detail = await detailOf("audit");
  stores.audit.append = append;
  const unproven = await state();
  await recorder.record(TENANT, [event()]);

  expect(unreadable).toMatchObject({ server: "degraded", store: "ok", audit: "down" });
  expect(unwritable).toMatchObject({ server: "degraded", audit: "degraded" });
  expect(detail).toBe("the last record could not be written, at 2026-11-22T10:00:00.000Z");
  expect(unproven).toMatchObject({ audit: "degraded" });
  expect(await state()).toMatchObject({ server: "ok", audit: "ok" });
});

test("a change feed that is behind the store degrades the server until it has caught up", async () => {
  const { state, feed, detailOf } = await open();

  feed.revision = 0;
  const behind = await state();
  const detail = await detailOf("replication");
  feed.revision = 1;

  expect(behind).toMatchObject({ server: "degraded", replication: "degraded" });
  expect(detail).toBe("the change feed is at revision 0 of 1");
  expect(await state()).toMatchObject({ server: "ok", replication: "ok" });
});

test("while the store is away nobody can say whether secrets open", async () => {
  const { state, stores, detailOf } = await open();

  stores.keys.findTenantKey = away;

  expect(await state()).toMatchObject({ server: "degraded", kms: "degraded" });
  expect(await detailOf("kms")).toBe("the store that keeps the wrapped keys is away");
});

async function away(): Promise<never> {
  throw new LlmcfgError("STORE_UNAVAILABLE", "the store is away", { retryAfter: 5 });
}

function everybody() {
  const binding = { id: "bnd_1", principal: "user:eve", role: "owner", scope: "**", mayGrant: [] };
  return builtInPolicy.createAccess([{ ...binding, expiresAtMs: undefined }]);
}

/** A root key that fails as it is told. */
class Faulty implements RootKey {
  readonly #inner = new LocalRootKey(randomBytes(32));
  readonly keyId: string = this.#inner.keyId;
  readonly calls: string[] = [];
  fault: LlmcfgError | undefined;

  async wrap(...given: Parameters<RootKey["wrap"]>): Promise<Uint8Array> {
    this.calls.push("wrap");
    if (this.fault !== undefined) throw this.fault;
    const [key, context] = given;
    return await this.#inner.wrap(key, context);
  }

  async unwrap(...given: Parameters<RootKey["unwrap"]>): Promise<SecretBytes> {
    this.calls.push("unwrap");
    if (this.fault !== undefined) throw this.fault;
    const [wrapped, context] = given;
    return await this.#inner.unwrap(wrapped, context);
  }
}

/** The parts of a server, each of which the test can break; every question reaches them. */
async function open({ stores = memoryStores() }: { readonly stores?: Stores } = {}) {
  const clock = { nowMs: () => Date.parse("2026-11-22T10:00:00.000Z") };
  const rootKey = new Faulty();
  const policy: { current: Policy } = { current: builtInPolicy };
  const feed = { revision: 1 };
  const recorder = new Recorder(
    { auditStore: stores.audit, identityStore: stores.identity },
    { node: "test" },
  );
  const keyring = new EnvelopeKeyring(
    { keyStore: stores.keys, rootKey, clock },
    { deployment: "test" },
  );
  const time = { ms: 0 };
  const health = new Health({
    version: "1.2.3",
    region: "local",
    isDraining: () => false,
    clock,
    monotonicMs: () => time.ms,
    checks: healthChecks({
      tenant: TENANT,
      configStore: stores.configs,
      auditStore: stores.audit,
      appendFailure: () => recorder.appendFailure,
      keyring,
      policy: { createAccess: (...given) => policy.current.createAccess(...given) },
      followed: async () => feed.revision,
    }),
  });
  const report = async () => {
    time.ms += 60_000; // longer than any answer counts
    return await health.report();
  };
  const state = async () => {
    const { status, checks } = await report();
    const parts = checks.map((check) => [check.name, check.status] as const);
    return { server: status, ...Object.fromEntries(parts) } as Record<string, string>;
  };
  const detailOf = async (name: string) =>
    (await report()).checks.find((check) => check.name === name)?.detail;
  return { stores, rootKey, policy, feed, recorder, state, detailOf };
}
