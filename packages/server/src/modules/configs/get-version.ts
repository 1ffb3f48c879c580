import {
  formatPath,
  type ItemVersion,
  type KeyRef,
  LlmcfgError,
  type Revision,
  type Version,
} from "@llmcfg/core";
import type { Caller } from "../policy/ports.ts";
import { etagVariant } from "./etag.ts";
import type { EntryAnswer, RevealOptions } from "./get-entry.ts";
import { mayRead, mayReveal, recordDenial } from "./item-rights.ts";
import type { ConfigStore } from "./ports.ts";
import { type ReadDeps, requireListable } from "./read-effective.ts";
import { requireRef } from "./require-ref.ts";
import { showVersion } from "./show-entry.ts";

export interface VersionDeps extends ReadDeps {
  readonly store: ReadDeps["store"] & Pick<ConfigStore, "findVersion" | "history">;
}

export interface GetVersion {
  readonly caller: Caller;
  readonly ref: KeyRef;
  readonly version: Version;
  readonly reveal: boolean;
  /** The value alone is wanted, so nothing could say that it is redacted. */
  readonly isBare: boolean;
}

/**
 * One version of an own item, its references as they are written; without the plaintext where
 * `isWanted` says no.
 *
 * @throws {LlmcfgError} `INVALID_KEY`, `KEY_NOT_FOUND`, `POLICY_DENIED`, `REVEAL_REQUIRED`,
 *   `AUDIT_UNAVAILABLE`, `SEALED`; `VERSION_NOT_FOUND`, also for a version that took the value away
 */
export async function getVersion(
  deps: VersionDeps,
  query: GetVersion,
  { isWanted, ...options }: RevealOptions = {},
): Promise<EntryAnswer> {
  const { caller, ref, version, reveal, isBare } = query;
  const { tenant } = caller;
  requireRef(ref);
  await requireListable(deps, caller, ref, { at: undefined, ...options });
  const revision = await deps.store.headRevision(tenant, options);
  const [newest] = await deps.store.history(tenant, ref, { limit: 1, ...options });
  const item = await deps.store.findVersion(tenant, ref, version, options);
  const isSensitive = item?.sensitive === true || newest?.sensitive === true;
  if (!mayRead(caller.access, ref, isSensitive)) {
    const asked = { permission: "config:read", action: "config.read", ref, revision } as const;
    throw await recordDenial(deps, caller, asked);
  }
  requireValue(ref, version, item);
  if (isSensitive && isBare && !reveal) {
    throw new LlmcfgError("REVEAL_REQUIRED", `${formatPath(ref)} is sensitive`, {});
  }
  const closed: EntryAnswer = {
    revision,
    entry: showVersion(item, isSensitive ? undefined : plainValue(item), isSensitive),
    layers: undefined,
    etag: await etagVariant(deps.keyring, tenant, [
      "version",
      formatPath(ref),
      version,
      isSensitive,
    ]),
    isRevealed: false,
    dependencies: [],
  };
  if (!isSensitive || !reveal) return closed;
  await requireVersionReveal(deps, query, revision);
  if (isWanted?.(closed) === false) return closed;
  const keys = [{ ref, version, purpose: "version" }];
  const open = await deps.revealer.reveal(caller, revision, keys, options);
  return { ...closed, entry: showVersion(item, await open(item), isSensitive), isRevealed: true };
}

function requireValue(
  ref: KeyRef,
  version: Version,
  item: ItemVersion | undefined,
): asserts item is ItemVersion {
  if (item?.state === "live") return;
  const path = formatPath(ref);
  const message =
    item === undefined
      ? `${path} has no version ${version} of its own`
      : `version ${version} of ${path} holds no value: the item was ${item.state} by it`;
  throw new LlmcfgError("VERSION_NOT_FOUND", message, {});
}

function plainValue({ stored }: ItemVersion) {
  return stored.kind === "plain" ? stored.value : undefined;
}

async function requireVersionReveal(
  deps: VersionDeps,
  { caller, ref }: GetVersion,
  revision: Revision,
): Promise<void> {
  if (mayReveal(caller.access, ref)) return;
  const asked = { permission: "secret:read", action: "secret.reveal", ref, revision } as const;
  throw await recordDenial(deps, caller, asked);
}
