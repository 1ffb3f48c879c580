/**
 * Which state a read is of.
 *
 * @module
 */

import { formatTime, LlmcfgError, type Revision } from "@llmcfg/core";
import { requireReached } from "./find-target.ts";
import type { AwaitRevision } from "./minimum-revision.ts";
import type { Clock, ConfigStore, WaitOptions } from "./ports.ts";

/** A past state: a revision, or an instant. */
export type PastState = { readonly revision: Revision } | { readonly timeMs: number };

/** What a read asks for; all of it may be left out. */
export interface ReadPoint {
  readonly at?: PastState | undefined;
  /** Wait until the tenant has come this far. */
  readonly minRevision?: Revision | undefined;
  /** How long, at most. */
  readonly waitMs?: number | undefined;
}

export interface ReadPointDeps {
  readonly store: Pick<ConfigStore, "headRevision" | "findRevisionAt">;
  readonly clock: Clock;
  readonly awaitRevision: AwaitRevision;
}

/** How long a read waits for its revision unless it says so. */
const DEFAULT_WAIT_MS = 2_000;

/**
 * The revision to read at; `undefined` for the newest state.
 *
 * @throws {LlmcfgError} `REVISION_NOT_REACHED`; `INVALID_ARGUMENT` for a state still to come, or from
 *   before there was a tenant
 */
export async function resolvePoint(
  deps: ReadPointDeps,
  tenant: string,
  { at, minRevision, waitMs = DEFAULT_WAIT_MS }: ReadPoint,
  options: WaitOptions = {},
): Promise<Revision | undefined> {
  if (minRevision !== undefined) {
    await deps.awaitRevision(tenant, minRevision, { waitMs, ...options });
  }
  return at === undefined ? undefined : await revisionOf(deps, tenant, at, options);
}

/**
 * The revision of a past state.
 *
 * @throws {LlmcfgError} `INVALID_ARGUMENT`, as {@link resolvePoint}
 */
export async function revisionOf(
  { store, clock }: Pick<ReadPointDeps, "store" | "clock">,
  tenant: string,
  at: PastState,
  options: WaitOptions = {},
): Promise<Revision> {
  if ("revision" in at) {
    requireReached(at.revision, await store.headRevision(tenant, options));
    return at.revision;
  }
  const time = formatTime(at.timeMs);
  if (at.timeMs > clock.nowMs()) throw refused(`${time} is still to come`);
  const revision = await store.findRevisionAt(tenant, at.timeMs, options);
  if (revision === undefined) throw refused(`there was nothing yet at ${time}`);
  return revision;
}

function refused(detail: string): LlmcfgError {
  const errors = [{ pointer: "", code: "INVALID_ARGUMENT", detail }];
  return new LlmcfgError("INVALID_ARGUMENT", detail, { errors });
}
