import { ConfigValidationError } from "../errors.ts";
import type { Candidate } from "../load/candidate.ts";
import { deepFreeze } from "../load/deep-freeze.ts";
import { requireSources } from "../load/require-sources.ts";
import type { RankedSource, SourceState } from "../load/source-state.ts";
import type { DeepReadonly } from "../schema/config-types.ts";
import { createReport } from "../validate/report.ts";
import { checkRules, type RuleTools, skippedRules } from "./check-rules.ts";
import type { Command } from "./command.ts";
import { withCompactOverrides } from "./overrides-content.ts";
import { createEntry, createSnapshot, type Version, type VersionAbout } from "./version.ts";

export interface Booted<T> {
  readonly sources: readonly RankedSource[];
  readonly first: Version<T>;
}

/**
 * Loads version 1. Nothing that needs closing is open if it fails.
 *
 * @param onRefused told what the sources delivered, and why it is not taken
 * @throws {ConfigLoadError} where a source failed
 * @throws {ConfigValidationError} where the configuration is invalid, with every finding
 */
export async function bootVersion<T>(
  tools: RuleTools<T>,
  command: Command,
  onRefused: (delivered: readonly SourceState[], error: unknown) => void,
): Promise<Booted<T>> {
  const { core } = tools;
  const { signal } = command;
  const sources = core.ranked();
  const overrides = core.initialOverrides();
  const read = await core.read(sources, { previous: [], isBoot: true, overrides, signal });
  try {
    requireSources(read.failures);
    const build = { resolveSecrets: true, refreshSecrets: false, signal };
    const candidate = await core.build(read.states, build);
    const { backends } = candidate;
    const first = await core.store.tryWith(backends, () => accept(candidate, tools, command));
    await core.accept(backends);
    return { sources, first };
  } catch (error) {
    await core.accept(core.store.backends); // what was made for this document alone ends
    onRefused(read.states, error);
    throw error;
  }
}

async function accept<T>(
  candidate: Candidate<T>,
  tools: RuleTools<T>,
  { signal, trigger, actor }: Command,
): Promise<Version<T>> {
  const { accepted, findings, skipped } = candidate;
  if (accepted === undefined) {
    throw new ConfigValidationError(createReport(findings, [...skipped, ...skippedRules(tools)]));
  }
  const config = deepFreeze(accepted.config) as DeepReadonly<T>; // it is frozen
  const report = createReport(
    [...findings, ...(await checkRules(tools, config, candidate, signal))],
    skipped,
  );
  if (!report.isValid) throw new ConfigValidationError(report);
  const acceptedAtMs = tools.clock.now();
  const about: VersionAbout = { number: 1, acceptedAtMs, trigger, actor };
  return {
    snapshot: createSnapshot(config, accepted, about),
    effective: { config, pending: [] },
    origin: withCompactOverrides(candidate),
    entry: createEntry(accepted, candidate, about),
  };
}
