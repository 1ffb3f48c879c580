/**
 * What is wrong with the answers of a load while the configuration changed. Pure: it knows only
 * what was written, by revision, and what each answer said.
 *
 * @module
 */

import type { Answered } from "./load.ts";

/** A commit: what it set, and when it was acknowledged. */
export interface Written {
  readonly revision: number;
  readonly acknowledgedAtMs: number;
  readonly rules?: string;
  readonly generation?: number;
}

export interface State {
  readonly rules: string;
  readonly generation: number;
}

export interface Faults {
  /** Requests that failed. */
  readonly failed: readonly string[];
  /** Answers whose parts are not the state of the revision they name. */
  readonly torn: readonly string[];
  /** Requests that were sent a second after a change and did not see it. */
  readonly late: readonly string[];
  /** From acknowledged to first seen in an answer, in milliseconds, sorted. */
  readonly seenAfterMs: readonly number[];
}

const VISIBLE_WITHIN_MS = 1_000;

export function checkAnswers(
  before: { readonly revision: number; readonly state: State },
  written: readonly Written[],
  answers: readonly Answered[],
): Faults {
  const states = replay(before, written);
  const failed = answers.flatMap(({ status, failure }) =>
    failure === undefined ? [] : [`${status} ${failure}`],
  );
  const torn = answers.flatMap(({ shown }) => {
    if (shown === undefined) return ["an answer does not say its configuration"];
    const state = states.get(shown.revision);
    const isSame = state?.rules === shown.rules && state.generation === shown.generation;
    return isSame
      ? []
      : [`r${shown.revision}: rules=${shown.rules} generation=${shown.generation}`];
  });
  const late = written.flatMap(({ revision, acknowledgedAtMs }) =>
    answers
      .filter(({ sentAtMs }) => sentAtMs > acknowledgedAtMs + VISIBLE_WITHIN_MS)
      .filter(({ shown }) => (shown?.revision ?? 0) < revision)
      .map(() => `r${revision} was not seen`),
  );
  return { failed, torn, late, seenAfterMs: delays(written, answers) };
}

function replay(
  before: { readonly revision: number; readonly state: State },
  written: readonly Written[],
): ReadonlyMap<number, State> {
  const states = new Map([[before.revision, before.state]]);
  let { state } = before;
  for (const { revision, rules, generation } of written.toSorted(
    (a, b) => a.revision - b.revision,
  )) {
    state = { rules: rules ?? state.rules, generation: generation ?? state.generation };
    states.set(revision, state);
  }
  return states;
}

function delays(written: readonly Written[], answers: readonly Answered[]): readonly number[] {
  return written
    .map(({ revision, acknowledgedAtMs }) => {
      const seen = answers.filter(({ shown }) => (shown?.revision ?? 0) >= revision);
      const first = Math.min(...seen.map(({ answeredAtMs }) => answeredAtMs));
      return Math.max(0, first - acknowledgedAtMs);
    })
    .toSorted((a, b) => a - b);
}
