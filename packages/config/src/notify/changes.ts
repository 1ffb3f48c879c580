import type { Subscription } from "../values/subscription.ts";
import type { ConfigNotification, Listener } from "./notification.ts";

/**
 * Notifications as an async iterable: while its consumer is away the newest waits. Each iteration
 * subscribes when it begins, and ends with the signal.
 *
 * @param subscribe begins delivery to a listener that may take its time
 */
export function iterateChanges<T>(
  subscribe: (listener: Listener<T>) => Subscription,
  ended: AbortSignal,
): AsyncIterable<ConfigNotification<T>> {
  return {
    [Symbol.asyncIterator]: () => {
      const inbox = new Inbox<T>(ended);
      const subscription = subscribe((notification) => inbox.put(notification));
      const generator = drain(inbox, subscription);
      return {
        next: () => generator.next(),
        // A generator alone would wait for the next notification, or forget that it never began.
        return: () => {
          subscription.unsubscribe();
          inbox.close();
          return generator.return();
        },
      };
    },
  };
}

async function* drain<T>(
  inbox: Inbox<T>,
  subscription: Subscription,
): AsyncGenerator<ConfigNotification<T>, void, undefined> {
  using owned = new DisposableStack();
  owned.use(subscription);
  for (let next = await inbox.take(); next !== undefined; next = await inbox.take()) yield next;
}

/** Holds one notification until it is taken. */
class Inbox<T> {
  readonly #ended: AbortSignal;
  #isClosed = false;
  #arrived = Promise.withResolvers<ConfigNotification<T> | undefined>();
  #taken = Promise.withResolvers<void>();
  readonly #close = () => this.close();

  constructor(ended: AbortSignal) {
    this.#ended = ended;
    if (ended.aborted) this.close();
    else ended.addEventListener("abort", this.#close, { once: true });
  }

  /** Settles once it is taken. */
  async put(notification: ConfigNotification<T>): Promise<void> {
    if (this.#isClosed) return;
    this.#taken = Promise.withResolvers();
    this.#arrived.resolve(notification);
    await this.#taken.promise;
  }

  /** Nothing once the end has come. */
  async take(): Promise<ConfigNotification<T> | undefined> {
    if (this.#isClosed) return undefined;
    const next = await this.#arrived.promise;
    this.#arrived = Promise.withResolvers();
    this.#taken.resolve();
    return next;
  }

  close(): void {
    this.#isClosed = true;
    this.#ended.removeEventListener("abort", this.#close);
    this.#arrived.resolve(undefined);
    this.#taken.resolve();
  }
}
