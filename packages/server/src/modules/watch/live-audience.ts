import type { Revision } from "@llmcfg/core";
import type { Audience, Projection } from "./audience.ts";
import type { LastChange } from "./bundle-revision.ts";
import { Channel, type ChannelOptions } from "./channel.ts";
import { formKey, type MessageForm } from "./delta-encoder.ts";
import type { BundleState, FollowedBundle } from "./ports.ts";
import { type Delta, movesHash } from "./shown-key.ts";

/** How many states of a bundle are remembered for those that follow it. */
const MAX_STATES = 64;

export interface LiveAudienceOptions extends Omit<ChannelOptions, "form"> {
  /** Finds the commit that made the audience's bundle what it is at a revision. */
  readonly findLastChange: (upTo: Revision) => Promise<LastChange>;
}

/** An audience that somebody is there for: its channels, and what its bundle was of late. */
export class LiveAudience {
  readonly audience: Audience;
  readonly #options: LiveAudienceOptions;
  readonly #channels = new Map<string, Channel>();
  /** Oldest first, the last one is now; empty until somebody asks. */
  #states: BundleState[] = [];
  #finding: Promise<void> | undefined;
  readonly #waiting = new Set<() => void>();
  #holders = 0;

  constructor(audience: Audience, options: LiveAudienceOptions) {
    this.audience = audience;
    this.#options = options;
  }

  /** Whether nobody is there. */
  get isIdle(): boolean {
    const isSilent = [...this.#channels.values()].every((channel) => channel.size === 0);
    return isSilent && this.#holders === 0 && this.#waiting.size === 0;
  }

  channel(form: MessageForm): Channel {
    const key = formKey(form);
    let channel = this.#channels.get(key);
    if (channel === undefined) {
      channel = new Channel(this.audience, { ...this.#options, form });
      this.#channels.set(key, channel);
    }
    return channel;
  }

  /** Takes in what was prepared for a revision and sends it out, all in one go. */
  take(revision: Revision, projection: Projection): void {
    this.audience.commit(revision, projection);
    const { told } = projection;
    if (told === undefined) return;
    for (const channel of this.#channels.values()) channel.publish(told);
    if (movesHash(told)) this.#note(told);
  }

  /** What the bundle is now, and since when. */
  async state(): Promise<BundleState> {
    if (this.#states.length === 0) {
      this.#finding ??= this.#findState();
      await this.#finding;
    }
    return this.#current();
  }

  /** Resolves once the bundle has changed, or at `signal`. */
  async nextChange(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    signal.addEventListener("abort", () => resolve(), { once: true });
    await promise;
    this.#waiting.delete(resolve);
  }

  /** Keeps the audience until what this gives is disposed. */
  hold(): Disposable {
    this.#holders++;
    let isHeld = true;
    return {
      [Symbol.dispose]: () => {
        if (isHeld) this.#holders--;
        isHeld = false;
      },
    };
  }

  /** @param lease disposed once the follower lets go */
  async follow(lease: Disposable): Promise<FollowedBundle> {
    using stack = new DisposableStack();
    stack.use(lease);
    stack.use(this.hold());
    await this.state();

    const held = stack.move();
    const current = () => this.#current();
    return {
      get current() {
        return current();
      },
      at: (revision) => this.#states.findLast((state) => state.revision <= revision),
      [Symbol.dispose]: () => held.dispose(),
    };
  }

  #current(): BundleState {
    const state = this.#states.at(-1);
    if (state === undefined) throw new TypeError("the state of the bundle was not looked up");
    return state;
  }

  async #findState(): Promise<void> {
    try {
      const { revision, atMs } = await this.#options.findLastChange(this.audience.revision);
      if (this.#states.length > 0) return; // it changed meanwhile
      this.#states = [{ revision, hash: this.audience.hash, changedAtMs: atMs }];
    } finally {
      this.#finding = undefined;
    }
  }

  /** Also while the state is being looked up: then this is newer. */
  #note({ revision, atMs }: Delta): void {
    if (this.#states.length > 0 || this.#finding !== undefined) {
      this.#states.push({ revision, hash: this.audience.hash, changedAtMs: atMs });
      if (this.#states.length > MAX_STATES) this.#states.shift();
    }
    for (const wake of this.#waiting) wake();
  }
}
