import type { Revision } from "@llmcfg/core";
import type { Audience } from "./audience.ts";
import { encodeHeartbeat } from "./change-message.ts";
import type { DeltaEncoder, MessageForm } from "./delta-encoder.ts";
import type { EncodedMessage } from "./ports.ts";
import { type MessageLimits, RecentMessages } from "./recent-messages.ts";
import type { Delta } from "./shown-key.ts";
import type { Subscriber } from "./subscriber.ts";

export interface ChannelOptions {
  readonly form: MessageForm;
  readonly encoder: DeltaEncoder;
  readonly recentLimits: MessageLimits;
}

/** The subscribers who get the same bytes: of one audience, in one form. */
export class Channel {
  readonly form: MessageForm;
  readonly audience: Audience;
  readonly recent: RecentMessages;
  readonly #encoder: DeltaEncoder;
  readonly #subscribers = new Set<Subscriber>();
  #heartbeat: EncodedMessage | undefined;

  constructor(audience: Audience, { form, encoder, recentLimits }: ChannelOptions) {
    this.form = form;
    this.audience = audience;
    this.recent = new RecentMessages(audience.revision, recentLimits);
    this.#encoder = encoder;
  }

  get size(): number {
    return this.#subscribers.size;
  }

  encode(delta: Delta): EncodedMessage {
    return this.#encoder.encode(delta, this.form);
  }

  /** Sends what a commit changed to everybody, in one go. */
  publish(delta: Delta): void {
    const message = this.encode(delta);
    this.recent.push(message);
    for (const subscriber of this.#subscribers) subscriber.push(message);
  }

  /**
   * Begins the live part of a stream: what came after `start`, then a heartbeat, then each change.
   *
   * @param start not below the floor of {@link recent}; `undefined` for now
   */
  attach(subscriber: Subscriber, start: Revision | undefined): void {
    if (subscriber.isEnded) return;
    const { revision } = this.audience;
    if (start !== undefined && start > revision) subscriber.reset("future", revision);
    else if (start !== undefined) {
      for (const message of this.recent.after(start)) subscriber.push(message);
    }
    subscriber.push(this.#heartbeatNow());
    if (!subscriber.isEnded) this.#subscribers.add(subscriber);
  }

  detach(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
  }

  /** What the audience's bundle hashes to now, for whoever has been told of all before that. */
  heartbeatFor(subscriber: Subscriber): EncodedMessage | undefined {
    return this.#subscribers.has(subscriber) ? this.#heartbeatNow() : undefined;
  }

  /** Made once for each revision. */
  #heartbeatNow(): EncodedMessage {
    const { revision, hash } = this.audience;
    if (this.#heartbeat?.revision !== revision) {
      this.#heartbeat = encodeHeartbeat(this.form.encoder, { revision, hash });
    }
    return this.#heartbeat;
  }
}
