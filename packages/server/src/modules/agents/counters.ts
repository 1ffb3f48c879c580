import type { KnownAgent } from "./known-agent.ts";

/** What agents have said so far, as plain numbers that only grow; telemetry reads them. */
export class AgentCounters {
  readonly #refusals = new Map<string, Map<string, number>>();
  #hashMismatches = 0;

  /** Refused revisions, by environment and reason. */
  get refusals(): ReadonlyMap<string, ReadonlyMap<string, number>> {
    return this.#refusals;
  }

  /** Agents that had the revision they should have, and another hash. Stays 0. */
  get hashMismatches(): number {
    return this.#hashMismatches;
  }

  count(agent: KnownAgent, before: KnownAgent | undefined): void {
    if (isMismatch(agent) && !(before !== undefined && isMismatch(before))) this.#hashMismatches++;
    const { lastError, scope } = agent.report;
    if (lastError === null || lastError.revision === before?.report.lastError?.revision) return;
    for (const env of new Set(scope.map((at) => at.env))) this.#refuse(env, lastError.reason);
  }

  #refuse(env: string, reason: string): void {
    const byReason = this.#refusals.get(env) ?? new Map<string, number>();
    this.#refusals.set(env, byReason);
    byReason.set(reason, (byReason.get(reason) ?? 0) + 1);
  }
}

function isMismatch({ report: { effective }, desired }: KnownAgent): boolean {
  const should = desired.at(effective?.revision ?? 0);
  return (
    effective !== null && should?.revision === effective.revision && should.hash !== effective.hash
  );
}
