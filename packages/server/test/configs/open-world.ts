/**
 * The use cases of configuration over the memory adapters, with a clock that tests move.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { type Json, parsePath, type Revision } from "@llmcfg/core";
import { ThreadedDocumentReader } from "../../src/adapters/documents/threaded-document-reader.ts";
import { LocalRootKey } from "../../src/adapters/local-keyring/root-key.ts";
import { memoryStores } from "../../src/adapters/memory/stores.ts";
import type { AuditEvent, AuditStore, SealedRecord } from "../../src/modules/audit/ports.ts";
import { Recorder } from "../../src/modules/audit/recorder.ts";
import { BundleRevisions } from "../../src/modules/configs/bundle-revision.ts";
import {
  type ChangeSet,
  NO_PRECONDITION,
  type Operation,
  type PutOperation,
} from "../../src/modules/configs/change-set.ts";
import { type CommitDeps, commitChangeSet } from "../../src/modules/configs/commit-change-set.ts";
import type { CommitResult } from "../../src/modules/configs/commit-result.ts";
import type { DiffDeps } from "../../src/modules/configs/diff-references.ts";
import { StoreEffectiveReader } from "../../src/modules/configs/effective-reader.ts";
import type { ExplainDeps } from "../../src/modules/configs/explain-key.ts";
import type { BundleDeps } from "../../src/modules/configs/get-bundle.ts";
import type { HistoryDeps } from "../../src/modules/configs/get-history.ts";
import type { VersionDeps } from "../../src/modules/configs/get-version.ts";
import type { ServicesDeps } from "../../src/modules/configs/list-services.ts";
import { RevisionAwaiter } from "../../src/modules/configs/minimum-revision.ts";
import { RunningRequests } from "../../src/modules/configs/once.ts";
import type { Change, Clock, ConfigStore } from "../../src/modules/configs/ports.ts";
import { SealedReferences } from "../../src/modules/configs/sealed-references.ts";
import { openValue } from "../../src/modules/configs/sealed-values.ts";
import { SharedBundles } from "../../src/modules/configs/shared-bundles.ts";
import { TenantQueue } from "../../src/modules/configs/tenant-queue.ts";
import { StoreEnvironmentReader } from "../../src/modules/environments/graph-reader.ts";
import type { EnvironmentsDeps } from "../../src/modules/environments/list-environments.ts";
import type { IdentityStore } from "../../src/modules/identity/ports.ts";
import { EnvelopeKeyring } from "../../src/modules/keys/keyring.ts";
import type { KeyStore } from "../../src/modules/keys/ports.ts";
import { builtInPolicy } from "../../src/modules/policy/built-in-policy.ts";
import type { Caller } from "../../src/modules/policy/ports.ts";
import { RecordedRevealer } from "../../src/modules/secrets/reveal-values.ts";

export const TENANT = "default";

type WorldDeps = CommitDeps &
  BundleDeps &
  ExplainDeps &
  HistoryDeps &
  VersionDeps &
  DiffDeps &
  ServicesDeps &
  EnvironmentsDeps;

/** All that is kept, by whichever adapter. */
export interface Stores {
  readonly configs: ConfigStore;
  readonly audit: AuditStore;
  readonly keys: KeyStore;
  readonly identity: IdentityStore;
}

export interface World {
  readonly deps: WorldDeps;
  readonly stores: Stores;
  readonly keyring: EnvelopeKeyring;
  /** What listeners were told, in order. */
  readonly changes: Change[];
  /** What was recorded apart from commits, in order. */
  readonly recorded: AuditEvent[];
  /** What was recorded with commits, in order. */
  readonly prepared: AuditEvent[];
  /** The time, in milliseconds since 1970. */
  nowMs: number;
}

/**
 * @param wrap puts something before the store, to break it
 * @param open the stores; default: in memory
 */
