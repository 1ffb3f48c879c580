/**
 * The watch hub over the memory adapters, with a way to commit without the use cases of writing.
 *
 * @module
 */

import { createHash, randomBytes } from "node:crypto";
import {
  canonicalize,
  formatPath,
  type ItemVersion,
  type Json,
  parsePath,
  type Revision,
  SecretBytes,
} from "@llmcfg/core";
import { LocalRootKey } from "../../src/adapters/local-keyring/root-key.ts";
import { type MemoryStores, memoryStores } from "../../src/adapters/memory/stores.ts";
import { StoreEffectiveReader } from "../../src/modules/configs/effective-reader.ts";
import type { Change } from "../../src/modules/configs/ports.ts";
import { StoreEnvironmentReader } from "../../src/modules/environments/graph-reader.ts";
import { EnvelopeKeyring } from "../../src/modules/keys/keyring.ts";
import { builtInPolicy } from "../../src/modules/policy/built-in-policy.ts";
import type { Caller } from "../../src/modules/policy/ports.ts";
import type { CallerState } from "../../src/modules/watch/ports.ts";
import {
  type HubDeps,
  type HubLimits,
  SelectionHub,
} from "../../src/modules/watch/selection-hub.ts";

export const TENANT = "default";

/** What a commit writes at a path. */
export type Write =
  | {
      readonly path: string;
      readonly value: Json;
      readonly replaces?: true;
      readonly secret?: true;
    }
  | { readonly path: string; readonly state: "deleted" | "masked" };

export interface WatchWorld extends AsyncDisposable {
  readonly stores: MemoryStores;
  readonly deps: HubDeps;
  readonly hub: SelectionHub;
  /** What the hub reported as failed. */
  readonly failures: unknown[];
  /** What the check of callers answers. */
  callerState: CallerState;
  nowMs: number;
  /** Writes all of it under the next revision, and tells the hub. */
  commit(...writes: readonly Write[]): Promise<Change>;
  /** As {@link commit}, and the hint is lost. */
  commitUnheard(...writes: readonly Write[]): Promise<Change>;
  /** Another hub on the same stores: what a restart of the process is to the streams. */
  anotherHub(limits?: Partial<HubLimits>): SelectionHub;
}

export function openWatchWorld(
  limits: Partial<HubLimits> = {},
  change: (deps: HubDeps) => HubDeps = (deps) => deps,
): WatchWorld {
  const stack = new AsyncDisposableStack();
  const clock = { nowMs: () => world.nowMs };
  const stores = memoryStores(clock);
  const store = stores.configs;
  const rootKey = new LocalRootKey(randomBytes(32));
  const keyring = new EnvelopeKeyring(
    { keyStore: stores.keys, rootKey, clock },
    { deployment: "test" },
  );
  const environments = new StoreEnvironmentReader(store);
  const failures: unknown[] = [];
  const deps = change({
    store,
    reader: new StoreEffectiveReader({ store, environments, keyring }),
    environments,
    policy: builtInPolicy,
    callerCheck: { stateOf: async () => world.callerState },
    clock,
    random: () => 0.5,
    onFailure: (error) => failures.push(error),
  });
  const start = (own: Partial<HubLimits>) => stack.use(SelectionHub.start(deps, own));

  const world: WatchWorld = {
    stores,
    deps,
    hub: start(limits),
    failures,
    callerState: "valid",
    nowMs: Date.parse("2026-11-22T02:20:01.114Z"),
    async commit(...writes) {
      const made = await world.commitUnheard(...writes);
      world.hub.committed(TENANT, made);
      return made;
    },
    async commitUnheard(...writes) {
      const basis = await store.headRevision(TENANT);
      const items = await Promise.all(writes.map((write) => itemOf(write, basis + 1)));
      await store.commit(TENANT, {
        basis,
        author: "user:ada",
        message: `r${basis + 1}`,
        committedAtMs: world.nowMs,
        items,
        references: new Map(),
        records: [],
      });
      const [made] = await store.changesAfter(TENANT, basis, { limit: 1 });
      if (made === undefined) throw new Error("the commit is not in the feed");
      return made;
    },
    anotherHub: (own = limits) => start(own),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };

  async function itemOf(write: Write, revision: Revision): Promise<ItemVersion> {
    const ref = parsePath(write.path);
    const [last] = await store.history(TENANT, ref, { limit: 1 });
    const version = (last?.version ?? 0) + 1;
    const itemId = last?.itemId ?? createHash("md5").update(write.path).digest("hex");
    const value = "value" in write ? write.value : undefined;
    const isSecret = "secret" in write && write.secret;
    const replaces = "replaces" in write && write.replaces;
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    const sealed = async (plain: Json) =>
      await keyring.seal(
        { tenant: TENANT, ...ref, itemId, version, class: "secret" },
        new SecretBytes(new TextEncoder().encode(JSON.stringify(plain))),
      );
    const stored =
      value === undefined
        ? ({ kind: "none" } as const)
        : isSecret
          ? ({ kind: "sealed", sealed: await sealed(value) } as const)
          : ({ kind: "plain", value } as const);
    const hash =
      value === undefined
        ? undefined
        : isSecret
          ? await keyring.valueHash(TENANT, itemId, value)
          : `sha256:${createHash("sha256").update(canonicalize(value)).digest("hex")}`;
    return {
      ref,
      itemId,
      version,
      revision,
      state: "state" in write ? write.state : "live",
      op: "state" in write ? "delete" : "put",
      stored,
      hash,
      fingerprint:
        isSecret && value !== undefined ? await keyring.fingerprint(TENANT, value) : undefined,
      type: isObject ? "object" : "string",
      contentType: undefined,
      sensitive: isSecret || (last?.sensitive ?? false),
      mergeMode: isObject && !replaces ? "merge" : "replace",
      description: undefined,
      owner: undefined,
      tags: [],
      environmentSpecific: false,
      managedBy: undefined,
      author: "user:ada",
      via: "api",
      message: undefined,
      committedAtMs: world.nowMs,
      restoredFrom: undefined,
    };
  }
  return world;
}

/** Somebody with roles, each as `role` or `role@scope`; of a token of their own. */
export function callerWith(roles: readonly string[], credential = "tok_1"): Caller {
  const bindings = roles.map((text, i) => {
    const [role = "", scope = "**"] = text.split("@");
    const id = `bnd_${i}`;
    return { id, principal: "user:dev", role, scope, expiresAtMs: undefined, mayGrant: [] };
  });
  return {
    tenant: TENANT,
    actor: {
      principal: "user:dev",
      via: "token",
      credential,
      requestId: "req_1",
      traceId: undefined,
    },
    access: builtInPolicy.createAccess(bindings),
    expiresAtMs: undefined,
  };
}

export const AGENT: Caller = callerWith(["agent"]);

export function put(path: string, value: Json): Write {
  return { path, value };
}

export function drop(path: string): Write {
  return { path: formatPath(parsePath(path)), state: "deleted" };
}

export function mask(path: string): Write {
  return { path, state: "masked" };
}
