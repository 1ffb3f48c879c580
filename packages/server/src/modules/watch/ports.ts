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
  /** Revision of the message; heartbeats and resets have one too. */
  readonly revision: Revision;
  readonly type: "config.changed" | "config.deleted" | "heartbeat" | "reset";
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
  /** Ends the stream after what was sent. */
  close(): void;
}

/** How a transport writes its messages; called once for each message, not for each subscriber. */
export interface WatchEncoder {
  readonly name: "sse";
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
   * @throws {LlmcfgError} `ENV_NOT_FOUND`, `INVALID_ARGUMENT`
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
}
