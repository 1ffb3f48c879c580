/**
 * How a stream begins: what it needs from the store is fetched before anything is sent, so that a
 * failure can still be answered as one.
 *
 * @module
 */

import type { CatchUp } from "./catch-up.ts";
import { isTooOld } from "./catch-up.ts";
import type { Channel } from "./channel.ts";
import type { WatchStart } from "./ports.ts";
import type { Subscriber } from "./subscriber.ts";

/** `later`: what was missed is more than memory holds, and is replayed. */
export type Readiness = "ready" | "later" | "compacted";

/** Sees to it that what came after `start` is in the channel's memory. */
export async function prepareStart(
  channel: Channel,
  catchUp: CatchUp,
  start: WatchStart,
): Promise<Readiness> {
  if (typeof start !== "number" || start > channel.audience.revision) return "ready";
  try {
    return (await catchUp.fill(start)) ? "ready" : "later";
  } catch (error) {
    if (isTooOld(error)) return "compacted";
    throw error;
  }
}

/**
 * Begins to send, at once.
 *
 * @returns the rest of the work, where what was missed has to be replayed first
 */
export function beginStream(
  subscriber: Subscriber,
  {
    channel,
    catchUp,
    start,
    readiness,
  }: {
    readonly channel: Channel;
    readonly catchUp: CatchUp;
    readonly start: WatchStart;
    readonly readiness: Readiness;
  },
): Promise<void> | undefined {
  const { revision } = channel.audience;
  if (start === "invalid") subscriber.reset("bad_cursor", revision);
  else if (readiness === "compacted") subscriber.reset("compacted", revision);
  else if (start === undefined || start >= channel.recent.floor) {
    channel.attach(subscriber, start);
    return undefined;
  } else {
    return replayAll(subscriber, catchUp, start, channel);
  }
  channel.attach(subscriber, undefined);
  return undefined;
}

async function replayAll(
  subscriber: Subscriber,
  catchUp: CatchUp,
  start: number,
  channel: Channel,
): Promise<void> {
  try {
    await catchUp.replayTo(subscriber, start);
  } catch (error) {
    if (!isTooOld(error)) {
      subscriber.abandon(); // it comes back with its cursor, and misses nothing
      throw error;
    }
    subscriber.reset("compacted", channel.audience.revision);
    channel.attach(subscriber, undefined);
  }
}
