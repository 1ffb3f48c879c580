import type { Revision } from "@llmcfg/core";
import type { EncodedMessage } from "./ports.ts";

export interface MessageLimits {
  readonly maxMessages: number;
  readonly maxBytes: number;
}

/** The last messages of a stream, so that who was away for a moment is served from memory. */
export class RecentMessages {
  readonly #limits: MessageLimits;
  #messages: EncodedMessage[] = [];
  #bytes = 0;
  #floor: Revision;

  /** @param floor the revision that whatever comes next is after */
  constructor(floor: Revision, limits: MessageLimits) {
    this.#floor = floor;
    this.#limits = limits;
  }

  /** Every message after this revision is here. */
  get floor(): Revision {
    return this.#floor;
  }

  /** @param revision at {@link floor} or later */
  after(revision: Revision): readonly EncodedMessage[] {
    const first = this.#messages.findIndex((message) => message.revision > revision);
    return first < 0 ? [] : this.#messages.slice(first);
  }

  push(message: EncodedMessage): void {
    this.#messages.push(message);
    this.#bytes += message.bytes.length;
    while (this.#isOver()) {
      const oldest = this.#messages.shift();
      if (oldest === undefined) return;
      this.#floor = oldest.revision;
      this.#bytes -= oldest.bytes.length;
    }
  }

  /** Whether older messages of so many bytes could be kept beside those that are here. */
  hasRoomFor(older: readonly EncodedMessage[]): boolean {
    const bytes = this.#bytes + sizeOf(older);
    const count = this.#messages.length + older.length;
    return count <= this.#limits.maxMessages && bytes <= this.#limits.maxBytes;
  }

  /** @param older all messages after `floor` up to the floor as it is now, in order */
  prepend(older: readonly EncodedMessage[], floor: Revision): void {
    this.#messages = [...older, ...this.#messages];
    this.#bytes += sizeOf(older);
    this.#floor = floor;
  }

  #isOver(): boolean {
    return this.#messages.length > this.#limits.maxMessages || this.#bytes > this.#limits.maxBytes;
  }
}

function sizeOf(messages: readonly EncodedMessage[]): number {
  return messages.reduce((sum, { bytes }) => sum + bytes.length, 0);
}
