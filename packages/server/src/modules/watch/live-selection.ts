import type { Revision } from "@llmcfg/core";
import type { Change } from "../configs/ports.ts";
import type { Access } from "../policy/ports.ts";
import { Audience, type Projection } from "./audience.ts";
import { findLastChange } from "./bundle-revision.ts";
import { CatchUp } from "./catch-up.ts";
import type { ChangeFeed } from "./change-feed.ts";
import type { Channel } from "./channel.ts";
import { DeltaEncoder } from "./delta-encoder.ts";
import { LiveAudience } from "./live-audience.ts";
import type { MessageLimits } from "./recent-messages.ts";
import { changesSince, type ReplayDeps } from "./replay.ts";
import type { Selection } from "./selection.ts";
import { SelectionState } from "./selection-state.ts";
import { SerialQueue } from "./serial-queue.ts";
import type { Slots } from "./slots.ts";

export interface LiveSelectionDeps extends ReplayDeps {
  readonly recentLimits: MessageLimits;
  /** For long replays. */
  readonly slots: Slots;
  readonly onEncoded: () => void;
  /** Hears of commits that could not be taken in; they are tried again. */
  readonly onFailure: (error: unknown) => void;
}

export interface LiveSelectionAbout {
  readonly tenant: string;
  readonly selection: Selection;
  readonly feed: ChangeFeed;
}

/** How many commits wait while they cannot be taken in; older ones are read from the store. */
const MAX_WAITING = 1_000;

/** Seconds that what nobody uses is kept. */
const LINGER = 60;

/**
 * One selection of one tenant, kept up to date while somebody is there for it: resolved once for
 * each commit, projected once for each audience, encoded once for each form.
 *
 * Whoever comes or asks finds state, audiences and what was sent of one and the same revision:
 * a commit is prepared aside and taken in by all of them in one go.
 */
export class LiveSelection implements Disposable {
  readonly #deps: LiveSelectionDeps;
  readonly #about: LiveSelectionAbout;
  readonly #state: SelectionState;
  readonly #encoder: DeltaEncoder;
  readonly #audiences = new Map<string, Kept>();
  readonly #catchUps = new WeakMap<Channel, CatchUp>();
  readonly #stop = new AbortController();
  readonly #serial = new SerialQueue();
  readonly #subscription: Disposable;
  /** Commits to take in, oldest first. */
  readonly #waiting: Change[] = [];
  #isScheduled = false;
  #users = 0;
  /** Somebody came since the last tick, and may be gone again. */
  #wasEntered = true;
  #idleSince = 0;

  private constructor(deps: LiveSelectionDeps, about: LiveSelectionAbout, state: SelectionState) {
    this.#deps = deps;
    this.#about = about;
    this.#state = state;
    this.#encoder = new DeltaEncoder(deps.onEncoded);
    this.#subscription = about.feed.subscribe((change) => this.#offer(change));
  }

  static async open(deps: LiveSelectionDeps, about: LiveSelectionAbout): Promise<LiveSelection> {
    const view = deps.viewOf(about.tenant, about.selection);
    const state = await SelectionState.open(view, about.feed.revision);
    return new LiveSelection(deps, about, state);
  }

  get revision(): Revision {
    return this.#state.revision;
  }

  /** Whether it has taken in all that the feed has handed on. */
  get isCurrent(): boolean {
    return this.revision >= this.#about.feed.revision;
  }

  /** Whether nobody is there for it, and nobody came since the last tick. */
  get isDeserted(): boolean {
    return this.#users === 0 && !this.#wasEntered;
  }

  /** Keeps the selection until the lease is disposed, and a minute more. */
  lease(): Disposable {
    this.#users++;
    this.#wasEntered = true;
    let isHeld = true;
    return {
      [Symbol.dispose]: () => {
        if (isHeld) this.#users--;
        isHeld = false;
      },
    };
  }

  /** Resolves once it has taken in every commit that was acknowledged before the call. */
  async caughtUp(): Promise<void> {
    await this.#about.feed.settled();
    await this.#serial.run(() => this.#takeAll());
  }

  async audienceOf(access: Access): Promise<LiveAudience> {
    const found = this.#audiences.get(access.key);
    if (found !== undefined) return enter(found);
    return await this.#serial.run(() => this.#openAudience(access));
  }

  /** How those who were away come to be served by a channel of this selection. */
  catchUpOf(channel: Channel, access: Access): CatchUp {
    let catchUp = this.#catchUps.get(channel);
    if (catchUp === undefined) {
      const { tenant, selection } = this.#about;
      const request = { tenant, selection, access, signal: this.#stop.signal };
      catchUp = new CatchUp(channel, { ...this.#deps, request });
      this.#catchUps.set(channel, catchUp);
    }
    return catchUp;
  }

  /**
   * Called each second: repeats what failed, forgets audiences that nobody is in.
   *
   * @returns whether it may be disposed
   */
  tick(now: number): boolean {
    if (!this.isCurrent) this.#schedule();
    for (const [key, kept] of this.#audiences) {
      if (kept.wasEntered || !kept.live.isIdle) kept.idleSince = now;
      kept.wasEntered = false;
      if (now - kept.idleSince > LINGER) this.#audiences.delete(key);
    }
    if (!this.isDeserted) this.#idleSince = now;
    this.#wasEntered = false;
    return now - this.#idleSince > LINGER;
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
    this.#stop.abort();
  }

  #offer(change: Change): void {
    this.#waiting.push(change);
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift();
    this.#schedule();
  }

  /** Not at once: a commit is answered before it is sent to thousands. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (this.#stop.signal.aborted) return;
      this.#serial.run(() => this.#takeAll()).catch(this.#deps.onFailure);
    });
  }

  async #takeAll(): Promise<void> {
    while (!this.isCurrent) {
      const [next] = this.#waiting;
      if (next === undefined || next.revision > this.revision + 1) await this.#takeFromStore();
      else {
        if (next.revision === this.revision + 1) await this.#take(next);
        this.#waiting.shift();
      }
    }
  }

  /** What it was not told of: made while it was being opened, or too many while it could not. */
  async #takeFromStore(): Promise<void> {
    const { tenant } = this.#about;
    const after = this.revision;
    const { signal } = this.#stop;
    for await (const change of changesSince(this.#deps.store, tenant, { after, signal })) {
      await this.#take(change);
      if (this.isCurrent) return;
    }
  }

  async #take(change: Change): Promise<void> {
    const { revision } = change;
    const delta = await this.#state.prepare(change);
    const prepared: [LiveAudience, Projection][] = [];
    for (const { live } of this.#audiences.values()) {
      prepared.push([live, await live.audience.prepare(delta)]);
    }

    this.#state.commit(revision, delta);
    for (const [live, projection] of prepared) live.take(revision, projection);
  }

  async #openAudience(access: Access): Promise<LiveAudience> {
    const found = this.#audiences.get(access.key);
    if (found !== undefined) return enter(found);

    const { tenant, selection } = this.#about;
    const audience = await Audience.open(access, selection, this.#state);
    const live = new LiveAudience(audience, {
      encoder: this.#encoder,
      recentLimits: this.#deps.recentLimits,
      findLastChange: (upTo) => findLastChange(this.#deps, { tenant, selection, access, upTo }),
    });
    this.#audiences.set(access.key, { live, idleSince: 0, wasEntered: true });
    return live;
  }
}

interface Kept {
  readonly live: LiveAudience;
  idleSince: number;
  /** Somebody came since the last tick, and may be gone again. */
  wasEntered: boolean;
}

function enter(kept: Kept): LiveAudience {
  kept.wasEntered = true;
  return kept.live;
}
