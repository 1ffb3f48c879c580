/**
 * A service as the source reads it: with its references as text, and with them expanded, both of one
 * revision.
 *
 * @module
 */

import { type BundleState, toBundleState } from "../bundle/bundle-state.ts";
import type { BundleRequests, NamespaceRef } from "../requests/bundles.ts";

export interface NamespaceReading {
  /**
   * What everybody else sees of the service: its hash and its revision are what heartbeats, the
   * fleet and reports speak of.
   */
  readonly expanded: BundleState;
  /** The same keys with references as text: what the document is made of. */
  readonly kept: BundleState;
}

export interface ReadingOptions {
  /** The expanded form, where the watch has brought it already. */
  readonly known: BundleState | undefined;
  readonly minRevision: number | undefined;
  /** Whether the other form may differ in what is selected of it. */
  readonly mayDiffer: (expanded: BundleState) => boolean;
  readonly signal: AbortSignal;
}

const MAX_ROUNDS = 3;

/**
 * Reads both forms until they are of one revision; where commits come too fast for that, the second
 * is asked for as it was at the revision of the first. Where they cannot differ, one is both.
 *
 * @throws {LlmcfgError} as {@link BundleRequests.getBundle}; `INTEGRITY_FAILED`
 */
export async function readNamespace(
  client: Pick<BundleRequests, "getBundle">,
  namespace: NamespaceRef,
  { known, minRevision, mayDiffer, signal }: ReadingOptions,
): Promise<NamespaceReading> {
  const read = async (options: {
    readonly minRevision?: number | undefined;
    readonly at?: number;
    readonly references?: "keep";
  }) => toBundleState(await client.getBundle(namespace, { ...options, meta: true, signal }));

  let expanded = known ?? (await read({ minRevision }));
  for (let round = 0; round < MAX_ROUNDS; round++) {
    if (!mayDiffer(expanded)) return { expanded, kept: expanded };
    const kept = await read({ references: "keep", minRevision: expanded.reflects });
    if (kept.reflects === expanded.reflects) return { expanded, kept };
    expanded = await read({ minRevision: kept.reflects });
  }
  return { expanded, kept: await read({ references: "keep", at: expanded.reflects }) };
}
