import { parseKeySelector } from "../bundle/key-selector.ts";
import { type ConfigChange, merged } from "./change.ts";

type Listener = (change: ConfigChange) => void;

/** Beyond this many changes that were not asked for yet, the last ones become one. */
const MAX_QUEUED = 256;

/** Hands changes to all that want them; nobody's slowness is felt by the others. */
export class ChangeFeed implements Disposable {
  readonly #listeners = new Set<Listener>();
  readonly #closing = new AbortController();

  /** Tells every listener. What one throws is an uncaught error of the process, as of a timer. */
  publish(change: ConfigChange): void {
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  listen(listener: Listener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /**
   * The changes from now on, cut down to what is selected; ends with the feed.
   *
   * Up to 256 wait for the reader. Further ones are merged into the last that waits: the state at
   * the end is the same, and no key is left out.
   */
  changes(selector: string): AsyncIterable<ConfigChange> {
    const isSelected = parseKeySelector(selector);
    const queue = new ChangeQueue(this.#closing.signal);
    const listening = this.listen((change) => {
      const changes = change.changes.filter(({ key }) => isSelected(key));
      if (changes.length > 0) queue.push({ ...change, changes });
    });
    return queue.drain(listening);
  }

  [Symbol.dispose](): void {
    this.#closing.abort();
    this.#listeners.clear();
  }
}

class ChangeQueue {
  readonly #waiting: ConfigChange[] = [];
  readonly #closed: AbortSignal;
  #wake = Promise.withResolvers<void>();

  constructor(closed: AbortSignal) {
    this.#closed = closed;
    closed.addEventListener("abort", () => this.#wake.resolve(), { once: true });
  }

  push(change: ConfigChange): void {
    const last = this.#waiting.length < MAX_QUEUED ? undefined : this.#waiting.pop();
    this.#waiting.push(last === undefined ? change : merged(last, change));
    this.#wake.resolve();
  }

  async *drain(listening: Disposable): AsyncGenerator<ConfigChange, void, undefined> {
    using _ = listening;
    for (;;) {
      const change = this.#waiting.shift();
      if (change !== undefined) yield change;
      else if (this.#closed.aborted) return;
      else {
        await this.#wake.promise;
        this.#wake = Promise.withResolvers();
      }
    }
  }
}
