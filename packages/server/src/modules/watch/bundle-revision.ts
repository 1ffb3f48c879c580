import type { Revision } from "@llmcfg/core";
import type { Access } from "../policy/ports.ts";
import { changesSince, type ReplayDeps } from "./replay.ts";
import { Replica } from "./replica.ts";
import type { Selection } from "./selection.ts";
import { movesHash } from "./shown-key.ts";

/** The commit that made a bundle what it is. */
export interface LastChange {
  readonly revision: Revision;
  readonly atMs: number;
}

export interface LastChangeQuery {
  readonly tenant: string;
  readonly selection: Selection;
  readonly access: Access;
  /** The newest revision to look at. */
  readonly upTo: Revision;
}

/** How many revisions the first look back takes in; each further one four times as many. */
const FIRST_SPAN = 16;

/** The tenant's creation: what a bundle is of that never had a value. */
const BEGINNING: LastChange = { revision: 1, atMs: 0 };

/**
 * The newest commit up to `upTo` that altered a hash of what the audience may see.
 *
 * Nothing keeps this, so it looks back: jumps to the newest write of anything that the bundle
 * depends on, replays the commits up to it, and goes further back where none of them altered a
 * hash. Mostly one look; in the worst case it replays all commits twice.
 */
export async function findLastChange(
  deps: ReplayDeps,
  query: LastChangeQuery,
): Promise<LastChange> {
  let { upTo } = query;
  for (let span = FIRST_SPAN; ; span *= 4) {
    const view = deps.viewOf(query.tenant, query.selection);
    await view.load(upTo);
    upTo = await view.newestWrite(upTo);
    if (upTo <= 1) return BEGINNING;

    const from = Math.max(1, upTo - span);
    const found = await lastChangeWithin(deps, query, { from, upTo });
    if (found !== undefined) return found;
    upTo = from;
  }
}

async function lastChangeWithin(
  deps: ReplayDeps,
  { tenant, selection, access }: LastChangeQuery,
  { from, upTo }: { readonly from: Revision; readonly upTo: Revision },
): Promise<LastChange | undefined> {
  const view = deps.viewOf(tenant, selection);
  const replica = await Replica.open(view, { selection, access, at: from });
  let found: LastChange | undefined;
  for await (const change of changesSince(deps.store, tenant, { after: from })) {
    if (change.revision > upTo) break;
    const delta = await replica.advance(change);
    if (delta === undefined || !movesHash(delta)) continue;
    found = { revision: change.revision, atMs: change.committedAtMs };
  }
  return found;
}
