import { diffConfigs, diffInSteps } from "../diff/diff-configs.ts";
import { shareInSteps } from "../diff/share-unchanged.ts";
import type { Candidate } from "../load/candidate.ts";
import { deepFreeze } from "../load/deep-freeze.ts";
import type { SourceFault } from "../load/read-sources.ts";
import { Slices } from "../load/slices.ts";
import { checkRules, type RuleTools, skippedRules } from "../reload/check-rules.ts";
import { effectiveOf, type PendingRestart } from "../reload/effective.ts";
import type { ConfigPath, DeepReadonly } from "../schema/config-types.ts";
import { createReport } from "../validate/report.ts";
import { createPlan } from "./create-plan.ts";
import type { Impact, Plan } from "./plan.ts";

/** What a candidate is compared with. */
export interface PlanBase<T> {
  readonly config: DeepReadonly<T>;
  /** What the process began with: what waits for a restart is measured by it. */
  readonly boot: DeepReadonly<T>;
  readonly pending: readonly PendingRestart[];
  readonly version: number;
  /** Who would be asked about these changes. */
  readonly participantsFor: (touches: (path: ConfigPath) => boolean) => readonly string[];
}

const SEVERITIES: readonly Impact["severity"][] = ["danger", "notice", "info"];

/** The plan of a candidate: its findings, and what would change if it were accepted. */
export async function propose<T>(
  candidate: Candidate<T>,
  base: PlanBase<T>,
  tools: RuleTools<T>,
  signal: AbortSignal,
): Promise<Plan> {
  const { schema } = tools.core;
  const { accepted, findings, skipped } = candidate;
  if (accepted === undefined) {
    return invalidPlan(base, tools, { findings, skipped: [...skipped, ...skippedRules(tools)] });
  }
  const slices = new Slices();
  const shared = await slices.run(shareInSteps(base.config, accepted.config));
  const config = deepFreeze(shared) as DeepReadonly<T>; // it is frozen
  const broken = await tools.core.store.tryWith(candidate.backends, () =>
    checkRules(tools, config, candidate, signal),
  );
  const all = [...findings, ...broken];
  const report = createReport(all, skipped);
  if (!report.isValid) return invalidPlan(base, tools, { findings: all, skipped });

  const diff = await slices.run(diffInSteps(base.config, config, schema));
  const about = { schema, version: base.version + 1, before: base.pending };
  const { pending } = await slices.run(effectiveOf(base.boot, config, about));
  const after = pending.map(({ path }) => path);
  const before = base.pending.map(({ path }) => path);
  const now = new Date(tools.clock.now());
  const impact = schema.analysers.flatMap((one) => [
    ...one.analyse(base.config, config, diff, { now }),
  ]);
  return createPlan({
    report,
    diff,
    pendingRestart: {
      added: after.filter((path) => !before.includes(path)),
      cleared: before.filter((path) => !after.includes(path)),
    },
    impact: impact.toSorted((a, b) => rankOf(a) - rankOf(b)),
    participants: diff.isEmpty ? [] : base.participantsFor((path) => diff.touches(path)),
  });
}

/** The plan of what cannot even be read. */
export function proposeUnread<T>(
  failures: readonly Pick<SourceFault, "findings">[],
  base: PlanBase<T>,
  tools: RuleTools<T>,
): Plan {
  const findings = failures.flatMap((failure) => failure.findings);
  return invalidPlan(base, tools, { findings, skipped: skippedRules(tools) });
}

function rankOf({ severity }: Impact): number {
  return SEVERITIES.indexOf(severity);
}

function invalidPlan<T>(
  { config }: PlanBase<T>,
  { core }: RuleTools<T>,
  { findings, skipped }: Pick<Candidate<T>, "findings" | "skipped">,
): Plan {
  return createPlan({
    report: createReport(findings, skipped),
    diff: diffConfigs(config, config, core.schema),
    pendingRestart: { added: [], cleared: [] },
    impact: [],
    participants: [],
  });
}
