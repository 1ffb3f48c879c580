import type { ConfigDiff } from "../diff/config-diff.ts";
import type { Trigger } from "../reload/trigger.ts";
import type { ConfigPath, DeepReadonly } from "../schema/config-types.ts";

/** One version pinned: what a unit of work holds on to. */
export interface Snapshot<T> {
  readonly config: DeepReadonly<T>;
  /** 1, 2, 3… of this process. */
  readonly version: number;
  /** The document's own `version`. */
  readonly label: string | undefined;
  readonly checksum: string;
  readonly acceptedAt: Date;
}

/** Tells of a swap that has happened. */
export interface ConfigNotification<T> {
  readonly timestamp: Date;
  readonly changeType: "hot_reload" | "restart_required" | "rollback";
  /** Of everything from `from` to `to`. */
  readonly diff: ConfigDiff;
  readonly restartRequired: boolean;
  readonly from: Snapshot<T>;
  readonly to: Snapshot<T>;
  readonly trigger: Trigger;
  readonly actor?: string;
  /**
   * Places of secrets that have another value by now; where nothing else has changed, `from` is
   * `to`, and `select` alone tells of it.
   */
  readonly rotated?: readonly ConfigPath[];
  /** Versions this subscriber did not see one by one. */
  readonly skipped: number;
}

/** Which changes a listener hears of, and how it is called in metrics. */
export interface SubscribeOptions {
  /** For metrics and health. */
  readonly name?: string;
  /** First tells of the current state. */
  readonly replay?: boolean;
  /** Only of changes that touch one of these. */
  readonly paths?: readonly ConfigPath[];
}

/** Called once for each accepted change, one at a time. */
export type Listener<T> = (notification: ConfigNotification<T>) => void | Promise<void>;
