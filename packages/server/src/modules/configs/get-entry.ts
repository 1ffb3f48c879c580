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

export interface RevealOptions extends WaitOptions {
  /**
   * Hears the answer without plaintexts before one is opened and on record: whether it is wanted
   * with them. What it throws, the caller hears.
   */
  readonly isWanted?: ((closed: EntryAnswer) => boolean) | undefined;
}

/**
 * The effective value of a key; without the plaintext where `isWanted` says no.
 *
 * @throws {LlmcfgError} `INVALID_KEY`, `INVALID_ARGUMENT`, `REVISION_NOT_REACHED`, `ENV_NOT_FOUND`,
 *   `KEY_NOT_FOUND` (also for whoever may not list it), `POLICY_DENIED`, `REVEAL_REQUIRED`,
 *   `AUDIT_UNAVAILABLE`, `SEALED`
 */
export async function getEntry(
  deps: ReadDeps,
  query: GetEntry,
  { isWanted, ...options }: RevealOptions = {},
): Promise<EntryAnswer> {
  const { ref, reveal, references, isBare } = query;
  const { revision, effective } = await readEffective(deps, query, { references, ...options });
  const { isSensitive } = effective;
  if (isSensitive && reveal) await requireReveal(deps, query.caller, effective, revision);
  if (isSensitive && isBare && !reveal) {
    throw new LlmcfgError("REVEAL_REQUIRED", `${formatPath(ref)} is sensitive`, {});
  }
  if (!isSensitive || !reveal) requireNoFault(effective);
  const seen = await readWhole(deps.reader, query, effective, { at: revision, ...options });
  const closed: EntryAnswer = {
    revision,
    entry: showEffective(effective, false),
    layers: query.withLayers ? showLayers(query.caller.access, effective) : undefined,
    etag: await entryEtag(deps.keyring, query, seen),
    isRevealed: false,
    dependencies: seen.whole.trace.dependencies,
  };
  if (!isSensitive || !reveal || isWanted?.(closed) === false) return closed;
  const opened = await openEffective(deps, query, effective, revision, options);
  requireNoFault(opened);
  return { ...closed, entry: showEffective(opened, true), isRevealed: true };
}
