import { diffInSteps } from "../diff/diff-configs.ts";
import { shareInSteps } from "../diff/share-unchanged.ts";
import type { Hold } from "../history/holds.ts";
import { deepFreeze } from "../load/deep-freeze.ts";
import { Slices } from "../load/slices.ts";
import type { SourceState } from "../load/source-state.ts";
import type { DeepReadonly } from "../schema/config-types.ts";
import { createReport } from "../validate/report.ts";
import type { AcceptedVersions } from "./accepted-versions.ts";
import { checkRules, type RuleTools } from "./check-rules.ts";
import type { Attempt, Ending } from "./command.ts";
import type { Endings } from "./endings.ts";
import { withCompactOverrides } from "./overrides-content.ts";
import type { Valid } from "./ready.ts";
import { defectFinding, errorsOf } from "./reload-findings.ts";
import type { SwapStages } from "./swap-stages.ts";
import type { Stage } from "./trigger.ts";

export interface CheckStagesOptions<T> {
  readonly tools: RuleTools<T>;
  readonly accepted: AcceptedVersions<T>;
  readonly endings: Endings<T>;
  /** What comes after, where nothing speaks against it. */
  readonly swap: SwapStages<T>;
}

/** Stages `parse` to `diff` of a command, entirely aside: what is accepted stays where they fail. */
export class CheckStages<T> {
  readonly #options: CheckStagesOptions<T>;

  constructor(options: CheckStagesOptions<T>) {
    this.#options = options;
  }

  /** @param holds take effect if the contents are accepted */
  async run(
    states: readonly SourceState[],
    holds: readonly Hold[],
    attempt: Attempt,
  ): Promise<Ending> {
    const { accepted: versions, endings, tools } = this.#options;
    const { signal } = attempt.command;
    const previous = versions.current;
    try {
      return await this.#build(states, holds, attempt);
    } catch (error) {
      if (signal.aborted || versions.current !== previous) throw error;
      return endings.rejected(attempt, undefined, [defectFinding(error)]); // what is accepted stays
    } finally {
      await tools.core.accept(versions.current.origin.backends);
    }
  }

  /** Stages `parse` to `references`, and what comes after. */
  async #build(
    states: readonly SourceState[],
    holds: readonly Hold[],
    attempt: Attempt,
  ): Promise<Ending> {
    const { endings, tools } = this.#options;
    const { core } = tools;
    const { refreshSecrets, signal } = attempt.command;
    const onStage = (stage: Stage) => attempt.times.enter(stage);
    const build = { resolveSecrets: true, refreshSecrets, signal, onStage };
    const candidate = await core.build(states, build);
    const { accepted, findings, failedStage = "merge", isTransient } = candidate;
    if (accepted === undefined) {
      return endings.rejected({ ...attempt, isTransient }, failedStage, errorsOf(findings));
    }
    return await core.store.tryWith(candidate.backends, async () => {
      return await this.#check({ candidate, accepted, holds }, attempt);
    });
  }

  /** Stages `rules` and `diff`, and what comes after. */
  async #check(valid: Valid<T>, attempt: Attempt): Promise<Ending> {
    const { accepted: versions, endings, swap, tools } = this.#options;
    const { candidate, accepted, holds } = valid;
    const { times, command } = attempt;
    const before = versions.current.snapshot.config;
    times.enter("rules");
    const slices = new Slices();
    const shared = await slices.run(shareInSteps(before, accepted.config));
    const config = deepFreeze(shared) as DeepReadonly<T>; // it is frozen
    await slices.pause();
    const broken = await checkRules(tools, config, candidate, command.signal);
    const errors = errorsOf(broken);
    if (errors.length > 0) return endings.rejected(attempt, "rules", errors);
    const { warnings } = createReport([...candidate.findings, ...broken]);

    times.enter("diff");
    const diff = await slices.run(diffInSteps(before, config, tools.core.schema));
    await slices.pause();
    if (!diff.isEmpty) return await swap.run({ ...valid, config, diff, warnings }, attempt);
    versions.holds = holds;
    versions.refresh(withCompactOverrides(candidate), warnings);
    return endings.unchanged(attempt);
  }
}
