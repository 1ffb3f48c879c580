import { describeHold, type Hold } from "../history/holds.ts";
import type { LayerContent, RankedSource, SourceState } from "../load/source-state.ts";
import type { ConfigSource, SourceOutcome } from "../sources/config-source.ts";
import type { Ending } from "./command.ts";
import { type Refusal, refusalOf } from "./refusal.ts";
import type { SourceReports } from "./source-reports.ts";

/** What to tell one source. */
interface OutcomeFor {
  readonly source: ConfigSource;
  readonly outcome: SourceOutcome;
}

export interface OutcomesInput extends Pick<Ending, "delivered" | "failures"> {
  readonly sources: readonly RankedSource[];
  /** What the accepted configuration is made of, after the command. */
  readonly accepted: readonly SourceState[];
  readonly holds: readonly Hold[];
  /** Why the command was refused, if it was. */
  readonly refusal: Refusal | undefined;
}

/**
 * What became of what each source delivered (LCS-3). Applied is content that the accepted
 * configuration is made of, whoever asked for the reload; anything else is refused.
 */
function outcomesFor(input: OutcomesInput): readonly OutcomeFor[] {
  return input.sources.flatMap(({ id, supply }) => {
    if (supply.type !== "foreign") return [];
    const outcome = outcomeOf(id, input);
    return outcome === undefined ? [] : [{ source: supply.source, outcome }];
  });
}

function outcomeOf(id: string, input: OutcomesInput): SourceOutcome | undefined {
  const { delivered, failures, accepted, holds, refusal } = input;
  const failure = failures.find(({ source }) => source === id);
  if (failure?.code === "source_malformed") return refused(undefined, refusalOf(failure.findings));
  const content = contentOf(delivered, id);
  if (content === undefined) return undefined; // it delivered nothing that could be taken
  if (contentOf(accepted, id)?.hash === content.hash) {
    const { revision, hash } = content;
    return { result: "applied", hash, ...(revision === undefined ? {} : { revision }) };
  }
  const hold = holds.find(({ source }) => source === id);
  const held = hold === undefined ? undefined : { reason: describeHold(hold) };
  return refused(content.revision, refusal ?? held ?? { reason: "another reload took its place" });
}

function refused(revision: string | undefined, { reason, path, pointer }: Refusal): SourceOutcome {
  return {
    result: "refused",
    reason,
    ...(revision === undefined ? {} : { revision }),
    ...(path === undefined || path === "" ? {} : { path }),
    ...(pointer === undefined || pointer === "" ? {} : { pointer }),
  };
}

function contentOf(states: readonly SourceState[], id: string): LayerContent | undefined {
  return states.find(({ ranked }) => ranked.id === id)?.content;
}

/** Tells every source what became of what it delivered. Returns at once. */
export function reportOutcomes(reports: SourceReports, input: OutcomesInput): void {
  for (const { source, outcome } of outcomesFor(input)) reports.report(source, outcome);
}
