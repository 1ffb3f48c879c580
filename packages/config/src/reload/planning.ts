import { applyHolds } from "../history/holds.ts";
import type { RankedSource, SourceState } from "../load/source-state.ts";
import type { Plan } from "../plan/plan.ts";
import { type PlanBase, propose, proposeUnread } from "../plan/propose.ts";
import { type PlanCandidate, proposedStates } from "../plan/proposed-states.ts";
import type { AcceptedVersions } from "./accepted-versions.ts";
import type { RuleTools } from "./check-rules.ts";
import { overridesOf } from "./overrides-content.ts";
import type { Participants } from "./participants.ts";
import type { Stage } from "./trigger.ts";

export interface PlanningOptions<T> {
  readonly tools: RuleTools<T>;
  readonly sources: readonly RankedSource[];
  readonly accepted: Pick<AcceptedVersions<T>, "current" | "boot" | "holds" | "isFallback">;
  readonly participants: Participants<T>;
}

export interface PlannedStates {
  readonly plan: Plan;
  /** The first stage that finds an error, where one does. */
  readonly failedStage: Stage | undefined;
}

/** Says what a change would do, up to the diff; nothing is applied, and nothing stays open. */
export class Planning<T> {
  readonly #options: PlanningOptions<T>;

  constructor(options: PlanningOptions<T>) {
    this.#options = options;
  }

  /**
   * What a reload would come to that reads the candidate: sources that are away keep their last value,
   * and content that is on hold is not used.
   *
   * @throws {ConfigError} `unknown_file`, `not_a_document`
   */
  async plan(candidate: PlanCandidate, signal: AbortSignal): Promise<Plan> {
    const { tools, sources, accepted } = this.#options;
    const { core } = tools;
    const { states: before } = accepted.current.origin;
    const overrides = overridesOf(before) ?? core.initialOverrides();
    const previous = accepted.isFallback ? [] : before;
    const read = await proposedStates(candidate, { core, sources, overrides, previous, signal });
    if (read.failures.length > 0) return proposeUnread(read.failures, this.#base(), tools);
    const { states } = applyHolds(read.states, accepted.holds);
    return (await this.planStates(states, signal)).plan;
  }

  async planStates(states: readonly SourceState[], signal: AbortSignal): Promise<PlannedStates> {
    const { tools } = this.#options;
    await using trial = new AsyncDisposableStack();
    const build = { resolveSecrets: true, refreshSecrets: false, signal, trial };
    const candidate = await tools.core.build(states, build);
    const plan = await propose(candidate, this.#base(), tools, signal);
    return { plan, failedStage: plan.valid ? undefined : (candidate.failedStage ?? "rules") };
  }

  #base(): PlanBase<T> {
    const { accepted, participants } = this.#options;
    const { snapshot, effective } = accepted.current;
    return {
      config: snapshot.config,
      boot: accepted.boot,
      pending: effective.pending,
      version: snapshot.version,
      participantsFor: (touches) => participants.concernedBy(touches),
    };
  }
}
