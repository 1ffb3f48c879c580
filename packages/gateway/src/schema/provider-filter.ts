import { field } from "@llmcfg/config";
import * as z from "zod";
import { labels, orNull } from "./fields.ts";
import { type Capability, capabilities } from "./model.ts";

/** Which deployments come into question; all members have to agree. */
export interface ProviderFilter {
  /** Provider ids; empty is all. */
  readonly only: readonly string[];
  /** Provider ids. */
  readonly ignore: readonly string[];
  /** `region` of the provider; empty is all. */
  readonly regions: readonly string[];
  /** Each of them equal to the provider's. */
  readonly tags: Readonly<Record<string, string>>;
  /** All of them the model's. */
  readonly capabilities: readonly Capability[];
  readonly max_price: MaxPrice | null;
  /** True: only providers with `data_policy.zero_retention: true`. */
  readonly zdr: boolean | null;
}

/** The highest price of a million tokens, in USD, as canonical decimals; `null` is no limit. */
export interface MaxPrice {
  readonly input_per_million: string | null;
  readonly output_per_million: string | null;
}

/** A filter wherever one is given. */
export const providerFilter: z.ZodType<ProviderFilter> = z.strictObject({
  only: z
    .array(z.string())
    .default([])
    .describe("Ids of the providers that come into question; empty is all."),
  ignore: z.array(z.string()).default([]).describe("Ids of providers that do not."),
  regions: z
    .array(z.string())
    .default([])
    .describe("Regions that a provider must lie in; empty is any."),
  tags: labels().default({}).describe("Tags that a provider must have, each with this value."),
  capabilities: capabilities()
    .default([])
    .describe("Capabilities that a model must have, all of them."),
  max_price: orNull(
    z.strictObject({
      input_per_million: orNull(field.decimal()).describe(
        "Highest price of a million input tokens in USD; null is any.",
      ),
      output_per_million: orNull(field.decimal()).describe(
        "Highest price of a million output tokens in USD; null is any.",
      ),
    }),
  ).describe("Highest price that a model may have; null is any."),
  zdr: orNull(z.boolean()).describe(
    "True for providers alone whose `data_policy.zero_retention` is true; null and false are any.",
  ),
});
