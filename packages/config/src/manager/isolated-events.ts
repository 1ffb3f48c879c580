type Listener = EventListener | EventListenerObject;

/** What became of a listener's turn. */
export interface ListenerOutcomes {
  readonly onFailure: (name: string) => void;
  readonly onDelivered: (name: string) => void;
}

/**
 * Events whose listeners disturb nobody: what a listener throws, or rejects with, is counted and
 * ends there. A plain `EventTarget` of Node.js would end the process.
 */
export class IsolatedEvents extends EventTarget {
  readonly #outcomes: ListenerOutcomes;
  /** A listener is added once, however often it is given; so its wrapper is kept. */
  readonly #wrapped = new WeakMap<Listener, EventListener>();

  constructor(outcomes: ListenerOutcomes) {
    super();
    this.#outcomes = outcomes;
  }

  override addEventListener(
    type: string,
    listener: Listener,
    options?: AddEventListenerOptions | boolean,
  ): void {
    const wrapper = this.#wrapped.get(listener) ?? this.#wrap(listener);
    this.#wrapped.set(listener, wrapper);
    super.addEventListener(type, wrapper, options);
  }

  override removeEventListener(
    type: string,
    listener: Listener,
    options?: EventListenerOptions | boolean,
  ): void {
    const wrapper = this.#wrapped.get(listener);
    if (wrapper !== undefined) super.removeEventListener(type, wrapper, options);
  }

  #wrap(listener: Listener): EventListener {
    return (event) => void this.#call(listener, event);
  }

  async #call(listener: Listener, event: Event): Promise<void> {
    const name = `event ${event.type}`;
    try {
      const answer: unknown =
        typeof listener === "function"
          ? listener.call(this, event)
          : listener.handleEvent.call(listener, event);
      await answer; // a listener may be asynchronous, whatever its type says
      this.#outcomes.onDelivered(name);
    } catch {
      this.#outcomes.onFailure(name);
    }
  }
}
