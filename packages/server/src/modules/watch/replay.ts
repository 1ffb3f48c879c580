import type { Revision } from "@llmcfg/core";
import type { Change, ConfigStore } from "../configs/ports.ts";
import type { Access } from "../policy/ports.ts";
import { Replica } from "./replica.ts";
import type { Selection } from "./selection.ts";
import type { SelectionView } from "./selection-view.ts";
import type { Delta } from "./shown-key.ts";

export interface ReplayDeps {
  readonly store: Pick<ConfigStore, "changesAfter">;
  /** Makes a fresh view of a selection. */
  readonly viewOf: (tenant: string, selection: Selection) => SelectionView;
}

export interface ReplayRequest {
  readonly tenant: string;
  readonly selection: Selection;
  readonly access: Access;
  /** The last revision that the reader has seen. */
  readonly after: Revision;
  readonly signal?: AbortSignal | undefined;
}

/** A commit that was taken in, and what the audience is told of it. */
export interface ReplayStep {
  readonly revision: Revision;
  readonly delta: Delta | undefined;
}

/**
 * What an audience would have been told after a revision, out of the store alone: one step for each
 * commit, until none is left.
 */
export async function* replay(
  deps: ReplayDeps,
  { tenant, selection, access, after, signal }: ReplayRequest,
): AsyncGenerator<ReplayStep> {
  const view = deps.viewOf(tenant, selection);
  const replica = await Replica.open(view, { selection, access, at: after });
  for await (const change of changesSince(deps.store, tenant, { after, signal })) {
    yield { revision: change.revision, delta: await replica.advance(change) };
  }
}

/** How many commits one read asks for, and after how many other work gets its turn. */
const PAGE = 64;

/** All commits after a revision, in order. */
export async function* changesSince(
  store: Pick<ConfigStore, "changesAfter">,
  tenant: string,
  { after, signal }: { readonly after: Revision; readonly signal?: AbortSignal | undefined },
): AsyncGenerator<Change> {
  let last = after;
  for (;;) {
    const changes = await store.changesAfter(tenant, last, { limit: PAGE, signal });
    yield* changes;
    const newest = changes.at(-1);
    if (newest === undefined || changes.length < PAGE) return;
    last = newest.revision;
    await new Promise((resolve) => setImmediate(resolve)); // the store may answer without a pause
  }
}
