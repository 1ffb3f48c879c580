/**
 * What a process holds on to: the configuration that it runs with, and everything about it.
 *
 * @module
 */

import type { Json } from "@llmcfg/core";
import type { AuditSetting } from "./audit/audit-setting.ts";
import type { Clock } from "./clock.ts";
import type { ConfigDiff } from "./diff/config-diff.ts";
import type { DoctorFinding } from "./doctor/doctor-finding.ts";
import type { Explanation } from "./explain/explanation.ts";
import type { FileSystem } from "./file-system.ts";
import type { History, RollbackTarget } from "./history/history.ts";
import type { ConfigLoader } from "./loader.ts";
import type { Logger } from "./logger.ts";
import type {
  ConfigNotification,
  Listener,
  Snapshot,
  SubscribeOptions,
} from "./notify/notification.ts";
import type { Plan } from "./plan/plan.ts";
import type { PlanCandidate } from "./plan/proposed-states.ts";
import type { PendingRestart } from "./reload/effective.ts";
import type { ReloadParticipant } from "./reload/participants.ts";
import type { ReloadResult } from "./reload/reload-result.ts";
import type { ConfigPath, DeepPartial, DeepReadonly } from "./schema/config-types.ts";
import type { Finding } from "./validate/finding.ts";
import type { ConfigValidator } from "./validator.ts";
import type { RevealOptions } from "./values/secret-ref.ts";
import type { Subscription } from "./values/subscription.ts";

/** What a manager is made of; only loader and validator are required. */
export interface ManagerOptions<T> {
  readonly loader: ConfigLoader<T>;
  readonly validator: ConfigValidator<T>;
  /** Configurations kept before the current one, 1–1000; default 10. */
  readonly historySize?: number;
  /**
   * How changes are noticed. `false`: not at all, reloads have to be asked for; but a process that
   * started from what was accepted last asks its sources again until they are accepted.
   */
  readonly watch?: WatchOptions | false;
  /** Default true; false leaves secrets unresolved and unchecked. */
  readonly resolveSecrets?: boolean;
  /** Reloads on SIGHUP; default false. */
  readonly signals?: boolean;
  /**
   * What happens where the sources are refused at start: the process does not start, or it starts
   * from the version that was accepted last, degraded, and goes on asking the sources. Default `fail`.
   */
  readonly bootPolicy?: "fail" | "last_known_good";
  /**
   * A folder of this process alone, made with mode 0700: the version accepted last, holds, and
   * `status.json`. Written from `start()` on.
   */
  readonly stateDir?: string;
  /**
   * Seals what lies in the folder (AES-256-GCM), so that literal secrets may be in it: at least 32
   * characters with the strength of 256 random bits.
   */
  readonly stateKey?: string;
  /** Default: nothing is logged. Errors, events and the status say what matters without it too. */
  readonly logger?: Logger;
  /**
   * Where changes, refusals, and the use of secrets are recorded, see `@llmcfg/config/audit`. With
   * `required` a change does not happen before its record is durable.
   */
  readonly audit?: AuditSetting<T>;
  /**
   * Shared by processes whose checksums are compared: a literal secret then counts with its keyed
   * digest (HMAC-SHA-256) instead of only as one. At least 16 characters.
   */
  readonly checksumKey?: string;
  /** How long a participant may prepare; default `5s`. */
  readonly prepareTimeout?: string;
  /** How long a listener may take before it counts as failed; default `5s`. */
  readonly subscriberTimeout?: string;
  /** Who is named where a command names nobody. */
  readonly actor?: string;
  /** Begins the name of every metric; default `llmcfg_`. */
  readonly metricsPrefix?: string;
  /** Seams for tests; default: those of the loader, which its sources have in any case. */
  readonly clock?: Clock;
  readonly fs?: FileSystem;
}

/** How changes of the sources are noticed. Spans of time are texts such as `500ms`. */
export interface WatchOptions {
  /** `poll` uses no events of the file system. */
  readonly mode?: "events" | "poll";
  /** Quiet time after the last event, 0–60s; default `500ms`. */
  readonly debounce?: string;
  /** From the first event to the reload at most; default `5s`. */
  readonly maxWait?: string;
  /** How often files are looked at, whatever events say; default `5s`. */
  readonly pollInterval?: string;
  /** How long a file may go on changing while it is read, 0–60s; default `2s`. */
  readonly settleTimeout?: string;
  /** Automatic reloads with changed content; default 12 a minute, 3 at once. */
  readonly rate?: { readonly perMinute: number; readonly burst: number };
  /**
   * The part of `maxWait`, 0–1, by which what remote sources tell is put off at random, so that not
   * all instances reload at the same moment; default 0. A control plane's whole revisions never wait.
   */
  readonly jitter?: number;
}

/** Who asks for something, why, and until when. */
export interface CommandOptions {
  readonly actor?: string;
  /** Why, for the audit record: one sentence without secrets. */
  readonly reason?: string;
  readonly signal?: AbortSignal;
}

/** What a reload does beside reading the sources again. */
export interface ReloadOptions extends CommandOptions {
  /** Asks the secret backends again instead of their caches. */
  readonly refreshSecrets?: boolean;
  /** Takes content that is on hold. */
  readonly ignoreHolds?: boolean;
}

/** How far a rollback goes. */
export interface RollbackOptions extends CommandOptions {
  /** Says what would change, in the `diff` of the result, and changes nothing. */
  readonly dryRun?: boolean;
}

