/**
 * Follows the server: tries each state, keeps the last good one, says what became of it.
 *
 * @module
 */

import { type ErrorKind, isLlmcfgError, LlmcfgError } from "@llmcfg/core";
import type { ChangedEvent, HeartbeatEvent } from "@llmcfg/protocol";
import type { AgentReporter } from "../agent/agent-reporter.ts";
import type { LastProof } from "../agent/proof.ts";
import { type BundleState, toBundleState } from "../bundle/bundle-state.ts";
import { fromSaved, toSaved } from "../bundle/saved-states.ts";
import type { Client } from "../client.ts";
import type { NamespaceRef } from "../requests/bundles.ts";
import type { Runtime } from "../runtime.ts";
import type { LastGoodStore } from "../store/last-good-store.ts";
import { keepWatching } from "../watch/keep-watching.ts";
import type { NamespaceWatch } from "../watch/watch.ts";
import type { WatchItem } from "../watch/watch-item.ts";
import { toRefusal, toVeto } from "./veto.ts";

export interface FollowerOptions {
  readonly client: Client;
  readonly namespace: NamespaceRef;
  readonly store: LastGoodStore | undefined;
  /** Names the namespace in the store. */
  readonly scope: string;
  readonly reporter: AgentReporter;
  readonly proof: LastProof;
  readonly runtime: Runtime;
  /**
   * Makes the state that in force, or throws and leaves what was. Called for one state after the
   * other.
   */
  readonly accept: (state: BundleState) => Promise<void>;
  /** Ends the following. */
  readonly signal: AbortSignal;
}

export class Follower {
  readonly #options: FollowerOptions;
  /** The newest state that was tried, and why it is not in force if it is not. */
  #attempted: { readonly state: BundleState; readonly veto: LlmcfgError | undefined } | undefined;
  #watch: NamespaceWatch | undefined;
  /** What went wrong on the way to a newer state, since one was proven. */
  #trouble: LlmcfgError | undefined;

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  /** The newest state that was tried, whatever became of it. */
  get attempted(): BundleState | undefined {
    return this.#attempted?.state;
  }

  /** Why no newer state can be had at the moment, else why the newest is not in force. */
  get lastError(): LlmcfgError | undefined {
    return this.#trouble ?? this.#watch?.failure ?? this.#attempted?.veto;
  }

  /**
   * Brings the first good state into force: that of the server, or the saved one where the server
   * cannot be reached or its state is refused.
   *
   * @throws {LlmcfgError} what the server says, or the veto, where there is no saved one either
   */
  async begin(): Promise<void> {
    const failure = await this.#tryServer();
    if (failure === undefined) return;
    const { store, scope, proof, accept, reporter } = this.#options;
    const saved = await store?.load(scope);
    const state = await fromSaved(saved?.content);
    if (saved === undefined || state === undefined) throw failure;

    await accept(state);
    proof.fromDisk(saved.savedAtMs);
    reporter.applied(state.bundle);
    if (this.#attempted === undefined) {
      this.#attempted = { state, veto: undefined };
      this.#trouble = failure;
    } else {
      this.#refuse(this.#attempted.state, failure); // the server's own, which is newer
    }
  }

  /** Tries every state that comes, until the signal aborts. Never rejects for what it is told. */
  follow(): Promise<void> {
    return keepWatching({
      ...this.#options,
      from: () => this.#attempted?.state,
      onItem: (item) => this.#take(item),
      onWatch: (watch) => {
        this.#watch = watch;
      },
      onRefused: (error) => {
        this.#trouble = error;
      },
    });
  }

  /** Why the state of the server is not in force; `undefined` where it is. */
  async #tryServer(): Promise<LlmcfgError | undefined> {
    try {
      const state = await this.#fetch(undefined);
      this.#prove("poll");
      return await this.#attempt(state);
    } catch (error) {
      if (isLlmcfgError(error) && AWAY.has(error.kind)) return error;
      throw error;
    }
  }

  async #take(item: WatchItem): Promise<void> {
    if (item.kind === "state") {
      this.#prove("poll");
      await this.#attempt(item.state);
    } else if (this.#isKnown(item.event)) {
      this.#prove("stream");
    } else if (item.kind === "changed" && item.state !== undefined) {
      this.#prove("stream");
      await this.#attempt(item.state);
    } else {
      await this.#catchUp(item.event.revision);
    }
  }

  /** Whether the newest state that was tried is the one the event speaks of, or a later one. */
  #isKnown(event: ChangedEvent | HeartbeatEvent): boolean {
    const state = this.#attempted?.state;
    if (state === undefined) return false;
    return event.type === "heartbeat"
      ? event.hash === state.bundle.hash
      : event.revision <= state.reflects;
  }

  /** Gets the state of a revision and tries it. Where it cannot be had the next heartbeat asks again. */
  async #catchUp(revision: number): Promise<void> {
    try {
      const state = await this.#fetch(revision);
      this.#prove("stream");
      await this.#attempt(state);
    } catch (error) {
      if (!isLlmcfgError(error)) throw error;
      this.#trouble = error;
    }
  }

  #prove(source: "stream" | "poll"): void {
    this.#trouble = undefined;
    this.#options.proof.renew(source);
  }

  async #fetch(minRevision: number | undefined): Promise<BundleState> {
    const { client, namespace, signal } = this.#options;
    return toBundleState(await client.getBundle(namespace, { meta: true, minRevision, signal }));
  }

  /**
   * Tries a state; the veto, if there is one. What was refused is not tried again before it changes.
   */
  async #attempt(state: BundleState): Promise<LlmcfgError | undefined> {
    const before = this.#attempted;
    const isRefusedAgain = before?.state.bundle.hash === state.bundle.hash && before.veto;
    if (isRefusedAgain) return this.#refuse(state, isRefusedAgain);
    const { accept, reporter } = this.#options;
    try {
      await accept(state);
    } catch (error) {
      return this.#refuse(
        state,
        isLlmcfgError(error, "RULE_VIOLATION") ? error : toVeto(error, ""),
      );
    }
    this.#attempted = { state, veto: undefined };
    reporter.applied(state.bundle);
    await this.#save(state);
    return undefined;
  }

  #refuse(state: BundleState, veto: LlmcfgError): LlmcfgError {
    this.#attempted = { state, veto };
    this.#options.reporter.refused(state.bundle, toRefusal(veto));
    return veto;
  }

  /** Without the copy on disk everything else goes on. */
  async #save(state: BundleState): Promise<void> {
    const { store, scope } = this.#options;
    try {
      await store?.save(scope, toSaved(state));
    } catch (cause) {
      const message = "the last good state could not be saved";
      this.#trouble = new LlmcfgError("INTERNAL", message, {}, { cause });
    }
  }
}

/** The server could not be asked: what is at hand goes on. Anything else is its answer. */
const AWAY: ReadonlySet<ErrorKind> = new Set<ErrorKind>(["unavailable", "timed_out", "internal"]);
