import type { SourceFault } from "../load/read-sources.ts";
import { requireSources } from "../load/require-sources.ts";
import { type ConfigLoader, coreOf, type LoadResult } from "../loader.ts";
import type { ConfigValidator } from "../validator.ts";
import type { Plan } from "./plan.ts";
import { propose, proposeUnread } from "./propose.ts";

/** What is held against what, without a manager. */
export interface PlanChangeOptions<T> {
  /** What is in force. */
  readonly from: Pick<LoadResult<T>, "config">;
  /** Where the change would be read from. */
  readonly to: ConfigLoader<T>;
  readonly validator: ConfigValidator<T>;
  /** Default true; false leaves secrets unresolved and unchecked. */
  readonly resolveSecrets?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * What it would mean to replace one configuration by another, without a process that runs either.
 *
 * @throws {ConfigLoadError} where a source of `to` cannot be read; an invalid one gives a plan that says so
 */
export async function planChange<T>(options: PlanChangeOptions<T>): Promise<Plan> {
  const { from, to, validator, resolveSecrets = true } = options;
  const signal = options.signal ?? new AbortController().signal;
  const core = coreOf(to);
  const overrides = core.initialOverrides();
  const read = await core.read(core.ranked(), { previous: [], isBoot: true, overrides, signal });
  const { config } = from;
  const base = { config, boot: config, pending: [], version: 1, participantsFor: () => [] };
  const tools = { core, rules: validator.rules, clock: core.clock };
  if (read.failures.length > 0 && read.failures.every(isInvalid)) {
    return proposeUnread(read.failures, base, tools);
  }
  requireSources(read.failures);
  await using trial = new AsyncDisposableStack();
  const build = { resolveSecrets, refreshSecrets: false, signal, trial, isOnce: true };
  const candidate = await core.build(read.states, build);
  return await propose(candidate, base, tools, signal);
}

/** It could be read, and makes no document. */
function isInvalid({ code }: SourceFault): boolean {
  return code === "source_malformed" || code === "source_empty";
}
