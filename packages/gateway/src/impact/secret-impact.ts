import { type DeepReadonly, type Impact, isSecretRef, type PlanAnalyser } from "@llmcfg/config";
import type { GatewayConfig } from "../schema/root.ts";

/** Secrets that are needed from now on, or no longer. */
export const secretImpact: PlanAnalyser<GatewayConfig> = {
  name: "secrets",
  *analyse(from, to) {
    const [before, after] = [referencesOf(from), referencesOf(to)];
    for (const reference of after) {
      if (!before.has(reference)) yield impact("secret_needed", reference, "is needed from now on");
    }
    for (const reference of before) {
      if (!after.has(reference)) yield impact("secret_unneeded", reference, "is no longer needed");
    }
  },
};

/** The texts of all references; literals have none. */
function referencesOf(config: DeepReadonly<GatewayConfig>): ReadonlySet<string> {
  const found = new Set<string>();
  const walk = (value: unknown): void => {
    if (isSecretRef(value)) {
      if (value.kind !== "literal") found.add(value.reference);
    } else if (typeof value === "object" && value !== null) {
      for (const member of Object.values(value)) walk(member);
    }
  };
  walk(config);
  return found;
}

function impact(kind: string, reference: string, what: string): Impact {
  const message = `secret ${reference} ${what}`;
  return { kind, subject: reference, severity: "info", message, paths: [] };
}
