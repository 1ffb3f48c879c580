import * as z from "zod";
import { section } from "./fields.ts";

/** What is switched on on trial. */
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
export const featuresConfig: z.ZodType<FeaturesConfig> = section(
  z.strictObject({
    semantic_caching: z.boolean().default(false),
    speculative_execution: z.boolean().default(false),
    ab_testing: z.boolean().default(false),
    cost_optimization: z.boolean().default(false),
    adaptive_routing: z.boolean().default(false),
    request_deduplication: z.boolean().default(false),
    custom: z.record(z.string(), z.boolean()).default({}),
  }),
);
