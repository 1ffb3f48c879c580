import type { Clock } from "../../clock.ts";
import type { ClusterApi, ObjectPlace } from "./cluster-api.ts";
import type { ClusterObject } from "./cluster-object.ts";
import { eventsIn } from "./watch-events.ts";

export interface ListAndWatchOptions {
  readonly api: Pick<ClusterApi, "list" | "watch">;
  readonly place: ObjectPlace;
  readonly maxBytes: number;
  readonly clock: Clock;
  /** From 0 to below 1: watches of many processes do not end together. */
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** Told of every state that the object is seen in; nothing where there is none. */
  readonly notice: (object: ClusterObject | undefined) => void;
  /** Called once the watch has shown that it works. */
  readonly healthy: () => void;
}

/** How long a watch lasts at the least before the server ends it, and how much is left to chance. */
const WATCH_SECONDS = 240;
const SPREAD_SECONDS = 60;

/** A silent watch that was open for so long has worked. */
const STEADY_MS = 10_000;

/**
 * Lists the object, then watches it from the version of the list. A watch that the server ends in
 * time goes on from the last event or bookmark; anything else (410, a lost connection, an error)
 * ends this, and whoever called begins again with a list.
 *
 * @throws {ApiFailure | HttpFailure}
 */
export async function listAndWatch(options: ListAndWatchOptions): Promise<void> {
  const { api, place, signal, notice } = options;
  const { object, resourceVersion } = await api.list(place, signal);
  notice(object);
  let from: string | undefined = resourceVersion;
  while (from !== undefined && !signal.aborted) from = await watchFrom(from, options);
}

/** @returns where to go on; nothing if the watch ended too soon to be trusted */
async function watchFrom(
  resourceVersion: string,
  options: ListAndWatchOptions,
): Promise<string | undefined> {
  const { api, place, maxBytes, clock, random, signal, notice, healthy } = options;
  const timeoutSeconds = WATCH_SECONDS + Math.floor(random() * SPREAD_SECONDS);
  const openedAtMs = clock.now();
  let isTrusted = false;
  let reached = resourceVersion;
  const trust = () => {
    isTrusted = true;
    healthy();
  };
  await using stream = await api.watch(place, { resourceVersion, timeoutSeconds }, signal);
  try {
    for await (const event of eventsIn(stream.chunks, { kind: place.kind, maxBytes })) {
      trust();
      if (event.type === "bookmark") {
        reached = event.resourceVersion;
        continue;
      }
      if (event.object.name !== place.name) continue;
      reached = event.object.resourceVersion;
      notice(event.type === "deleted" ? undefined : event.object);
    }
  } finally {
    if (clock.now() - openedAtMs >= STEADY_MS) trust();
  }
  return isTrusted ? reached : undefined;
}
