import type { DeepReadonly, Impact, PlanAnalyser } from "@llmcfg/config";
import { servesAt } from "../rules/serves-at.ts";
import type { GatewayConfig } from "../schema/root.ts";

/** Public names that appear, vanish or change their deployments, or hang on one provider or region. */
export const modelImpact: PlanAnalyser<GatewayConfig> = {
  name: "models",
  *analyse(from, to, _diff, { now }) {
    const [before, after] = [deploymentsByName(from, now), deploymentsByName(to, now)];
    for (const [name, served] of after) {
      const then = before.get(name);
      if (then === undefined) yield impact("model_appears", name, "info", "appears");
      else yield* changesOf(name, then, served);
    }
    for (const name of before.keys()) {
      if (!after.has(name)) yield impact("model_vanishes", name, "danger", "vanishes");
    }
  },
};

interface Served {
  readonly provider: string;
  readonly region: string | null;
}

function* changesOf(
  name: string,
  then: readonly Served[],
  now: readonly Served[],
): Generator<Impact> {
  const [before, after] = [providersOf(then), providersOf(now)];
  if (before.join(" ") === after.join(" ")) return;
  const what = `is served by ${after.join(", ")} instead of ${before.join(", ")}`;
  yield impact("model_moves", name, "notice", what);
  const [last] = after;
  if (before.length > 1 && after.length === 1) {
    yield impact("model_single_provider", name, "danger", `is left with one provider, ${last}`);
  }
  const [were, are] = [regionsOf(then), regionsOf(now)];
  const [region] = are;
  if (were.length > 1 && are.length === 1 && region !== undefined) {
    yield impact("model_single_region", name, "danger", `is left in one region, ${region}`);
  }
}

/** By public name, alias or wildcard: what serves it, in the order of the configuration. */
function deploymentsByName(
  { providers }: DeepReadonly<GatewayConfig>,
  at: Date,
): ReadonlyMap<string, readonly Served[]> {
  const served = new Map<string, Served[]>();
  for (const { id: provider, region, models } of providers.filter(({ enabled }) => enabled)) {
    for (const { id, aliases } of models.filter((model) => servesAt(model, at))) {
      for (const name of [id, ...aliases]) {
        served.set(name, [...(served.get(name) ?? []), { provider, region }]);
      }
    }
  }
  return served;
}

function providersOf(served: readonly Served[]): readonly string[] {
  return [...new Set(served.map(({ provider }) => provider))].toSorted();
}

/** A region that is not known counts as one of its own. */
function regionsOf(served: readonly Served[]): readonly string[] {
  return [...new Set(served.map(({ region }) => region ?? "an unnamed region"))];
}

function impact(kind: string, model: string, severity: Impact["severity"], what: string): Impact {
  const message = `model ${model} ${what}`;
  return { kind, subject: model, severity, message, paths: ["providers"] };
}
