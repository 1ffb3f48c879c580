/**
 * The content of the overrides among that of the other sources.
 *
 * @module
 */

import type { Candidate } from "../load/candidate.ts";
import { OVERRIDES_SOURCE } from "../load/source-list.ts";
import type { LayerContent, SourceState } from "../load/source-state.ts";
import type { Located } from "../sources/located.ts";

export function overridesOf(states: readonly SourceState[]): LayerContent | undefined {
  return states.find(({ ranked }) => ranked.id === OVERRIDES_SOURCE)?.content;
}

/**
 * The contents with values over the overrides.
 *
 * @param hash of the overrides that this makes: no others have it
 */
export function withPatch(
  states: readonly SourceState[],
  patch: Located,
  hash: string,
): readonly SourceState[] {
  return states.map((state): SourceState => {
    const body = state.content?.body;
    if (state.content === undefined || body?.type !== "overrides") return state;
    const patches = [...body.patches, patch];
    return { ...state, content: { ...state.content, hash, body: { ...body, patches } } };
  });
}

/** The candidate with its overrides as one layer, instead of all the patches that made it. */
export function withCompactOverrides<T>(candidate: Candidate<T>): Candidate<T> {
  const { layers, states } = candidate;
  const base = layers.find(({ source }) => source === OVERRIDES_SOURCE)?.tree;
  const body = { type: "overrides", base, patches: [] } as const;
  const compact = states.map((state) => {
    if (state.content?.body.type !== "overrides") return state;
    return { ...state, content: { ...state.content, body } };
  });
  return { ...candidate, states: compact };
}
