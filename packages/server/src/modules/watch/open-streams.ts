import type { Clock } from "../configs/ports.ts";
import type { Caller } from "../policy/ports.ts";
import type { Channel } from "./channel.ts";
import { StreamCounters } from "./counters.ts";
import type { CallerCheck, WatchEncoder, WatchSink } from "./ports.ts";
import type { MessageLimits } from "./recent-messages.ts";
import { type Revocable, Sessions } from "./sessions.ts";
import { Stream } from "./stream.ts";
import { Subscriber, type SubscriberHost } from "./subscriber.ts";

export interface OpenStreamsDeps {
  readonly callerCheck: CallerCheck;
  readonly clock: Clock;
  /** 0 to below 1: moves apart those who are told to come back. */
  readonly random: () => number;
  /** Hears of checks that failed; they are repeated. */
  readonly onFailure: (error: unknown) => void;
}

/** How many subscribers are written to before other work gets its turn. */
const SLICE = 500;
const MAX_RETRY_MS = 5_000;
const PING_SPREAD = 15;

/** All streams of a process: keeps them alive, and ends those that may not go on. */
export class OpenStreams {
  readonly counters: StreamCounters = new StreamCounters();
  readonly #deps: OpenStreamsDeps;
  readonly #queueLimits: MessageLimits;
  readonly #sessions = new Sessions();
  readonly #streams = new Map<Subscriber, Stream>();
  readonly #hosts = new Map<WatchEncoder["name"], SubscriberHost>();
  #seconds = 0;
  #sweeping: Promise<void> | undefined;
  #rechecking: Promise<void> | undefined;

  constructor(deps: OpenStreamsDeps, queueLimits: MessageLimits) {
    this.#deps = deps;
    this.#queueLimits = queueLimits;
  }

  /** @param held disposed when the stream has ended */
  open(caller: Caller, channel: Channel, sink: WatchSink, held: DisposableStack): Subscriber {
    const { encoder } = channel.form;
    const spread = this.#streams.size % PING_SPREAD;
    const subscriber = new Subscriber(this.#hostOf(encoder), sink, this.#seconds, spread);
    const stream = new Stream(subscriber, channel, held);
    this.#streams.set(subscriber, stream);
    this.counters.countStream(encoder.name, 1);
    stream.hold(this.#sessions.add(caller, stream));
    return subscriber;
  }

  /** Has something else than a stream revoked with the caller's rights, until disposed. */
  guard(caller: Caller, member: Revocable): Disposable {
    return this.#sessions.add(caller, member);
  }

  /** What has to be done each second; goes on in the background, one at a time. */
  tick(): void {
    this.#seconds++;
    this.#sweeping ??= this.#sweep().finally(() => {
      this.#sweeping = undefined;
    });
    this.#rechecking ??= this.#recheck().finally(() => {
      this.#rechecking = undefined;
    });
  }

  /** Sends everybody away, to come back within some seconds. */
  drain(): void {
    for (const stream of this.#streams.values()) {
      stream.drain(Math.floor(this.#deps.random() * (MAX_RETRY_MS + 1)));
    }
  }

  /** Resolves once nothing goes on in the background. */
  async settled(): Promise<void> {
    await Promise.all([this.#sweeping, this.#rechecking]);
  }

  /** What all streams of a transport have in common. */
  #hostOf(encoder: WatchEncoder): SubscriberHost {
    let host = this.#hosts.get(encoder.name);
    if (host === undefined) {
      host = {
        encoder,
        queueLimits: this.#queueLimits,
        onReset: (reason) => this.counters.countReset(encoder.name, reason),
        onEnd: (subscriber) => this.#close(subscriber),
      };
      this.#hosts.set(encoder.name, host);
    }
    return host;
  }

  #close(subscriber: Subscriber): void {
    const stream = this.#streams.get(subscriber);
    if (stream === undefined) return;
    this.#streams.delete(subscriber);
    this.counters.countStream(stream.channel.form.encoder.name, -1);
    stream[Symbol.dispose]();
  }

  /** Pings and heartbeats, in slices: everybody may be due at once. */
  async #sweep(): Promise<void> {
    let written = 0;
    for (const { subscriber, channel } of this.#streams.values()) {
      if (subscriber.tick(this.#seconds, channel)) written++;
      if (written < SLICE) continue;
      written = 0;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async #recheck(): Promise<void> {
    const { callerCheck, clock, onFailure } = this.#deps;
    await this.#sessions.recheck(callerCheck, clock.nowMs(), onFailure);
  }
}
