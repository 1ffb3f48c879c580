import type { Json } from "@llmcfg/core";
import type { DiffEntry } from "../diff/config-diff.ts";
import type { ReloadClass } from "../schema/config-types.ts";
import { formatPlan } from "./format-plan.ts";
import type { Impact, Plan, PlanParts } from "./plan.ts";

/** A plan with its two ways of being read: by people and by programs. */
export function createPlan(parts: PlanParts): Plan {
  const valid = parts.report.isValid;
  return {
    ...parts,
    valid,
    format: (options = {}) => formatPlan({ ...parts, valid }, options),
    toJSON: () => planJson({ ...parts, valid }),
  };
}

type PlanContent = Omit<Plan, "format" | "toJSON">;

const CLASSES: readonly ReloadClass[] = ["hot", "drain", "restart"];

function planJson(plan: PlanContent): Json {
  const { valid, report, diff, pendingRestart, impact, participants } = plan;
  return {
    valid,
    report: report.toJSON(),
    summary: diff.summary(),
    changes: Object.fromEntries(
      CLASSES.map((reload) => [reload, diff.byClass(reload).map(entryJson)]),
    ),
    moves: diff.moves.map(({ path, from, to }) => ({ path, from: [...from], to: [...to] })),
    pendingRestart: {
      added: [...pendingRestart.added],
      cleared: [...pendingRestart.cleared],
    },
    impact: impact.map(impactJson),
    participants: [...participants],
  };
}

function entryJson(entry: DiffEntry): Json {
  const { path, pointer, changeType, redacted, oldValue, newValue } = entry;
  return {
    path,
    pointer,
    changeType,
    redacted,
    ...(oldValue === undefined ? {} : { oldValue }),
    ...(newValue === undefined ? {} : { newValue }),
  };
}

function impactJson({ kind, subject, severity, message, paths }: Impact): Json {
  return { kind, subject, severity, message, paths: [...paths] };
}
