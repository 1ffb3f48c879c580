import type { Revision } from "@llmcfg/core";
import type { ResetReason } from "@llmcfg/protocol";
import { encodeReset } from "./change-message.ts";
import type { EncodedMessage, WatchEncoder, WatchSink, WatchSubscription } from "./ports.ts";
import type { MessageLimits } from "./recent-messages.ts";

/** What all subscribers of a channel share. */
export interface SubscriberHost {
  readonly encoder: WatchEncoder;
  readonly queueLimits: MessageLimits;
  /** Hears of each reset that is sent. */
  readonly onReset: (reason: ResetReason) => void;
  /** Hears once that a subscriber has ended, from whichever side. */
  readonly onEnd: (subscriber: Subscriber) => void;
}

/** All in seconds, as {@link Subscriber.tick} counts them. */
const PING_EVERY = 15;
const HEARTBEAT_AFTER = 30;
const CLOSE_SLOW_AFTER = 30;

/**
 * One open stream: passes shared messages on while its consumer keeps up, queues them within a
 * bound while it does not.
 *
 * There are many of these, so it holds no timer, and no bytes of its own while nothing is queued.
 */
export class Subscriber implements WatchSubscription {
  readonly ended: Promise<ResetReason | "closed">;
  readonly #host: SubscriberHost;
  readonly #sink: WatchSink;
  readonly #end: (how: ResetReason | "closed") => void;
  /** What waits; `undefined` while the consumer keeps up. */
  #queue: EncodedMessage[] | undefined;
  #queuedBytes = 0;
  /** Since when the stream cannot go on; `undefined` once the consumer reads again. */
  #slowSince: number | undefined;
  #pingedAt: number;
  #lastEventAt: number;
  #now: number;
  #isEnded = false;
  #onDrained: (() => void) | undefined;

  /**
   * @param now seconds of the hub's own count
   * @param spread 0 to 14: moves the pings of many subscribers apart
   */
  constructor(host: SubscriberHost, sink: WatchSink, now: number, spread: number) {
    const { promise, resolve } = Promise.withResolvers<ResetReason | "closed">();
    this.ended = promise;
    this.#end = resolve;
    this.#host = host;
    this.#sink = sink;
    this.#now = now;
    this.#pingedAt = now - spread;
    this.#lastEventAt = now;
    sink.onDrain(() => this.#drain());
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Sends an event, or queues it behind those that wait already. */
  push(message: EncodedMessage): void {
    if (this.#isEnded) return;
    this.#lastEventAt = this.#now;
    if (this.#queue === undefined) this.#send(message);
    else this.#enqueue(message, this.#queue);
  }

  /** Tells of a gap; the stream goes on from `revision`. */
  reset(reason: ResetReason, revision: Revision, retryAfterMs = 0): void {
    if (this.#isEnded) return;
    this.#host.onReset(reason);
    this.push(encodeReset(this.#host.encoder, { reason, revision, retryAfterMs }));
  }

  /** Tells why and ends the stream. What was queued is dropped: the reset stands for it. */
  close(reason: ResetReason, revision: Revision, retryAfterMs = 0): void {
    if (this.#isEnded) return;
    this.#queue = undefined;
    this.reset(reason, revision, retryAfterMs);
    this.#finish(reason);
  }

  /** Ends the stream without a word: the consumer comes back with its cursor. */
  abandon(): void {
    this.#finish("closed");
  }

  /**
   * Called each second.
   *
   * @param source gives the heartbeat that is due; `undefined` while what was missed is still to
   *   come, which a later revision must not overtake
   * @returns whether it sent something
   */
  tick(
    now: number,
    source: { heartbeatFor(subscriber: Subscriber): EncodedMessage | undefined },
  ): boolean {
    this.#now = now;
    if (this.#slowSince !== undefined && now - this.#slowSince >= CLOSE_SLOW_AFTER) {
      this.#finish("slow_consumer");
    }
    if (this.#isEnded || this.#queue !== undefined) return false; // who reads nothing needs no sign
    const isHeartbeatDue = now - this.#lastEventAt >= HEARTBEAT_AFTER;
    const isPingDue = now - this.#pingedAt >= PING_EVERY;
    const heartbeat = isHeartbeatDue ? source.heartbeatFor(this) : undefined;
    if (heartbeat !== undefined) this.push(heartbeat);
    if (isPingDue) this.#ping();
    return heartbeat !== undefined || isPingDue;
  }

  #ping(): void {
    this.#pingedAt = this.#now;
    if (this.#queue === undefined) this.#send(this.#host.encoder.ping);
  }

  /** Resolves once nothing is queued, or the stream has ended: it does if nothing moves. */
  async drained(): Promise<void> {
    if (this.#isEnded || this.#queue === undefined) return;
    this.#slowSince ??= this.#now;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onDrained = resolve;
    await promise;
  }

  /** The transport says that its end is gone. */
  [Symbol.dispose](): void {
    this.#finish("closed");
  }

  #send(message: EncodedMessage): void {
    if (!this.#isEnded && !this.#sink.send(message)) this.#queue ??= [];
  }

  #enqueue(message: EncodedMessage, queue: EncodedMessage[]): void {
    const { maxMessages, maxBytes } = this.#host.queueLimits;
    const bytes = this.#queuedBytes + message.bytes.length;
    if (queue.length < maxMessages && bytes <= maxBytes) {
      queue.push(message);
      this.#queuedBytes = bytes;
    } else {
      this.#collapse(message.revision);
    }
  }

  /** One reset takes the place of all that waits; the stream is live again from its revision. */
  #collapse(revision: Revision): void {
    const { encoder } = this.#host;
    const reset = encodeReset(encoder, { reason: "slow_consumer", revision, retryAfterMs: 0 });
    this.#host.onReset("slow_consumer");
    this.#queue = [reset];
    this.#queuedBytes = reset.bytes.length;
    this.#slowSince ??= this.#now;
  }

  #drain(): void {
    const waiting = this.#queue;
    if (waiting === undefined || this.#isEnded) return;
    this.#queue = undefined;
    let sent = 0;
    while (sent < waiting.length && this.#queue === undefined) {
      const message = waiting[sent++];
      if (message === undefined) break;
      this.#queuedBytes -= message.bytes.length;
      this.#send(message);
    }
    if (this.#isEnded) return;
    this.#slowSince = undefined; // it reads
    if (this.#queue !== undefined) this.#queue = waiting.slice(sent);
    else this.#caughtUp();
  }

  #caughtUp(): void {
    this.#queuedBytes = 0;
    this.#onDrained?.();
    this.#onDrained = undefined;
  }

  #finish(how: ResetReason | "closed"): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#queue = undefined;
    this.#sink.close();
    this.#onDrained?.();
    this.#host.onEnd(this);
    this.#end(how);
  }
}
