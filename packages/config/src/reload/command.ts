/**
 * What is asked of a reloader, and what it tells of it.
 *
 * @module
 */

import type { AuditChange } from "../audit/records.ts";
import type { ConfigDiff } from "../diff/config-diff.ts";
import type { SourceFault } from "../load/read-sources.ts";
import type { SourceState } from "../load/source-state.ts";
import type { Snapshot } from "../notify/notification.ts";
import type { ReloadResult } from "./reload-result.ts";
import type { StageTimes } from "./stage-times.ts";
import type { Stage, Trigger } from "./trigger.ts";
import type { Version } from "./version.ts";

/** What is asked for, and by whom. */
export interface Command {
  readonly trigger: Trigger;
  readonly actor: string | undefined;
  /** Why, as who asks says it: for the audit record. */
  readonly reason?: string | undefined;
  /** What a rollback is to go back to, as it was asked. */
  readonly target?: string | undefined;
  readonly signal: AbortSignal;
}

export interface ReloadCommand extends Command {
  readonly refreshSecrets: boolean;
  readonly ignoreHolds: boolean;
}

/** What the reloader tells its owner, in the order in which it happens. */
export interface ReloadHooks<T> {
  /** The one moment in which everything changes: assigns, and does nothing else. */
  readonly swap: (version: Version<T>) => void;
  /**
   * A change is about to happen, and says so where that is required.
   *
   * @returns why it must not happen: it cannot be recorded
   */
  readonly recordBefore: (change: AuditChange<T>) => Promise<Error | undefined>;
  /** A change has happened and stays: it is recorded where it is not yet. Never rejects. */
  readonly recordApplied: (change: AuditChange<T>) => Promise<void>;
  /** A swap has happened and stays. */
  readonly applied: (change: AppliedChange<T>) => void;
}

export interface AppliedChange<T> {
  readonly from: Snapshot<T>;
  readonly to: Snapshot<T>;
  readonly diff: ConfigDiff;
  readonly trigger: Trigger;
  readonly actor: string | undefined;
}

/** How a command ended, whatever it came to. */
export interface Ending {
  readonly result: ReloadResult;
  /** What the sources delivered before holds took its place; as far as they were read. */
  readonly delivered: readonly SourceState[];
  readonly failures: readonly SourceFault[];
  /** Whether what failed may succeed later with the same content. */
  readonly isTransient: boolean;
  /** Milliseconds in each stage that it came to. */
  readonly stages: ReadonlyMap<Stage, number>;
}

/** One command on its way. */
export interface Attempt {
  readonly command: ReloadCommand;
  readonly startedAtMs: number;
  readonly times: StageTimes;
  readonly delivered: readonly SourceState[];
  readonly failures: readonly SourceFault[];
  readonly isTransient: boolean;
}
