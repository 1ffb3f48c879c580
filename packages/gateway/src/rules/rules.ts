import type { BusinessRule } from "@llmcfg/config";
import type { GatewayConfig } from "../schema/root.ts";
import { fallbackCycle } from "./fallback-cycle.ts";
import { modelCoverage } from "./model-coverage.ts";
import { noLiteralSecrets } from "./no-literal-secrets.ts";
import { noPlainHttp } from "./no-plain-http.ts";
import { providerRedundancy } from "./provider-redundancy.ts";
import { retryExceedsTimeout } from "./retry-exceeds-timeout.ts";
import { singleRegion } from "./single-region.ts";

/** The business rules that this package brings along. */
export const rules: {
  readonly providerRedundancy: (min?: number) => BusinessRule<GatewayConfig>;
  readonly modelCoverage: () => BusinessRule<GatewayConfig>;
  readonly noLiteralSecrets: () => BusinessRule<GatewayConfig>;
  readonly noPlainHttp: () => BusinessRule<GatewayConfig>;
  readonly fallbackCycle: () => BusinessRule<GatewayConfig>;
  readonly singleRegion: () => BusinessRule<GatewayConfig>;
  readonly retryExceedsTimeout: () => BusinessRule<GatewayConfig>;
} = {
  providerRedundancy,
  modelCoverage,
  noLiteralSecrets,
  noPlainHttp,
  fallbackCycle,
  singleRegion,
  retryExceedsTimeout,
};
