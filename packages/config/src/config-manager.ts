/**
 * What a process holds on to: the configuration that it runs with, and everything about it.
 *
 * @module
 */

import type { Clock } from "./clock.ts";
import type { ConfigDiff } from "./diff/config-diff.ts";
import type { Explanation } from "./explain/explanation.ts";
import type { FileSystem } from "./file-system.ts";
import type { History, RollbackTarget } from "./history/history.ts";
import type { ConfigLoader } from "./loader.ts";
import type {
  ConfigNotification,
  Listener,
  Snapshot,
  SubscribeOptions,
} from "./notify/notification.ts";
import type { PendingRestart } from "./reload/effective.ts";
import type { ReloadParticipant } from "./reload/participants.ts";
import type { ReloadResult } from "./reload/reload-result.ts";
import type { ConfigPath, DeepPartial, DeepReadonly } from "./schema/config-types.ts";
import type { ConfigValidator } from "./validator.ts";
import type { RevealOptions } from "./values/secret-ref.ts";
import type { Subscription } from "./values/subscription.ts";

export interface ManagerOptions<T> {
  readonly loader: ConfigLoader<T>;
  readonly validator: ConfigValidator<T>;
  /** Configurations kept before the current one, 1–1000; default 10. */
  readonly historySize?: number;
  readonly watch?: WatchOptions | false;
  /** Reloads on SIGHUP; default false. */
  readonly signals?: boolean;
  /** How long a participant may prepare; default `5s`. */
  readonly prepareTimeout?: string;
  /** How long a listener may take before it counts as failed; default `5s`. */
  readonly subscriberTimeout?: string;
  /** Who is named where a command names nobody. */
  readonly actor?: string;
  /** Seams for tests; default: those of the loader, which its sources have in any case. */
  readonly clock?: Clock;
  readonly fs?: FileSystem;
}

export interface WatchOptions {
  /** `poll` uses no events of the file system. */
  readonly mode?: "events" | "poll";
  /** Quiet time after the last event, 0–60s; default `500ms`. */
  readonly debounce?: string;
  /** From the first event to the reload at most; default `5s`. */
  readonly maxWait?: string;
  /** How often files are looked at, whatever events say; default `5s`. */
  readonly pollInterval?: string;
  /** Automatic reloads with changed content; default 12 a minute, 3 at once. */
  readonly rate?: { readonly perMinute: number; readonly burst: number };
}

export interface CommandOptions {
  readonly actor?: string;
  readonly signal?: AbortSignal;
}

export interface ReloadOptions extends CommandOptions {
  /** Asks the secret backends again instead of their caches. */
  readonly refreshSecrets?: boolean;
  /** Takes content that is on hold. */
  readonly ignoreHolds?: boolean;
}

export interface ManagerStatus {
  readonly health: "ok" | "degraded";
  /** Why it is degraded. */
  readonly reasons: readonly string[];
  readonly lastReload: { readonly at: Date; readonly status: ReloadResult["status"] } | undefined;
  readonly pendingRestart: readonly PendingRestart[];
  readonly holds: readonly {
    readonly source: string;
    /** The version that the rollback made. */
    readonly since: number;
    readonly durable: boolean;
  }[];
  readonly sources: readonly SourceStatus[];
  /** Participants whose old resources are not gone yet. */
  readonly draining: readonly string[];
}

export interface SourceStatus {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly staleSince?: Date;
  readonly watching: "events" | "poll" | "stream" | "none";
}

export interface ConfigManager<T> extends AsyncDisposable {
  /** Accepted configuration: frozen, O(1). */
  current(): DeepReadonly<T>;
  /** What is running: restart-class values keep their boot value. */
  effective(): DeepReadonly<T>;
  /** One version pinned: inside `runWithSnapshot` the one that was pinned there. */
  snapshot(): Snapshot<T>;
  /** Runs `fn` with one snapshot visible through `snapshot()` in its whole asynchronous call tree. */
  runWithSnapshot<R>(fn: () => R): R;

  readonly version: number;
  readonly checksum: string;
  readonly status: ManagerStatus;
  readonly history: History;
  /**
   * `change`, `reload_failed`, `reload_deferred`, `source_stale`, `source_recovered`,
   * `secret_rotated`, `pending_restart`, `hold`, `watcher`, `degraded`; `detail` says more.
   */
  readonly events: EventTarget;

  /** Begins watching. Idempotent. */
  start(): Promise<void>;
  /** Releases everything, the sources of the loader too. Idempotent; also `await using`. */
  stop(): Promise<void>;

  subscribe(listener: Listener<T>, options?: SubscribeOptions): Subscription;
  changes(
    options?: SubscribeOptions & { readonly signal?: AbortSignal },
  ): AsyncIterable<ConfigNotification<T>>;
  /** Fires only when the selected subtree changed. */
  select<V>(
    selector: (config: DeepReadonly<T>) => V,
    listener: (next: V, previous: V, n: ConfigNotification<T>) => void | Promise<void>,
    options?: SubscribeOptions,
  ): Subscription;
  select(
    path: ConfigPath,
    listener: (next: unknown, previous: unknown, n: ConfigNotification<T>) => void | Promise<void>,
    options?: SubscribeOptions,
  ): Subscription;
  /** Joins the two-phase swap. */
  addParticipant(participant: ReloadParticipant<T>): Subscription;

  /** Resolves with the result of this very command; does not reject for bad configuration. */
  reload(options?: ReloadOptions): Promise<ReloadResult>;
  /** Changes the override layer through the same pipeline; the sources are not read again. */
  set(patch: DeepPartial<T>, options?: CommandOptions): Promise<ReloadResult>;
  /** @throws {RollbackError} where the history has no such version */
  rollback(target: RollbackTarget, options?: CommandOptions): Promise<ReloadResult>;
  /** Lets content that was rolled away come back, of one source or of all, and reloads. */
  releaseHold(source?: string, options?: CommandOptions): Promise<ReloadResult>;

  /** @throws {ConfigError} `malformed_path`; {@link RollbackError} for an unknown version */
  explain(path: ConfigPath, options?: { readonly version?: number }): Explanation;
  /** @throws {RollbackError} where the history has no such version */
  diff(from: RollbackTarget | "current", to: RollbackTarget | "current"): ConfigDiff;
  /**
   * Plaintext of all secrets at or under `path`.
   *
   * @throws {SecretResolutionError} with every one that cannot be revealed
   */
  resolveSecrets(
    path?: ConfigPath,
    options?: RevealOptions,
  ): Promise<ReadonlyMap<ConfigPath, string>>;
  /** OpenMetrics text. */
  metrics(): string;
}
