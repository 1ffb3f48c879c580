import type { Revision } from "@llmcfg/core";
import type { Caller } from "../policy/ports.ts";
import { etagCore, etagVariant } from "./etag.ts";
import { isAllowed } from "./item-rights.ts";
import type { Effective, WaitOptions } from "./ports.ts";
import type { ReadDeps } from "./read-effective.ts";

/** What of a representation is not in the state: who reads, and what was asked for. */
export interface EntryVariant {
  readonly caller: Caller;
  readonly references: "expand" | "keep";
  readonly withLayers: boolean;
}

/**
 * The ETag of an entry without its format: the core of the state, then what this caller or query
 * sees differently, which `If-Match` does not compare.
 */
export async function entryEtag(
  { keyring, reader }: Pick<ReadDeps, "keyring" | "reader">,
  { caller, references, withLayers }: EntryVariant,
  effective: Effective,
  options: WaitOptions & { readonly at: Revision },
): Promise<string> {
  const { tenant, access } = caller;
  const isPlain = effective.trace.references.length === 0 && references === "expand";
  const whole = isPlain
    ? effective
    : (await reader.entry(tenant, effective.ref, options)).effective;
  if (whole === undefined) throw new TypeError("a past state has changed");
  const core = await etagCore(keyring, tenant, whole);
  const own = isPlain || whole.hash === effective.hash ? null : effective.hash;
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
