import { formatPath, type ItemVersion, type Json, LlmcfgError, type Version } from "@llmcfg/core";
import type { Keyring } from "../keys/ports.ts";
import type { RollBackOperation } from "./change-set.ts";
import type { Ground } from "./draft.ts";
import type { ConfigStore, WaitOptions } from "./ports.ts";
import { openValue } from "./sealed-values.ts";

export interface RestoreDeps {
  readonly store: Pick<ConfigStore, "findVersion" | "history">;
  readonly keyring: Pick<Keyring, "open">;
}

/** The own state that a rollback brings back. */
export type Restored =
  | { readonly kind: "live"; readonly item: ItemVersion; readonly value: Json }
  /** It was deleted or masked then, or did not exist yet. */
  | {
      readonly kind: "absent";
      readonly state: "deleted" | "masked";
      readonly version: Version | undefined;
    };

/**
 * The own state of then, with its plaintext: it is sealed anew, for the version it becomes.
 *
 * @throws {LlmcfgError} `VERSION_NOT_FOUND`; `KEY_NOT_FOUND` where there never was an own item;
 *   `INVALID_ARGUMENT` for a revision that is still to come
 */
export async function findTarget(
  deps: RestoreDeps,
  ground: Ground,
  operation: RollBackOperation,
  options?: WaitOptions,
): Promise<Restored> {
  const { ref } = operation;
  const own = ground.before.held(ref)?.item;
  if (own === undefined) {
    const message = `${formatPath(ref)} has no item of its own to roll back`;
    throw new LlmcfgError("KEY_NOT_FOUND", message, { suggestions: [] });
  }
  const item = await findState(deps, { ground, operation, own }, options);
  if (item === undefined) return { kind: "absent", state: "deleted", version: undefined };
  if (item.state !== "live") return { kind: "absent", state: item.state, version: item.version };
  const value = await openValue(deps.keyring, ground.tenant, item, options);
  return { kind: "live", item, value };
}

async function findState(
  { store }: RestoreDeps,
  {
    ground,
    operation,
    own,
  }: {
    readonly ground: Ground;
    readonly operation: RollBackOperation;
    readonly own: ItemVersion;
  },
  options?: WaitOptions,
): Promise<ItemVersion | undefined> {
  const { tenant, basis } = ground;
  const { ref, to } = operation;
  switch (to.kind) {
    case "version": {
      const found = await store.findVersion(tenant, ref, to.version, options);
      if (found !== undefined) return found;
      const message = `${formatPath(ref)} has no version ${to.version}: the newest is v${own.version}`;
      throw new LlmcfgError("VERSION_NOT_FOUND", message, {});
    }
    case "revision": {
      requireReached(to.revision, basis);
      const page = { limit: 1, at: to.revision, ...options };
      const [then] = await store.history(tenant, ref, page);
      return then;
    }
    case "previous":
      return own.version === 1
        ? undefined
        : await store.findVersion(tenant, ref, own.version - 1, options);
  }
}

/** @throws {LlmcfgError} `INVALID_ARGUMENT` for a revision that is still to come */
export function requireReached(revision: number, head: number): void {
  if (revision <= head) return;
  const detail = `revision ${revision} is still to come: the newest is ${head}`;
  const errors = [{ pointer: "", code: "INVALID_ARGUMENT", detail }];
  throw new LlmcfgError("INVALID_ARGUMENT", detail, { errors });
}
