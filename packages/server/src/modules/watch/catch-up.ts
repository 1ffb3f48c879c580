import { isLlmcfgError, type Revision } from "@llmcfg/core";
import type { Channel } from "./channel.ts";
import type { EncodedMessage } from "./ports.ts";
import { type ReplayDeps, type ReplayRequest, type ReplayStep, replay } from "./replay.ts";
import type { Slots } from "./slots.ts";
import type { Subscriber } from "./subscriber.ts";

export interface CatchUpOptions extends ReplayDeps {
  readonly request: Omit<ReplayRequest, "after">;
  /** How many long replays may go on at once, over all channels. */
  readonly slots: Slots;
}

/**
 * Brings those who were away up to the live stream of a channel.
 *
 * A short absence is served from the channel's memory, which is filled from the store first where
 * it does not reach back far enough, once for all who need it. A long one is replayed for its
 * subscriber alone, no faster than that reads.
 */
export class CatchUp {
  readonly #channel: Channel;
  readonly #options: CatchUpOptions;
  #filling: Promise<void> | undefined;
  /** From here the missed messages are more than memory is for. */
  #tooFar: Revision = 0;

  constructor(channel: Channel, options: CatchUpOptions) {
    this.#channel = channel;
    this.#options = options;
  }

  /** Whether what came after `start` is in the channel's memory now. */
  async fill(start: Revision): Promise<boolean> {
    const { recent } = this.#channel;
    while (start < recent.floor && start > this.#tooFar) {
      this.#filling ??= this.#fillOnce(start);
      await this.#filling;
    }
    return start >= recent.floor;
  }

  /** Replays for one subscriber, and attaches it. Ends early where the subscriber does. */
  async replayTo(subscriber: Subscriber, start: Revision): Promise<void> {
    using slots = new DisposableStack();
    slots.use(await this.#options.slots.take());
    let position = start;
    while (position < this.#channel.recent.floor && !subscriber.isEnded) {
      const reached = await this.#replayFrom(position, subscriber);
      if (reached === position) throw new TypeError(`nothing follows r${position} in the store`);
      position = reached;
    }
    this.#channel.attach(subscriber, position);
  }

  /** How far it came: to where memory begins, or as far as the store goes. */
  async #replayFrom(start: Revision, subscriber: Subscriber): Promise<Revision> {
    let position = start;
    for await (const { revision, delta } of this.#steps(start)) {
      if (subscriber.isEnded) break;
      if (delta !== undefined) subscriber.push(this.#channel.encode(delta));
      await subscriber.drained();
      position = revision;
      if (position >= this.#channel.recent.floor) break;
    }
    return position;
  }

  async #fillOnce(start: Revision): Promise<void> {
    try {
      const { recent } = this.#channel;
      const upTo = recent.floor;
      const older = await this.#messagesUpTo(upTo, start);
      if (older === undefined) this.#tooFar = Math.max(this.#tooFar, start);
      else if (recent.floor === upTo) recent.prepend(older, start);
    } finally {
      this.#filling = undefined;
    }
  }

  /** `undefined` where they are too many to be remembered. */
  async #messagesUpTo(
    upTo: Revision,
    start: Revision,
  ): Promise<readonly EncodedMessage[] | undefined> {
    const older: EncodedMessage[] = [];
    for await (const { revision, delta } of this.#steps(start)) {
      if (delta !== undefined) older.push(this.#channel.encode(delta));
      if (!this.#channel.recent.hasRoomFor(older)) return undefined;
      if (revision >= upTo) break;
    }
    return older;
  }

  #steps(after: Revision): AsyncGenerator<ReplayStep> {
    return replay(this.#options, { ...this.#options.request, after });
  }
}

/** Whether a replay failed because the store no longer has what it needs. */
export function isTooOld(error: unknown): boolean {
  return isLlmcfgError(error, "REVISION_COMPACTED");
}
