/** Something that can be ended once; ending it again does nothing. */
export interface Subscription extends Disposable {
  readonly active: boolean;
  unsubscribe(): void;
}

/** A subscription that calls `end` when it ends. */
export function createSubscription(end: () => void): Subscription {
  let active = true;
  const unsubscribe = () => {
    if (!active) return;
    active = false;
    end();
  };
  return {
    get active() {
      return active;
    },
    unsubscribe,
    [Symbol.dispose]: unsubscribe,
  };
}
