import type { LlmcfgError } from "@llmcfg/core";
import type { Freshness } from "@llmcfg/protocol";
import type { ProofSource } from "../agent/proof.ts";
import type { ConfigChange } from "./change.ts";
import type { ConfigView } from "./config-view.ts";
import type { Participant } from "./participants.ts";

/** How a configuration stands towards its server. */
export interface ConnectionStatus {
  /** Of the newest state that was received. */
  readonly revision: number;
  /** Of the state in force. */
  readonly effective: number;
  readonly freshness: Freshness;
  /** Since the server last proved that what was received is its state. */
  readonly ageSeconds: number;
  readonly source: ProofSource;
  /** Why no newer state can be had at the moment, else why the newest is not in force. */
  readonly lastError: LlmcfgError | undefined;
}

/** The configuration of a service, as it changes. Disposing it ends all that goes on behind it. */
export interface ConnectedConfig<T> extends AsyncDisposable {
  /** The whole state in force, as the schema of `connect` gives it; without one, nested by key. */
  readonly current: T;

  /**
   * The value of a key in the state in force; see {@link ConfigView.get}. From memory.
   *
   * A schema that is given here once is asked about each later state: one whose value at the path
   * does not fit does not come into force. So it throws for the state of the first call at most.
   */
  readonly get: ConfigView["get"];

  /**
   * Each state that comes into force from now on, whole and once, for the keys selected:
   * `inference/**`, by default all.
   */
  changes(selector?: string): AsyncIterable<ConfigChange>;

  /** Calls `listener` with each of them at once. What it throws is an uncaught error. */
  on(event: "change", listener: (change: ConfigChange) => void): Disposable;

  /**
   * Has `participant` asked about each state from the next one on, before it comes into force: what
   * it throws refuses the state, which the server is told with its message, and `current` stays.
   */
  apply(participant: Participant): Disposable;

  readonly status: ConnectionStatus;
}
