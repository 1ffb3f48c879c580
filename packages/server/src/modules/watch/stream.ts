import type { Channel } from "./channel.ts";
import type { Revocable, Revocation } from "./sessions.ts";
import type { Subscriber } from "./subscriber.ts";

/** A subscriber with the channel it listens to, and what it holds while it does. */
export class Stream implements Revocable, Disposable {
  readonly subscriber: Subscriber;
  readonly channel: Channel;
  readonly #held: DisposableStack;

  /** @param held disposed when the stream has ended */
  constructor(subscriber: Subscriber, channel: Channel, held: DisposableStack) {
    this.subscriber = subscriber;
    this.channel = channel;
    this.#held = held;
  }

  /** Has it disposed when the stream has ended, which may be so already. */
  hold(disposable: Disposable): void {
    if (this.#held.disposed) disposable[Symbol.dispose]();
    else this.#held.use(disposable);
  }

  revoke(reason: Revocation): void {
    this.subscriber.close(reason, this.channel.audience.revision);
  }

  /** Tells the consumer to come back after `retryAfterMs`, elsewhere or here. */
  drain(retryAfterMs: number): void {
    this.subscriber.close("draining", this.channel.audience.revision, retryAfterMs);
  }

  [Symbol.dispose](): void {
    this.channel.detach(this.subscriber);
    this.#held.dispose();
  }
}
