/**
 * What is wrong with the answers of a load while the configuration was reloaded. Pure: it knows
 * only which state was written for which version, and what each answer said.
 *
 * @module
 */

import type { Answered, Shown } from "./load.ts";

/** The number that each source had written last. */
export interface State {
  readonly file: number;
  readonly map: number;
  readonly plane: number;
}

export interface Faults {
  /** Requests that failed. */
  readonly failed: readonly string[];
  /** Answers whose parts are not the state of the version that they name. */
  readonly torn: readonly string[];
  /** Answers from a version that was no longer the current one when the request was sent. */
  readonly stale: readonly string[];
}

export function checkAnswers(
  states: ReadonlyMap<number, State>,
  answers: readonly Answered[],
): Faults {
  const failed = answers.flatMap(({ failure }) => failure ?? []);
  const served = answers.flatMap(({ shown, versionAtStart }) =>
    shown === undefined ? [] : [{ shown, versionAtStart }],
  );
  const torn = served
    .filter(({ shown }) => !isState(shown, states.get(shown.version)))
    .map(({ shown }) => JSON.stringify(shown));
  const stale = served
    .filter(({ shown, versionAtStart }) => shown.version < versionAtStart)
    .map(({ shown, versionAtStart }) => `version ${shown.version} after ${versionAtStart}`);
  return { failed, torn, stale };
}

/** Each source has its number in two places: both must show it. */
function isState(shown: Shown, state: State | undefined): boolean {
  if (state === undefined) return false;
  const { file, model, map, pair, plane, rules } = shown;
  const isFile = file === state.file && model === state.file;
  const isMap = map === state.map && pair === state.map;
  return isFile && isMap && plane === state.plane && rules === state.plane;
}
