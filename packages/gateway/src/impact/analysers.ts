import type { PlanAnalyser } from "@llmcfg/config";
import type { GatewayConfig } from "../schema/root.ts";
import { accessImpact } from "./access-impact.ts";
import { limitImpact } from "./limit-impact.ts";
import { modelImpact } from "./model-impact.ts";
import { providerImpact } from "./provider-impact.ts";
import { ruleImpact } from "./rule-impact.ts";
import { secretImpact } from "./secret-impact.ts";

/** What a change of a gateway's configuration means for its traffic (PLN-2). */
export const GATEWAY_ANALYSERS: readonly PlanAnalyser<GatewayConfig>[] = [
  providerImpact,
  modelImpact,
  ruleImpact,
  accessImpact,
  limitImpact,
  secretImpact,
];
