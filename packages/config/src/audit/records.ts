/**
 * What is written about each event: names and numbers, never a value.
 *
 * @module
 */

import type { Json } from "@llmcfg/core";
import type { ConfigDiff } from "../diff/config-diff.ts";
import type { HistoryEntry } from "../history/history.ts";
import type { Snapshot } from "../notify/notification.ts";
import type { ReloadResult } from "../reload/reload-result.ts";
import type { Trigger } from "../reload/trigger.ts";
import type { ConfigPath } from "../schema/config-types.ts";
import type { Finding } from "../validate/finding.ts";
import type { AuditDraft } from "./audit-sink.ts";

/** Names listed in one record; the others are only counted. */
const MAX_NAMES = 200;

/** Who asked for what, and why. */
export interface AuditCommand {
  readonly trigger: Trigger;
  readonly actor: string | undefined;
  readonly reason?: string | undefined;
  /** What a rollback was asked to go back to, as it was asked. */
  readonly target?: string | undefined;
}

/** A configuration that takes the place of another. */
export interface AuditChange<T> extends AuditCommand {
  readonly from: Snapshot<T>;
  readonly to: Snapshot<T>;
  readonly diff: ConfigDiff;
  readonly sources: HistoryEntry["sources"];
  readonly durationMs: number;
}

/** `config_change` (AUD-2) or `config_rollback` (AUD-3). */
export function changeDraft<T>(change: AuditChange<T>, atMs: number): AuditDraft {
  const { from, to, diff, trigger } = change;
  const paths = [...diff.changes, ...diff.additions, ...diff.removals, ...diff.moves];
  const about = draftOf(atMs, {
    ...change,
    event: trigger === "rollback" ? "config_rollback" : "config_change",
    from: from.version,
    to: to.version,
    paths: paths.map(({ path }) => path),
    result: "applied",
  });
  if (trigger !== "rollback") return { ...about, ...changeMembers(change) };
  return {
    ...about,
    diff: countsOf(diff),
    version: change.target ?? null,
    current_version: from.label ?? null,
    rolled_back_version: to.label ?? null,
    current_checksum: from.checksum,
    rolled_back_checksum: to.checksum,
  };
}

/** `config_loaded`: version 1, or the version that a new sink begins with. */
export function loadedDraft<T>(
  { snapshot, sources }: { readonly snapshot: Snapshot<T>; readonly sources: Sources },
  command: AuditCommand & { readonly durationMs: number },
  atMs: number,
): AuditDraft {
  const { version, label, checksum } = snapshot;
  const numbers = { from: version, to: version };
  const about = { event: "config_loaded", ...numbers, sources, paths: [], result: "applied" };
  return {
    ...draftOf(atMs, { ...command, ...about }),
    version: label ?? null,
    checksum,
  };
}

/** `config_reload_failed`: what was refused, where, and what stays. */
export function failureDraft(
  result: ReloadResult,
  { sources, ...command }: AuditCommand & { readonly sources: Sources },
  atMs: number,
): AuditDraft {
  const { version, diff, stage, errors, vetoes, reverted, durationMs } = result;
  const changed = diff === undefined ? [] : [...diff.changes, ...diff.additions, ...diff.removals];
  const about = draftOf(atMs, {
    ...command,
    event: "config_reload_failed",
    from: version,
    to: version,
    sources,
    paths: changed.map(({ path }) => path),
    durationMs,
    result: result.status,
  });
  return {
    ...about,
    stage: stage ?? null,
    ...findingsOf(errors),
    vetoes: vetoes.map(({ participant, reason, path = null }) => ({ participant, reason, path })),
    reverted,
  };
}

/** `config_validation_failed`: a process that does not start, because what it found is invalid. */
export function refusedBootDraft(
  errors: readonly Finding[],
  { sources, ...command }: AuditCommand & { readonly sources: Sources },
  atMs: number,
): AuditDraft {
  const about = draftOf(atMs, {
    ...command,
    event: "config_validation_failed",
    from: 0,
    to: 0,
    sources,
    paths: [],
    durationMs: 0,
    result: "rejected",
  });
  return { ...about, ...findingsOf(errors) };
}

/** Of everything that makes no version: `config_restart_required`, `secret_…`. */
export interface AuditNote {
  readonly event: string;
  /** The version that runs. */
  readonly version: number;
  readonly paths: readonly ConfigPath[];
  readonly result: string;
  readonly command?: AuditCommand;
  readonly more?: Readonly<Record<string, Json>>;
}

export function noteDraft(note: AuditNote, atMs: number): AuditDraft {
  const { event, version, paths, result, command, more = {} } = note;
  const { trigger = null, actor } = command ?? {};
  const about = { event, from: version, to: version, sources: [], paths, result };
  return { ...draftOf(atMs, { trigger, actor, ...about, durationMs: 0 }), ...more };
}

type Sources = HistoryEntry["sources"];

interface Common {
  readonly event: string;
  readonly trigger: Trigger | null;
  readonly actor: string | undefined;
  readonly reason?: string | undefined;
  readonly from: number;
  readonly to: number;
  readonly sources: Sources;
  readonly paths: readonly ConfigPath[];
  readonly durationMs: number;
  readonly result: string;
}

/** The members of every record (AUD-4), but those of the chain. */
function draftOf(atMs: number, about: Common): AuditDraft {
  const { event, trigger, actor, reason, from, to, sources, paths, durationMs, result } = about;
  return {
    timestamp: new Date(atMs).toISOString(),
    event,
    from,
    to,
    actor: actor ?? null,
    trigger,
    ...(reason === undefined ? {} : { reason }),
    sources: sources.map((source) => ({ ...source })),
    ...listed("paths", [...new Set(paths)]),
    duration_ms: Math.round(durationMs),
    result,
  };
}

function changeMembers<T>({ from, to, diff }: AuditChange<T>): Readonly<Record<string, Json>> {
  return {
    diff: countsOf(diff),
    old_version: from.label ?? null,
    new_version: to.label ?? null,
    old_checksum: from.checksum,
    new_checksum: to.checksum,
  };
}

function countsOf(diff: ConfigDiff): Json {
  return {
    summary: diff.summary(),
    changes: diff.changes.length,
    additions: diff.additions.length,
    removals: diff.removals.length,
    restart_required: diff.byClass("restart").length,
  };
}

function findingsOf(errors: readonly Finding[]): Readonly<Record<string, Json>> {
  return listed(
    "findings",
    errors.map(({ code, path }) => ({ code, path })),
  );
}

function listed(name: string, all: readonly Json[]): Readonly<Record<string, Json>> {
  const omitted = all.length - MAX_NAMES;
  if (omitted <= 0) return { [name]: all };
  return { [name]: all.slice(0, MAX_NAMES), [`${name}_omitted`]: omitted };
}
