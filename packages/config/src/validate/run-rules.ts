import type { Clock } from "../clock.ts";
import { withTimeout } from "../concurrency.ts";
import { type PathSegment, parseConfigPath } from "../paths/config-path.ts";
import type { DeepReadonly } from "../schema/config-types.ts";
import type { BusinessRule, RuleFinding } from "./business-rule.ts";
import type { Fault } from "./fault.ts";

/** How long one rule may take. */
const MAX_RULE_MS = 5_000;

export interface RunRulesOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/** Runs all rules at the same time; faults come in the order of the rules' names. */
export async function runRules<T>(
  rules: readonly BusinessRule<T>[],
  config: DeepReadonly<T>,
  options: RunRulesOptions,
): Promise<readonly Fault[]> {
  const ordered = rules.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const found = await Promise.all(ordered.map((rule) => runRule(rule, config, options)));
  return found.flat();
}

async function runRule<T>(
  rule: BusinessRule<T>,
  config: DeepReadonly<T>,
  { clock, signal }: RunRulesOptions,
): Promise<readonly Fault[]> {
  const faults: Fault[] = [];
  const ended = new AbortController();
  const report = (finding: RuleFinding) => {
    if (!ended.signal.aborted) faults.push(toFault(rule, finding)); // a late one belongs to no report
  };
  const signals = signal === undefined ? [ended.signal] : [signal, ended.signal];
  const now = new Date(clock.now());
  const context = { report, now, signal: AbortSignal.any(signals) };
  try {
    const work = (async () => await rule.check(config, context))();
    await withTimeout(work, { clock, ms: MAX_RULE_MS, late: throwLate });
  } catch (error) {
    signal?.throwIfAborted();
    const message = error instanceof Error ? error.message : "the rule failed without an error";
    faults.push(toFault(rule, { path: "", message }));
  } finally {
    ended.abort();
  }
  return faults;
}

function throwLate(): never {
  throw new Error(`it took longer than ${MAX_RULE_MS / 1_000} s`);
}

function toFault<T>(rule: BusinessRule<T>, finding: RuleFinding): Fault {
  const { path, message, code, hint, severity } = finding;
  return {
    kind: "business_rule",
    severity: severity ?? rule.severity ?? "error",
    code: code ?? rule.name,
    rule: rule.name,
    segments: segmentsOf(path),
    message,
    hint,
  };
}

/** A rule with a path that cannot be parsed still has its say. */
function segmentsOf(path: string): readonly PathSegment[] {
  try {
    return parseConfigPath(path);
  } catch {
    return [];
  }
}
