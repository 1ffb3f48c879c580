import { createSubscription, type Subscription } from "../values/subscription.ts";

/** What goes wrong in a sink apart from any call of it, told to whoever listens. */
export class Troubles {
  readonly #listeners = new Set<(error: Error | undefined) => void>();
  #current: Error | undefined;

  listen(listener: (error: Error | undefined) => void): Subscription {
    this.#listeners.add(listener);
    return createSubscription(() => this.#listeners.delete(listener));
  }

  /** Said each time; that it is over is said once. */
  report(error: Error | undefined): void {
    if (error === undefined && this.#current === undefined) return;
    this.#current = error;
    for (const listener of this.#listeners) listener(error);
  }
}
