import { ConfigLoadError, ConfigValidationError } from "../errors.ts";
import { applyHolds, type Hold } from "../history/holds.ts";
import type { Candidate } from "../load/candidate.ts";
import { deepFreeze } from "../load/deep-freeze.ts";
import { requireSources } from "../load/require-sources.ts";
import type { RankedSource, SourceState } from "../load/source-state.ts";
import type { DeepReadonly } from "../schema/config-types.ts";
import { createReport } from "../validate/report.ts";
import { checkRules, type RuleTools, skippedRules } from "./check-rules.ts";
import type { Command } from "./command.ts";
import { withCompactOverrides } from "./overrides-content.ts";
import { type Refusal, refusalOfError } from "./refusal.ts";
import { createEntry, createSnapshot, type Version, type VersionAbout } from "./version.ts";

export interface Booted<T> {
  readonly sources: readonly RankedSource[];
  readonly first: Version<T>;
  /** Those of an earlier process that go on. */
  readonly holds: readonly Hold[];
  /** What the sources delivered before holds took its place. */
  readonly delivered: readonly SourceState[];
  /** There where the sources were refused, and version 1 is what was stored. */
  readonly fallback?: BootFallback | undefined;
}

export interface BootFallback {
  readonly refusal: Refusal;
  /** What runs instead, and what is missing from it, as half a sentence. */
  readonly runsOn: string;
}

export interface BootOptions<T> {
  /** Of an earlier process. */
  readonly holds: readonly Hold[];
  /** Tries something else where the sources are refused; nothing where that is not asked for. */
  readonly fallBack?: ((failed: FailedBoot) => Promise<FallenBack<T> | undefined>) | undefined;
  /** Told what the sources delivered, and why it is not taken. */
  readonly onRefused: (delivered: readonly SourceState[], error: unknown) => void;
}

export interface FailedBoot {
  readonly sources: readonly RankedSource[];
  readonly delivered: readonly SourceState[];
}

/** A stored version, or why there is none that can be used, as one sentence. */
export type FallenBack<T> = Stored<T> | { readonly refused: string };

/** A version that was accepted by an earlier process. */
export interface Stored<T> extends Pick<BootFallback, "runsOn"> {
  readonly first: Version<T>;
}

/**
 * Loads version 1. Nothing that needs closing is open if it fails.
 *
 * @throws {ConfigLoadError} where a source failed
 * @throws {ConfigValidationError} where the configuration is invalid, with every finding
 */
export async function bootVersion<T>(
  tools: RuleTools<T>,
  command: Command,
  options: BootOptions<T>,
): Promise<Booted<T>> {
  const { core } = tools;
  const { signal } = command;
  const sources = core.ranked();
  const overrides = core.initialOverrides();
  const read = await core.read(sources, { previous: [], isBoot: true, overrides, signal });
  const { states: delivered } = read;
  try {
    requireSources(read.failures);
    const { states, holds } = applyHolds(delivered, options.holds);
    const first = await bootFrom(states, tools, command);
    return { sources, first, holds, delivered };
  } catch (error) {
    const stored = isRefusal(error) ? await options.fallBack?.({ sources, delivered }) : undefined;
    if (stored !== undefined && "first" in stored) {
      const { first, runsOn } = stored;
      const fallback = { refusal: refusalOfError(error), runsOn };
      return { sources, first, holds: options.holds, delivered, fallback };
    }
    options.onRefused(delivered, error);
    throw stored === undefined ? error : withHint(error, stored.refused);
  }
}

/** The refusal of the sources, with why nothing else can be used in their place. */
function withHint(error: unknown, hint: string): unknown {
  if (error instanceof ConfigValidationError)
    return new ConfigValidationError(error.report, { hint });
  if (!(error instanceof ConfigLoadError)) return error;
  const { code, message, source, findings, cause } = error;
  return new ConfigLoadError(code, message, { source, findings, cause, hint });
}

/** One sentence, for health. */
export function describeFallback({ runsOn, refusal }: BootFallback): string {
  return `it runs on ${runsOn}; the sources were refused: ${refusal.reason}`;
}

function isRefusal(error: unknown): boolean {
  return error instanceof ConfigLoadError || error instanceof ConfigValidationError;
}

/**
 * Version 1 from these contents.
 *
 * @throws {ConfigValidationError} where they are invalid, with every finding
 */
export async function bootFrom<T>(
  states: readonly SourceState[],
  tools: RuleTools<T>,
  command: Command,
): Promise<Version<T>> {
  const { core } = tools;
  const { signal } = command;
  try {
    const build = { resolveSecrets: true, refreshSecrets: false, signal };
    const candidate = await core.build(states, build);
    const { backends } = candidate;
    const first = await core.store.tryWith(backends, () => accept(candidate, tools, command));
    await core.accept(backends);
    return first;
  } catch (error) {
    await core.accept(core.store.backends); // what was made for this document alone ends
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
    entry: createEntry(accepted, tools.core.toldSources(candidate.states), about),
    warnings: report.warnings,
  };
}
