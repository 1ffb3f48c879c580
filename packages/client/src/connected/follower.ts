/**
 * Follows the server: tries each state, keeps the last good one, says what became of it.
 *
 * @module
 */

import { isLlmcfgError, type LlmcfgError } from "@llmcfg/core";
import type { AgentReporter } from "../agent/agent-reporter.ts";
import { type BundleState, toBundleState } from "../bundle/bundle-state.ts";
import type { Client } from "../client.ts";
import type { NamespaceRef } from "../requests/bundles.ts";
import type { Runtime } from "../runtime.ts";
import type { LastGoodStore } from "../store/last-good-store.ts";
import { watchNamespace } from "../watch/watch.ts";
import type { WatchItem } from "../watch/watch-item.ts";
import type { LastProof } from "./proof.ts";
import { loadSaved, toSaved } from "./saved-states.ts";
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

/** After a refusal that waiting alone does not mend: somebody has to act, and may. */
const REFUSED_PAUSE_MS = 30_000;

export class Follower {
  readonly #options: FollowerOptions;
  /** The newest state that was tried, whatever became of it. */
  #attempted: BundleState | undefined;
  #lastError: LlmcfgError | undefined;

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  get attempted(): BundleState | undefined {
    return this.#attempted;
  }

  /** What went wrong last, until something of its kind goes well. */
  get lastError(): LlmcfgError | undefined {
    return this.#lastError;
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
    const { store, scope, proof } = this.#options;
    const saved = await loadSaved(store, scope);
    if (saved === undefined) throw failure;

    await this.#options.accept(saved.state);
    this.#attempted ??= saved.state;
    this.#lastError = failure;
    proof.fromDisk(saved.savedAtMs);
  }

  /** Tries every state that comes, until the signal aborts. Never rejects for what it is told. */
  async follow(): Promise<void> {
    const { signal, runtime } = this.#options;
    while (!signal.aborted) {
      try {
        await this.#watch();
      } catch (error) {
        if (signal.aborted) return;
        if (!isLlmcfgError(error)) throw error;
        this.#lastError = error;
        const pauseMs = REFUSED_PAUSE_MS * (1 + runtime.random());
        await runtime.sleep(pauseMs, signal).catch(() => {}); // the loop sees that it aborted
      }
    }
  }

  /** Why the state of the server is not in force; `undefined` where it is. */
  async #tryServer(): Promise<LlmcfgError | undefined> {
    const { proof } = this.#options;
    try {
      const state = await this.#fetch(undefined);
      proof.renew("poll");
      return await this.#attempt(state);
    } catch (error) {
      const isAway = isLlmcfgError(error) && (error.kind === "unavailable" || error.kind === "timed_out");
      if (!isAway) throw error;
      return error;
    }
  }

  async #watch(): Promise<void> {
    const { client, namespace, runtime, signal } = this.#options;
    const from = this.#attempted;
    for await (const item of watchNamespace({ client, ...namespace, from, runtime, signal })) {
      await this.#take(item);
    }
  }

  async #take(item: WatchItem): Promise<void> {
    const { proof } = this.#options;
    if (item.kind === "state") {
      proof.renew("poll");
      await this.#attempt(item.state);
      return;
    }
    const { event } = item;
    const isKnown =
      event.type === "heartbeat"
        ? event.hash === this.#attempted?.bundle.hash
        : event.revision <= (this.#attempted?.reflects ?? 0);
    if (isKnown || (await this.#catchUp(event.revision))) proof.renew("stream");
  }

  /** Gets the state of a revision and tries it; whether it came. The next heartbeat asks again. */
  async #catchUp(revision: number): Promise<boolean> {
    try {
      await this.#attempt(await this.#fetch(revision));
      return true;
    } catch (error) {
      if (!isLlmcfgError(error)) throw error;
      this.#lastError = error;
      return false;
    }
  }

  async #fetch(minRevision: number | undefined): Promise<BundleState> {
    const { client, namespace, signal } = this.#options;
    return toBundleState(await client.getBundle(namespace, { meta: true, minRevision, signal }));
  }

  /**
   * Tries a state, unless it is what was tried last: what was refused is not tried again before it
   * changes.
   *
   * @returns the veto, if there was one
   */
  async #attempt(state: BundleState): Promise<LlmcfgError | undefined> {
    const isSame = state.bundle.hash === this.#attempted?.bundle.hash;
    this.#attempted = state;
    if (isSame) return undefined;
    const { accept, reporter } = this.#options;
    try {
      await accept(state);
    } catch (error) {
      const veto = isLlmcfgError(error, "RULE_VIOLATION") ? error : toVeto(error, "");
      this.#lastError = veto;
      reporter.refused(state.bundle, toRefusal(veto));
      return veto;
    }
    this.#lastError = undefined;
    reporter.applied(state.bundle);
    await this.#save(state);
    return undefined;
  }

  /** Without the copy on disk everything else goes on. */
  async #save(state: BundleState): Promise<void> {
    const { store, scope } = this.#options;
    await store?.save(scope, toSaved(state)).catch((error: unknown) => {
      this.#lastError = toVeto(error, "");
    });
  }
}
