import type { Clock } from "../clock.ts";
import type { LoaderCore } from "../load/loader-core.ts";
import { type ShownCandidate, snippetsOf } from "../load/snippets-of.ts";
import type { TreeContext } from "../merge/tree.ts";
import type { DeepReadonly } from "../schema/config-types.ts";
import type { BusinessRule } from "../validate/business-rule.ts";
import type { Finding } from "../validate/finding.ts";
import type { SkippedCheck } from "../validate/report.ts";
import { runRules } from "../validate/run-rules.ts";
import { toFinding } from "../validate/to-finding.ts";

export interface RuleTools<T> {
  readonly core: LoaderCore<T>;
  readonly rules: readonly BusinessRule<T>[];
  readonly clock: Clock;
}

/** The rules of a document that is invalid in itself, as a report lists them. */
export function skippedRules<T>({ rules }: Pick<RuleTools<T>, "rules">): readonly SkippedCheck[] {
  return rules.map(({ name }) => ({ name, reason: "the document is invalid" }));
}

/** What the business rules have to say about a candidate, with positions. */
export async function checkRules<T>(
  { rules, clock, core }: RuleTools<T>,
  config: DeepReadonly<T>,
  candidate: ShownCandidate,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const faults = await runRules(rules, config, { clock, signal });
  const context: TreeContext = { segments: [], nodes: [core.schema.node], report: () => {} };
  const { help, node } = core.schema;
  const about = { tree: candidate.tree, context, snippets: snippetsOf(candidate, node), help };
  return faults.map((fault) => {
    const severity = core.warningsAsErrors ? "error" : fault.severity;
    return toFinding({ ...fault, severity }, about);
  });
}
