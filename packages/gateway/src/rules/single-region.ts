import type { BusinessRule, DeepReadonly } from "@llmcfg/config";
import type { GatewayConfig } from "../schema/root.ts";
import { servesAt } from "./serves-at.ts";

/** A warning for each model whose enabled deployments all lie in one region. */
export function singleRegion(): BusinessRule<GatewayConfig> {
  return {
    name: "single_region",
    needs: ["providers"],
    severity: "warning",
    check(config, context) {
      for (const [model, regions] of regionsByModel(config, context.now)) {
        const [region] = regions;
        if (regions.size !== 1 || region === undefined || region === null) continue;
        context.report({
          path: "providers",
          message: `all enabled deployments of ${model} lie in ${region}`,
          severity: "warning",
        });
      }
    },
  };
}

/** `null` is a region that is not known. */
function regionsByModel(
  { providers }: DeepReadonly<GatewayConfig>,
  now: Date,
): ReadonlyMap<string, ReadonlySet<string | null>> {
  const regions = new Map<string, Set<string | null>>();
  for (const { region, models } of providers.filter((provider) => provider.enabled)) {
    for (const { id } of models.filter((model) => servesAt(model, now))) {
      regions.set(id, (regions.get(id) ?? new Set()).add(region));
    }
  }
  return regions;
}
