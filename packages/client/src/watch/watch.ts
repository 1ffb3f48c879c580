/**
 * A namespace as it changes.
 *
 * @module
 */

import type { LlmcfgError } from "@llmcfg/core";
import type { ChangedEvent, WatchEvent } from "@llmcfg/protocol";
import type { BundleState } from "../bundle/bundle-state.ts";
import { withChange } from "../bundle/with-change.ts";
import type { NamespaceRef } from "../requests/bundles.ts";
import { type Runtime, SYSTEM_RUNTIME } from "../runtime.ts";
import { LocalHashes } from "./local-hashes.ts";
import { begin, transition, type WatchEffect, type WatchSignal } from "./machine.ts";
import type { WatchItem } from "./watch-item.ts";
import { type WatchClient, WatchLink } from "./watch-link.ts";

export interface WatchNamespaceOptions extends NamespaceRef {
  readonly client: WatchClient;
  /**
   * Where to begin: after a state that is known, which heartbeats are then compared with; after a
   * revision, with nothing to compare until a state comes. Default: with the state of now.
   */
  readonly from?: BundleState | number | undefined;
  /** Give the values of what is not sensitive in each change, and with them the state after it. */
  readonly includeValues?: boolean | undefined;
  /** Ends the iteration quietly. */
  readonly signal?: AbortSignal | undefined;
  readonly runtime?: Runtime | undefined;
}

/** How a watch has fared so far. */
export interface WatchCounts {
  /** Streams that were opened. */
  readonly streams: number;
  /** Heartbeats whose hash was not that of the local state. */
  readonly mismatches: number;
  /** Revisions that came again and were dropped. */
  readonly repeated: number;
}

/** Iterated once. */
export interface NamespaceWatch extends AsyncIterable<WatchItem> {
  readonly counts: WatchCounts;
  /** Why there is no stream at the moment; `undefined` while there is one, or was none yet. */
  readonly failure: LlmcfgError | undefined;
}

/**
 * Each revision of a namespace from a point on: in order, each once, whole; or, where that cannot
 * be had, the whole state as a `state` item. Never a gap in silence.
 *
 * The connection is made anew for as long as it takes, with full jitter up to 15 s. The stream is
 * read as fast as the iteration asks, and closed when the iteration is left.
 *
 * The iteration fails with `UNAUTHENTICATED`, `POLICY_DENIED`, `ENV_NOT_FOUND` or any other refusal
 * that waiting does not mend, and with any failure to get the first state.
 *
 * @example
 * ```ts
 * for await (const item of watchNamespace({ client, env: "production", service: "ml-service" })) {
 *   if (item.kind === "changed") console.log(item.event.revision, item.event.changes);
 * }
 * ```
 */
export function watchNamespace(options: WatchNamespaceOptions): NamespaceWatch {
  return new Watcher(options);
}

class Watcher implements NamespaceWatch {
  readonly #from: WatchNamespaceOptions["from"];
  readonly #includesValues: boolean;
  readonly #link: WatchLink;
  /** `undefined` while no whole state is known: heartbeats are taken on trust then. */
  #hashes: LocalHashes | undefined;
  /** The whole state, where changes come with their values. */
  #state: BundleState | undefined;
  #counts = { mismatches: 0, repeated: 0 };
  #failure: LlmcfgError | undefined;

  constructor(options: WatchNamespaceOptions) {
    this.#from = options.from;
    this.#includesValues = options.includeValues === true;
    this.#link = new WatchLink({ ...options, runtime: options.runtime ?? SYSTEM_RUNTIME });
    if (typeof options.from === "object") this.#replace(options.from);
  }

  get counts(): WatchCounts {
    return { streams: this.#link.streams, ...this.#counts };
  }

  get failure(): LlmcfgError | undefined {
    return this.#failure;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<WatchItem, void, undefined> {
    await using _ = this.#link;
    let { state, effects } = begin(
      typeof this.#from === "object" ? this.#from.reflects : this.#from,
    );
    for (;;) {
      for (const effect of effects) {
        if (effect.type === "finish" && effect.error !== undefined) throw effect.error;
        if (effect.type === "finish") return;
        if (effect.type === "deliver") yield* await this.#take(effect.item);
        else this.#perform(effect);
      }
      ({ state, effects } = transition(state, await this.#nextSignal()));
    }
  }

  #perform(effect: Exclude<WatchEffect, { readonly type: "deliver" | "finish" }>): void {
    if (effect.type === "count") {
      this.#counts[effect.what === "mismatch" ? "mismatches" : "repeated"]++;
    } else {
      this.#link.perform(effect);
    }
  }

  async #nextSignal(): Promise<WatchSignal> {
    const signal = await this.#link.next();
    if (signal.type === "failed") this.#failure = signal.error;
    if (signal.type === "event") this.#failure = undefined;
    return signal.type === "event" ? this.#toSignal(signal.event) : signal;
  }

  async #toSignal(event: WatchEvent): Promise<WatchSignal> {
    switch (event.type) {
      case "config.changed":
      case "config.deleted":
        return { type: "changed", event };
      case "reset":
        return { type: "reset", event };
      case "heartbeat": {
        const isProven = this.#hashes === undefined || (await this.#hashes.hash()) === event.hash;
        return { type: isProven ? "heartbeat" : "mismatch", event };
      }
    }
  }

  /** Brings what is known here to the item; the item as it is given, unless it says nothing new. */
  async #take(item: WatchItem): Promise<readonly WatchItem[]> {
    if (item.kind === "heartbeat") return [item];
    if (item.kind === "changed") return [{ ...item, state: await this.#apply(item.event) }];
    const before = await this.#hashes?.hash();
    this.#replace(item.state);
    return item.cause === "poll" && before === item.state.bundle.hash ? [] : [item];
  }

  async #apply(event: ChangedEvent): Promise<BundleState | undefined> {
    this.#hashes?.apply(event);
    if (this.#state === undefined || this.#hashes === undefined) return undefined;
    this.#state = withChange(this.#state, event, await this.#hashes.hash());
    return this.#state;
  }

  #replace(state: BundleState): void {
    this.#hashes = new LocalHashes(state);
    this.#state = this.#includesValues ? state : undefined;
  }
}
