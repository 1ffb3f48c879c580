/**
 * The first records of a process: what it starts with, or why it does not start.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import { ConfigLoadError, ConfigValidationError } from "../errors.ts";
import type { LoaderCore } from "../load/loader-core.ts";
import type { SourceState } from "../load/source-state.ts";
import type { Booted } from "../reload/boot.ts";
import type { Command } from "../reload/command.ts";
import type { ManagerAudit } from "./manager-audit.ts";
import { loadedDraft, noteDraft, refusedBootDraft } from "./records.ts";

export interface BootRecord {
  readonly core: Pick<LoaderCore<unknown>, "toldSources">;
  readonly command: Command;
  readonly clock: Clock;
  readonly startedAtMs: number;
}

/**
 * Opens the sink and records `config_loaded`, and before it why the sources were refused, if version
 * 1 is what was stored.
 *
 * @throws {ConfigError} where the audit trail is required and cannot be opened or written
 */
export async function beginAudit<T>(
  audit: ManagerAudit<T>,
  { first, fallback }: Booted<T>,
  { command, clock, startedAtMs }: BootRecord,
): Promise<void> {
  const { snapshot, entry } = first;
  const now = clock.now();
  const about = { ...command, durationMs: now - startedAtMs };
  await audit.begin(snapshot, loadedDraft({ snapshot, sources: entry.sources }, about, now));
  if (fallback === undefined) return;
  const { path } = fallback.refusal;
  const paths = path === undefined ? [] : [path];
  const note = { event: "config_validation_failed", version: snapshot.version, paths, command };
  await audit.record(noteDraft({ ...note, result: "last_known_good" }, now));
}

/** Records `config_validation_failed` in a sink that was handed over; another one is not known. */
export async function recordRefusedBoot<T>(
  audit: ManagerAudit<T>,
  { delivered, error }: { readonly delivered: readonly SourceState[]; readonly error: unknown },
  { core, command, clock }: BootRecord,
): Promise<void> {
  const errors =
    error instanceof ConfigValidationError
      ? error.report.errors
      : error instanceof ConfigLoadError
        ? error.findings
        : [];
  const sources = core.toldSources(delivered);
  await audit.recordOnly(refusedBootDraft(errors, { ...command, sources }, clock.now()));
}
