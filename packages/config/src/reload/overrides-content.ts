/**
 * The content of the overrides among that of the other sources.
 *
 * @module
 */

import type { Candidate } from "../load/candidate.ts";
import { OVERRIDES_SOURCE } from "../load/loader-core.ts";
import type { LayerContent, SourceState } from "../load/source-state.ts";

export function overridesOf(states: readonly SourceState[]): LayerContent | undefined {
  return states.find(({ ranked }) => ranked.id === OVERRIDES_SOURCE)?.content;
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
