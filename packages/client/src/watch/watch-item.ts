import type { ChangedEvent, HeartbeatEvent, ResetEvent, ResetReason } from "@llmcfg/protocol";
import type { BundleState } from "../bundle/bundle-state.ts";

/**
 * Why a whole state comes instead of a revision: a reset of the server; `start`: the first one;
 * `poll`: no stream can be held, so the state is asked for.
 */
export type StateCause = ResetReason | "start" | "poll";

/** What a watch gives. */
export type WatchItem =
  /** One revision, whole: all changes of it that the namespace shows. */
  | {
      readonly kind: "changed";
      readonly event: ChangedEvent;
      /** The whole state after it, where values are included and the state before was known. */
      readonly state?: BundleState | undefined;
    }
  /** The state was proven to be that of the server at `event.revision`. */
  | { readonly kind: "heartbeat"; readonly event: HeartbeatEvent }
  /** Everything that was known is void: this is the state now. */
  | {
      readonly kind: "state";
      readonly cause: StateCause;
      readonly state: BundleState;
      /** What the server said, where it asked for this. */
      readonly event: ResetEvent | undefined;
    };
