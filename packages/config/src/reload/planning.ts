import { requireSources } from "../load/require-sources.ts";
import type { RankedSource, SourceState } from "../load/source-state.ts";
import type { Plan } from "../plan/plan.ts";
import { type PlanBase, propose } from "../plan/propose.ts";
import { type PlanCandidate, proposedStates } from "../plan/proposed-states.ts";
import type { AcceptedVersions } from "./accepted-versions.ts";
import type { RuleTools } from "./check-rules.ts";
import { overridesOf } from "./overrides-content.ts";
import type { Participants } from "./participants.ts";

export interface PlanningOptions<T> {
  readonly tools: RuleTools<T>;
  readonly sources: readonly RankedSource[];
  readonly accepted: Pick<AcceptedVersions<T>, "current" | "boot">;
  readonly participants: Participants<T>;
}

/** Says what a change would do, up to the diff; nothing is applied. */
export class Planning<T> {
  readonly #options: PlanningOptions<T>;

  constructor(options: PlanningOptions<T>) {
    this.#options = options;
  }

  /**
   * @throws {ConfigLoadError} where a source cannot be read
   * @throws {ConfigError} `unknown_file`, `not_a_document`
   */
  async plan(candidate: PlanCandidate, signal: AbortSignal): Promise<Plan> {
    const { tools, sources, accepted } = this.#options;
    const { core } = tools;
    const overrides = overridesOf(accepted.current.origin.states) ?? core.initialOverrides();
    const read = await proposedStates(candidate, { core, sources, overrides, signal });
    requireSources(read.failures);
    return await this.planStates(read.states, signal);
  }

  async planStates(states: readonly SourceState[], signal: AbortSignal): Promise<Plan> {
    const { tools, accepted, participants } = this.#options;
    const build = { resolveSecrets: true, refreshSecrets: false, signal };
    const candidate = await tools.core.build(states, build);
    const { snapshot, effective } = accepted.current;
    const base: PlanBase<T> = {
      config: snapshot.config,
      boot: accepted.boot,
      pending: effective.pending,
      version: snapshot.version,
      participantsFor: (touches) => participants.concernedBy(touches),
    };
    return await propose(candidate, base, tools, signal);
  }
}
