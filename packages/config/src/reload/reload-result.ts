import type { ConfigDiff } from "../diff/config-diff.ts";
import type { ConfigPath } from "../schema/config-types.ts";
import type { Finding } from "../validate/finding.ts";
import type { Veto } from "./participants.ts";
import type { Stage, Trigger } from "./trigger.ts";

/** What became of one command. */
export interface ReloadResult {
  readonly status: "applied" | "unchanged" | "rejected" | "deferred";
  /** The current version after the command. */
  readonly version: number;
  readonly previousVersion: number;
  readonly diff: ConfigDiff | undefined;
  /** Places whose accepted value waits for a restart. */
  readonly restartRequired: readonly ConfigPath[];
  /** The first stage that found an error, when rejected. */
  readonly stage?: Stage;
  readonly errors: readonly Finding[];
  readonly vetoes: readonly Veto[];
  /** Whether the swap had happened and was taken back. */
  readonly reverted: boolean;
  /** Ids of the sources with content on hold. */
  readonly holds: readonly string[];
  /** Whether holds survive a restart of the process. */
  readonly holdDurable?: boolean;
  readonly trigger: Trigger;
  readonly durationMs: number;
}
