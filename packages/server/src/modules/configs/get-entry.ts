import { formatPath, type KeyRef, LlmcfgError, type Revision, type ServiceKey } from "@llmcfg/core";
import type { Caller } from "../policy/ports.ts";
import { entryEtag, readWhole } from "./entry-etag.ts";
import type { WaitOptions } from "./ports.ts";
import { type ReadDeps, readEffective, requireNoFault } from "./read-effective.ts";
import type { ReadPoint } from "./read-point.ts";
import { openEffective, requireReveal } from "./reveal-effective.ts";
import { type ShownEntry, type ShownLayer, showEffective, showLayers } from "./show-entry.ts";

export interface GetEntry extends ReadPoint {
  readonly caller: Caller;
  readonly ref: KeyRef;
  readonly reveal: boolean;
  readonly references: "expand" | "keep";
  readonly withLayers: boolean;
  /** The value alone is wanted, so nothing could say that it is redacted. */
  readonly isBare: boolean;
}

export interface EntryAnswer {
  /** The revision the answer reflects. */
  readonly revision: Revision;
  readonly entry: ShownEntry;
  readonly layers: readonly ShownLayer[] | undefined;
  /** Without format and quotes. */
  readonly etag: string;
  readonly isRevealed: boolean;
  /** What the answer depends on beside the rights of the caller. */
  readonly dependencies: readonly ServiceKey[];
}

/**
 * The effective value of a key.
 *
 * @throws {LlmcfgError} `INVALID_KEY`, `INVALID_ARGUMENT`, `REVISION_NOT_REACHED`, `ENV_NOT_FOUND`,
 *   `KEY_NOT_FOUND` (also for whoever may not list it), `POLICY_DENIED`, `REVEAL_REQUIRED`,
 *   `AUDIT_UNAVAILABLE`, `SEALED`
 */
export async function getEntry(
  deps: ReadDeps,
  query: GetEntry,
  options: WaitOptions = {},
): Promise<EntryAnswer> {
  const { ref, reveal, references, isBare } = query;
  const { revision, effective } = await readEffective(deps, query, { references, ...options });
  const { isSensitive } = effective;
  if (isSensitive && reveal) await requireReveal(deps, query.caller, effective, revision);
  if (isSensitive && isBare && !reveal) {
    throw new LlmcfgError("REVEAL_REQUIRED", `${formatPath(ref)} is sensitive`, {});
  }
  const isRevealed = isSensitive && reveal;
  const shown = isRevealed
    ? await openEffective(deps, query, effective, revision, options)
    : effective;
  requireNoFault(shown);
  const seen = await readWhole(deps.reader, query, effective, { at: revision, ...options });
  return {
    revision,
    entry: showEffective(shown, isRevealed),
    layers: query.withLayers ? showLayers(query.caller.access, effective) : undefined,
    etag: await entryEtag(deps.keyring, query, seen),
    isRevealed,
    dependencies: seen.whole.trace.dependencies,
  };
}