/** Which configuration is explained: the accepted one by default. */
export interface ExplainOptions {
  /** Of the history; default: the current one. What it costs: see {@link ConfigManager.explain}. */
  readonly version?: number;
  /** A document that is not loaded, over the schema's defaults. */
  readonly document?: Json;
}

/** How a manager is doing at one moment. Holds no value of a secret. */
export interface ManagerStatus {
  readonly health: "ok" | "degraded";
  /** Why it is degraded. */
  readonly reasons: readonly string[];
  /** What the process started from, until the sources are accepted. */
  readonly bootedFrom: "sources" | "last_known_good";
  readonly lastReload: { readonly at: Date; readonly status: ReloadResult["status"] } | undefined;
  readonly pendingRestart: readonly PendingRestart[];
  readonly holds: readonly {
    readonly source: string;
    /** The version that the rollback made. */
    readonly since: number;
    readonly durable: boolean;
  }[];
  readonly sources: readonly SourceStatus[];
  /**
   * What was found about the accepted configuration that did not keep it from being accepted: also
   * that a file of it can never change (`source_not_reloadable`).
   */
  readonly warnings: readonly Finding[];
  /** Participants whose old resources are not gone yet. */
  readonly draining: readonly string[];
}

/** How one source is doing. */
export interface SourceStatus {
  readonly id: string;
  readonly kind: string;
  /**
   * `ok`, or what it was when it was read last: `missing`, `unreachable`, `unreadable`, `empty`,
   * `malformed`, `unstable`.
   */
  readonly state: string;
  /** Since when its last content is used because no newer one can be had. */
  readonly staleSince?: Date;
  /** How changes of it are noticed; `none` before `start()`, and where nothing tells of them. */
  readonly watching: "events" | "poll" | "stream" | "none";
}

/** An accepted configuration that is kept up to date: read it on each request, never keep it. */
export interface ConfigManager<T> extends AsyncDisposable {
  /** Accepted configuration: frozen, O(1). */
  current(): DeepReadonly<T>;
  /** What is running: restart-class values keep their boot value. */
  effective(): DeepReadonly<T>;
  /** One version pinned: inside `runWithSnapshot` the one that was pinned there. */
  snapshot(): Snapshot<T>;
  /** Runs `fn` with one snapshot visible through `snapshot()` in its whole asynchronous call tree. */
  runWithSnapshot<R>(fn: () => R): R;

  /** Of the accepted configuration: 1, 2, 3… of this process. */
  readonly version: number;
  /** SHA-256 in lower-case hex of the accepted document, without informational fields. */
  readonly checksum: string;
  readonly status: ManagerStatus;
  readonly history: History;
  /**
   * `change`, `reload_failed`, `reload_deferred`, `source_stale`, `source_recovered`,
   * `secret_rotated`, `pending_restart`, `hold`, `watcher`, `degraded`, `boot_from_last_known_good`,
   * `audit_failed`; `detail` says more.
   */
  readonly events: EventTarget;

  /** Begins watching. Idempotent. */
  start(): Promise<void>;
  /** Releases everything, the sources of the loader too. Idempotent; also `await using`. */
  stop(): Promise<void>;

  /**
   * Tells of each swap after it has happened; a slow listener misses versions, never the last one.
   *
   * @throws {ConfigError} `malformed_path`; `unknown_path` for one that the schema does not have
   */
  subscribe(listener: Listener<T>, options?: SubscribeOptions): Subscription;
  /** As {@link ConfigManager.subscribe}, as an iterator; ends with the signal, or with the manager. */
  changes(
    options?: SubscribeOptions & { readonly signal?: AbortSignal },
  ): AsyncIterable<ConfigNotification<T>>;
  /**
   * Fires only when the selected subtree changed.
   *
   * @throws {ConfigError} `malformed_path`; `unknown_path` for one that the schema does not have
   */
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
  /**
   * Makes an earlier configuration the current one, as a new version, and holds back the content that
   * was rolled away until its source has another one.
   *
   * @throws {RollbackError} `version_not_found`
   */
  rollback(target: RollbackTarget, options?: RollbackOptions): Promise<ReloadResult>;
  /** Lets content that was rolled away come back, of one source or of all, and reloads. */
  releaseHold(source?: string, options?: CommandOptions): Promise<ReloadResult>;

  /**
   * Cheap for the current version. What one of the past was made of is made again in this very turn,
   * and known until it is collected: its texts are parsed, its layers merged. For 1 MB that takes
   * some 200 ms, and about a second for YAML in flow style or with tags. Where requests are served
   * meanwhile, {@link ConfigManager.diff} compares versions without their texts.
   *
   * @throws {ConfigError} `malformed_path`; {@link RollbackError} for an unknown version
   */
  explain(path: ConfigPath, options?: ExplainOptions): Explanation;
  /**
   * Everything up to the diff, nothing applied.
   *
   * A source that cannot be read makes a plan that is not valid, and says so; one that is away has its
   * last value, as in a reload.
   *
   * @param candidate without it: what a reload would find now
   * @throws {ConfigError} `unknown_file` for a file that no source reads, `not_a_document`
   */
  plan(candidate?: PlanCandidate): Promise<Plan>;
  /**
   * What differs between two accepted configurations.
   *
   * @throws {RollbackError} `version_not_found`
   */
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
  /**
   * Ten checks of how changes of the sources reach this process, each with one fix (CHK-1 to CHK-10).
   * Takes seconds: it makes changes to files of its own and waits until they are noticed.
   */
  doctor(): Promise<readonly DoctorFinding[]>;
  /** OpenMetrics text. */
  metrics(): string;
}
