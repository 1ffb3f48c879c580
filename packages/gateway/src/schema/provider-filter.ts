import { field } from "@llmcfg/config";
import * as z from "zod";
import { described, labels, orNull } from "./fields.ts";
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
  only: described(
    z.array(z.string()).default([]),
    "Ids of the providers that come into question; empty is all.",
  ),
  ignore: described(z.array(z.string()).default([]), "Ids of providers that do not."),
  regions: described(
    z.array(z.string()).default([]),
    "Regions that a provider must lie in; empty is any.",
  ),
  tags: described(labels().default({}), "Tags that a provider must have, each with this value."),
  capabilities: described(
    capabilities().default([]),
    "Capabilities that a model must have, all of them.",
  ),
  max_price: described(
    orNull(
      z.strictObject({
        input_per_million: described(
          orNull(field.decimal()),
          "Highest price of a million input tokens in USD; null is any.",
        ),
        output_per_million: described(
          orNull(field.decimal()),
          "Highest price of a million output tokens in USD; null is any.",
        ),
      }),
    ),
    "Highest price that a model may have; null is any.",
  ),
  zdr: described(
    orNull(z.boolean()),
    "True for providers alone whose `data_policy.zero_retention` is true; null and false are any.",
  ),
});
