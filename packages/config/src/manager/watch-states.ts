/**
 * How changes of each source are noticed, and whether they are.
 *
 * @module
 */

import type { SourceState } from "../load/source-state.ts";
import { watchedFiles } from "../watch/watched-files.ts";
import type { Watching } from "../watch/watching.ts";

export interface WatchState {
  readonly mode: "events" | "poll" | "stream";
  /** False where it ended, or failed and something else is done instead. */
  readonly isAlive: boolean;
}

export interface WatchStates {
  /** None for a source that is not watched. */
  statesOf(source: SourceState): readonly WatchState[];
  /** Whether a change waits until the rate of reloads allows it. */
  readonly isDeferred: boolean;
}

type WatchLook = Pick<Watching, "mode" | "hears" | "polledSources" | "deafSources">;

export function watchStatesOf(source: SourceState, watching: WatchLook): readonly WatchState[] {
  const { id, supply } = source.ranked;
  if (supply.type === "file") return fileStates(source, watching);
  if (supply.type !== "foreign") return [];
  const polled = watching.polledSources.has(id) ? [POLLED] : [];
  if (supply.source.watch === undefined) return polled;
  return [{ mode: "stream", isAlive: !watching.deafSources.has(id) }, ...polled];
}

const POLLED: WatchState = { mode: "poll", isAlive: true };

function fileStates(source: SourceState, watching: WatchLook): readonly WatchState[] {
  if (watching.mode === "poll") return [POLLED];
  const files = watchedFiles({ states: [source], expansions: NO_EXPANSIONS });
  if (watching.hears(files)) return [{ mode: "events", isAlive: true }];
  return [{ mode: "events", isAlive: false }, POLLED];
}

const NO_EXPANSIONS = { variables: new Map(), files: new Map() } as const;
