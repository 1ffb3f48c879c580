import { field } from "@llmcfg/config";
import * as z from "zod";
import { described } from "./fields.ts";

/** Switches for parts of a gateway that are on trial; all are off by default. */
export interface FeaturesConfig {
  readonly semantic_caching: boolean;
  readonly speculative_execution: boolean;
  readonly ab_testing: boolean;
  readonly cost_optimization: boolean;
  readonly adaptive_routing: boolean;
  readonly request_deduplication: boolean;
  readonly custom: Readonly<Record<string, boolean>>;
}

/** `features` of the configuration. */
export const featuresConfig: z.ZodType<FeaturesConfig> = field.section(
  z.strictObject({
    semantic_caching: described(
      z.boolean().default(false),
      "Lets answers to similar requests be reused; `routing.cache.semantic_caching` decides where both are given.",
    ),
    speculative_execution: described(
      z.boolean().default(false),
      "Allows a request to be sent to several deployments at once, for the first answer; lets shadow rules work.",
    ),
    ab_testing: described(
      z.boolean().default(false),
      "Allows shares of the traffic to be sent elsewhere for comparison; lets shadow rules work.",
    ),
    cost_optimization: described(
      z.boolean().default(false),
      "Allows cheaper deployments to be preferred where the quality is held to be equal.",
    ),
    adaptive_routing: described(
      z.boolean().default(false),
      "Allows weights to follow what is measured of deployments.",
    ),
    request_deduplication: described(
      z.boolean().default(false),
      "Allows equal requests in flight to share one call upstream.",
    ),
    custom: described(
      z.record(z.string(), z.boolean()).default({}),
      "Switches of the application's own, by name.",
    ),
  }),
);
