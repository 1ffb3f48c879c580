import type { CrossCheck } from "@llmcfg/config";
import { CHECKSUM_CHECKS } from "./checksum-check.ts";
import { MODEL_LIFETIME_CHECKS } from "./model-lifetime-checks.ts";
import { PROVIDER_CHECKS } from "./provider-checks.ts";
import { RESILIENCE_CHECKS } from "./resilience-checks.ts";
import { ROUTING_CHECKS } from "./routing-checks.ts";
import { RULE_ORDER_CHECKS } from "./rule-order-checks.ts";
import { SECURITY_CHECKS } from "./security-checks.ts";
import { SERVER_CHECKS } from "./server-checks.ts";

/** Every check of a gateway document that looks at more than one field. */
export const CROSS_CHECKS: readonly CrossCheck[] = [
  ...SERVER_CHECKS,
  ...PROVIDER_CHECKS,
  ...ROUTING_CHECKS,
  ...RULE_ORDER_CHECKS,
  ...RESILIENCE_CHECKS,
  ...SECURITY_CHECKS,
  ...MODEL_LIFETIME_CHECKS,
  ...CHECKSUM_CHECKS,
];
