import type { Revision } from "@llmcfg/core";
import type { Keyring } from "../keys/ports.ts";
import type { Caller } from "../policy/ports.ts";
import { etagCore, etagVariant } from "./etag.ts";
import { isAllowed } from "./item-rights.ts";
import type { Effective, EffectiveReader, WaitOptions } from "./ports.ts";

/** What of a representation is not in the state: who reads, and what was asked for. */
export interface EntryVariant {
  readonly caller: Caller;
  readonly references: "expand" | "keep";
  readonly withLayers: boolean;
}

/** An entry as a caller sees it, and as it is with every reference followed. */
export interface SeenEntry {
  readonly effective: Effective;
  /** What `If-Match` is compared with, whoever asks. */
  readonly whole: Effective;
}

/** The entry with every reference followed, also those that this caller or query does not follow. */
export async function readWhole(
  reader: EffectiveReader,
  { caller, references }: EntryVariant,
  effective: Effective,
  options: WaitOptions & { readonly at: Revision },
): Promise<SeenEntry> {
  const isWhole = effective.trace.references.length === 0 && references === "expand";
  if (isWhole) return { effective, whole: effective };
  const { effective: whole } = await reader.entry(caller.tenant, effective.ref, options);
  if (whole === undefined) throw new TypeError("a past state has changed");
  return { effective, whole };
}

/**
 * The ETag of an entry without its format: the core of the state, then what this caller or query
 * sees differently, which `If-Match` does not compare.
 */
export async function entryEtag(
  keyring: Pick<Keyring, "authenticate">,
  { caller, references, withLayers }: EntryVariant,
  { effective, whole }: SeenEntry,
): Promise<string> {
  const { tenant, access } = caller;
  const core = await etagCore(keyring, tenant, whole);
  const own = whole.hash === effective.hash ? null : effective.hash;
  const layers = withLayers ? layersState(access, effective) : null;
  const keeps = references === "keep";
  if (own === null && layers === null && !keeps) return core;
  return core + (await etagVariant(keyring, tenant, [own, keeps, layers]));
}

function layersState(access: Caller["access"], { ref, trace }: Effective) {
  return trace.layers.map(({ env, state, item }) => [
    env,
    state,
    item?.version ?? null,
    isAllowed(access, "config:read", { ...ref, env }),
  ]);
}
