/**
 * What the watch module gives to transports, and what it needs from them.
 *
 * @module
 */

import type { Revision } from "@llmcfg/core";
import type { ResetReason } from "@llmcfg/protocol";
import type { Namespace } from "../configs/ports.ts";
import type { Caller } from "../policy/ports.ts";

/** What one stream shows. */
export interface WatchSelection {
  /** At least one; environments by their canonical names. */
  readonly namespaces: readonly Namespace[];
  /** `effective`: changes of effective values; `raw`: writes of the layers themselves. */
  readonly view: "effective" | "raw";
  readonly includeValues: boolean;
}

/** Where a stream begins: `undefined` at now; `"invalid"` where the cursor was no revision. */
export type WatchStart = Revision | "invalid" | undefined;

/** One message, encoded once for all that get it. */
export interface EncodedMessage {
  /** Revision of the message; heartbeats and resets have one too. 0 for a ping. */
  readonly revision: Revision;
  /** A ping keeps an idle connection open and says nothing. */
  readonly type: "config.changed" | "config.deleted" | "heartbeat" | "reset" | "ping";
  /** One shared buffer: never changed, so any number of sockets may hold it. */
  readonly bytes: Uint8Array;
}

/** The receiving end of a stream; a transport implements it. */
export interface WatchSink {
  /**
   * Takes a message. `false`: the consumer is behind; the hub then queues within its bound and
   * goes on when {@link onDrain}'s listener is called.
   */
  send(message: EncodedMessage): boolean;
  onDrain(listener: () => void): void;
  /** Ends the stream after what was sent. May be called again, and after the stream has ended. */
  close(): void;
}

/** How a transport writes its messages; called once for each message, not for each subscriber. */
export interface WatchEncoder {
  readonly name: "sse";
  readonly ping: EncodedMessage;
  encode(type: EncodedMessage["type"], revision: Revision, json: string): Uint8Array;
}

export interface WatchSubscription extends Disposable {
  /** Resolves when the stream has ended, from whichever side. */
  readonly ended: Promise<ResetReason | "closed">;
}

/** Keeps one resolved bundle for each watched selection, however many subscribers it has. */
export interface WatchHub {
  /**
   * Begins a stream: what was missed after `start` or a `reset`, then a heartbeat, then each
   * revision that changes what the selection shows, whole and in order.
   *
   * @throws {LlmcfgError} `ENV_NOT_FOUND`, `INVALID_ARGUMENT`, `INVALID_KEY`, `POLICY_DENIED`;
   *   `RATE_LIMITED` where too many different selections are watched already; `DRAINING`
   */
  subscribe(
    selection: WatchSelection,
    options: {
      readonly caller: Caller;
      readonly start: WatchStart;
      readonly encoder: WatchEncoder;
      readonly sink: WatchSink;
    },
  ): Promise<WatchSubscription>;

  /**
   * The state of a namespace as the caller may see it: the newest revision that changed it, and
   * the bundle hash.
   */
  state(caller: Caller, namespace: Namespace): Promise<BundleState>;

  /** Resolves once the state of the namespace has another hash than `hash`, or at `signal`. */
  changed(
    caller: Caller,
    namespace: Namespace,
    hash: string,
    signal: AbortSignal,
  ): Promise<BundleState>;
}

export interface BundleState {
  /** The newest revision that changed an effective value of the selection. */
  readonly revision: Revision;
  /** `sha256:…` over `path TAB hash LF` of its keys, sorted bytewise. */
  readonly hash: string;
  /** When that revision was committed, by the clock of the server. */
  readonly changedAtMs: number;
}

/** Keeps the states of bundles at hand, for those that compare others against them. */
export interface BundleFollower {
  /**
   * Follows the bundle of some namespaces as the caller may see it, until disposed.
   *
   * @throws {LlmcfgError} `ENV_NOT_FOUND`, `INVALID_ARGUMENT`
   */
  follow(caller: Caller, namespaces: readonly Namespace[]): Promise<FollowedBundle>;

  /**
   * The newest revision that was acknowledged before the call; every bundle that is followed is as
   * of it, or a later one.
   */
  revision(tenant: string): Promise<Revision>;
}

export interface FollowedBundle extends Disposable {
  readonly current: BundleState;
  /**
   * What the bundle was at a revision; `undefined` where that is no longer known: the last 64
   * changes are kept since it was followed.
   */
  at(revision: Revision): BundleState | undefined;
}

/** What has become of the credential and the rights of a caller since they were verified. */
export type CallerState = "valid" | "unauthenticated" | "scope_changed";

/** Asked once a second for each distinct caller that has an open stream. */
export interface CallerCheck {
  stateOf(caller: Caller): Promise<CallerState>;
}

/** What the watches of this process have done so far; telemetry reads it when asked. */
export interface WatchCounters {
  /** Open now, by transport. */
  readonly streams: ReadonlyMap<WatchEncoder["name"], number>;
  /** Resets sent, by transport and reason. */
  readonly resets: ReadonlyMap<WatchEncoder["name"], ReadonlyMap<ResetReason, number>>;
  /** Times that a revision was encoded, not counting those to whom it was sent. */
  readonly encoded: number;
}
