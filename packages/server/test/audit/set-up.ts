import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ephemeralKeyring } from "../../src/adapters/local-keyring/root-key.ts";
import { memoryStores } from "../../src/adapters/memory/stores.ts";
import { sqlStores } from "../../src/adapters/sql/stores.ts";
import { openSqlite } from "../../src/adapters/sqlite/open.ts";
import { Checkpoints } from "../../src/modules/audit/checkpoints.ts";
import type { AuditEvent, AuditStore } from "../../src/modules/audit/ports.ts";
import { Recorder } from "../../src/modules/audit/recorder.ts";
import type { ConfigStore } from "../../src/modules/configs/ports.ts";
import { StoreEnvironmentReader } from "../../src/modules/environments/graph-reader.ts";
import type { IdentityStore } from "../../src/modules/identity/ports.ts";
import { EnvelopeKeyring } from "../../src/modules/keys/keyring.ts";
import type { KeyStore, RootKey } from "../../src/modules/keys/ports.ts";
import { builtInPolicy } from "../../src/modules/policy/built-in-policy.ts";
import type { Caller } from "../../src/modules/policy/ports.ts";

export const START_MS: number = Date.parse("2026-11-22T10:00:00.000Z");

interface Stores {
  readonly audit: AuditStore;
  readonly identity: IdentityStore;
  readonly configs: ConfigStore;
  readonly keys: KeyStore;
}

/** The audit module over the stores, at a time that only the test moves. */
export function setUp(stores: Stores = memoryStores(), rootKey: RootKey = ephemeralKeyring()) {
  const time = { ms: START_MS };
  const clock = { nowMs: () => time.ms };
  const keyring = new EnvelopeKeyring(
    { keyStore: stores.keys, rootKey, clock },
    { deployment: "test" },
  );
  const recorder = new Recorder(
    { auditStore: stores.audit, identityStore: stores.identity },
    { node: "test", boot: "5f0c9d1e", monotonicMs: () => 0.5 },
  );
  const checkpoints = new Checkpoints({ auditStore: stores.audit, keyring, clock });
  const deps = {
    auditStore: stores.audit,
    identityStore: stores.identity,
    configStore: stores.configs,
    environments: new StoreEnvironmentReader(stores.configs),
    policy: builtInPolicy,
    recorder,
    checkpoints,
    keyring,
    clock,
  };
  return { time, stores, rootKey, keyring, recorder, checkpoints, deps };
}

/** The same over a SQLite file, which goes with it. */
export async function setUpSqlite(
  from: { readonly rootKey?: RootKey; readonly prepare?: (file: string) => Promise<void> } = {},
) {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "llmcfg-"));
  stack.defer(async () => await rm(folder, { recursive: true }));
  const file = join(folder, "store.db");
  await from.prepare?.(file);
  const db = stack.use(await openSqlite(file));
  const opened = stack.move();
  return {
    ...setUp(sqlStores(db), from.rootKey),
    file,
    [Symbol.asyncDispose]: async () => await opened.disposeAsync(),
  };
}

export function auditor(scope = "**"): Caller {
  const binding = { id: "bnd_1", principal: "user:eve", role: "auditor", scope, mayGrant: [] };
  return {
    tenant: "default",
    actor: actor("user:eve"),
    access: builtInPolicy.createAccess([{ ...binding, expiresAtMs: undefined }]),
    expiresAtMs: undefined,
  };
}

export function event(change: Partial<AuditEvent> = {}): AuditEvent {
  return {
    actor: actor("user:ada"),
    action: "config.write",
    path: "production/ml-service/db-url",
    outcome: "allowed",
    revision: 3,
    atMs: START_MS,
    decidedBy: ["bnd_0"],
    details: { version: 2 },
    ...change,
  };
}

export function actor(principal: string): AuditEvent["actor"] {
  const request = { requestId: "req_1", traceId: undefined };
  return { principal, via: "token", credential: "tok_1", ...request };
}