export function openWorld(
  wrap: (store: ConfigStore) => ConfigStore = (store) => store,
  open: (clock: Clock) => Stores = memoryStores,
): World {
  const clock = { nowMs: () => world.nowMs };
  const stores = open(clock);
  const store = wrap(stores.configs);
  const rootKey = new LocalRootKey(randomBytes(32));
  const keyring = new EnvelopeKeyring(
    { keyStore: stores.keys, rootKey, clock },
    { deployment: "test" },
  );
  const inner = new Recorder(
    { auditStore: stores.audit, identityStore: stores.identity },
    { node: "test" },
  );
  const recorder = {
    prepare: async (tenant: string, event: AuditEvent): Promise<SealedRecord> => {
      world.prepared.push(event);
      return await inner.prepare(tenant, event);
    },
    record: async (tenant: string, events: readonly AuditEvent[]): Promise<void> => {
      await inner.record(tenant, events);
      world.recorded.push(...events);
    },
  };
  const environments = new StoreEnvironmentReader(store);
  const reader = new StoreEffectiveReader({ store, environments, keyring });
  const awaiter = new RevisionAwaiter(store);
  const deps: WorldDeps = {
    store,
    environments,
    keyring,
    clock,
    recorder,
    refusals: builtInPolicy,
    policy: builtInPolicy,
    sealedReferences: new SealedReferences(keyring),
    documents: new ThreadedDocumentReader(),
    queue: new TenantQueue(),
    running: new RunningRequests(),
    reader,
    revisions: new BundleRevisions({ store, reader, environments }),
    bundles: new SharedBundles({ store }),
    revealer: new RecordedRevealer({
      recorder,
      open: (tenant, item, options) => openValue(keyring, tenant, item, options),
      clock,
    }),
    awaitRevision: (tenant, revision, options) => awaiter.awaitRevision(tenant, revision, options),
    listener: {
      committed: (tenant, change) => {
        world.changes.push(change);
        awaiter.committed(tenant, change);
      },
    },
  };
  const world: World = {
    deps,
    stores,
    keyring,
    changes: [],
    recorded: [],
    prepared: [],
    nowMs: Date.parse("2026-11-22T02:20:01.114Z"),
  };
  return world;
}

/** Somebody with roles, each as `role` or `role:scope`; default `owner` of everything. */
export function callerWith(...roles: readonly string[]): Caller {
  const bindings = (roles.length === 0 ? ["owner"] : roles).map((text, i) => {
    const [role = "", scope = "**"] = text.split("@");
    const id = `bnd_${i}`;
    return { id, principal: "user:dev", role, scope, expiresAtMs: undefined, mayGrant: [] };
  });
  return {
    tenant: TENANT,
    actor: {
      principal: "user:dev",
      via: "token",
      credential: "tok_1",
      requestId: "req_1",
      traceId: undefined,
    },
    access: builtInPolicy.createAccess(bindings),
    expiresAtMs: undefined,
  };
}

/** A put as POST makes it; `over` takes the place of its members. */
export function put(
  path: string,
  value: Json,
  over: Partial<Omit<PutOperation, "op" | "ref" | "value">> = {},
): PutOperation {
  return {
    op: "put",
    ref: parsePath(path),
    value,
    mode: "append",
    onlyIfChanged: false,
    about: {},
    expected: NO_PRECONDITION,
    ...over,
  };
}

export function remove(path: string, op: "delete" | "mask" = "delete"): Operation {
  return { op, ref: parsePath(path), expected: NO_PRECONDITION };
}

export function changeSet(
  operations: readonly Operation[],
  over: Partial<ChangeSet> = {},
): ChangeSet {
  return {
    caller: callerWith(),
    via: "api",
    message: undefined,
    isConfirmed: true,
    isBatch: operations.length !== 1,
    operations,
    ...over,
  };
}

export async function write(
  { deps }: World,
  operations: readonly Operation[],
  over: Partial<ChangeSet> = {},
): Promise<CommitResult> {
  return await commitChangeSet(deps, changeSet(operations, over));
}

/** The value that is effective at a path, as the reader has it. */
export async function valueAt(
  { deps }: World,
  path: string,
  at?: Revision,
): Promise<Json | undefined> {
  const { effective } = await deps.reader.entry(TENANT, parsePath(path), { at });
  return effective?.value;
}

/** The store, with some methods of its own. */
export function withMethods(store: ConfigStore, methods: Partial<ConfigStore>): ConfigStore {
  return new Proxy(store, {
    get: (target, name) => {
      const own: unknown = Reflect.get(methods, name);
      if (own !== undefined) return own;
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
  });
}
