import type { ConfigDiff, DiffEntry, Impact, PlanAnalyser } from "@llmcfg/config";
import type { GatewayConfig } from "../schema/root.ts";

/** The last member of a path that is a limit: a smaller number lets less through. */
const LIMIT =
  /(?:^|\.)(?:requests_per_\w+|tokens_per_\w+|max_concurrent_requests|burst|max_connections|max_body_size|max_queue_size|max_cost_usd)$/;

/** Limits that let less through, or more. */
export const limitImpact: PlanAnalyser<GatewayConfig> = {
  name: "limits",
  *analyse(_from, _to, diff) {
    for (const entry of entriesOf(diff)) {
      const change = directionOf(entry);
      if (change !== undefined) yield toImpact(entry, change);
    }
  },
};

function entriesOf({ changes, additions, removals }: ConfigDiff): readonly DiffEntry[] {
  return [...changes, ...additions, ...removals].filter(({ path }) => LIMIT.test(path));
}

/** `null` is no limit at all. */
function directionOf({ oldValue, newValue }: DiffEntry): "tightened" | "loosened" | undefined {
  const [before, after] = [limitOf(oldValue), limitOf(newValue)];
  if (before === undefined || after === undefined || before === after) return undefined;
  return after < before ? "tightened" : "loosened";
}

function limitOf(value: DiffEntry["oldValue"]): number | undefined {
  if (value === null || value === undefined) return Number.POSITIVE_INFINITY;
  const limit = Number(value); // money is decimal text
  return typeof value === "object" || Number.isNaN(limit) ? undefined : limit;
}

function toImpact(entry: DiffEntry, change: "tightened" | "loosened"): Impact {
  const { path, oldValue = null, newValue = null } = entry;
  return {
    kind: `limit_${change}`,
    subject: path,
    severity: change === "tightened" ? "danger" : "notice",
    message: `limit ${path} is ${change}: ${shown(oldValue)} → ${shown(newValue)}`,
    paths: [path],
  };
}

function shown(value: DiffEntry["oldValue"]): string {
  if (value === null || value === undefined) return "none";
  return typeof value === "string" ? value : JSON.stringify(value);
}
