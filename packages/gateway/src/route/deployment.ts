import type { Text } from "@llmcfg/config";
import type { Capability, ModelConfig } from "../schema/model.ts";
import type { ProviderConfig } from "../schema/provider.ts";

/** A model at a provider: what a request can be sent to. */
export interface Deployment {
  readonly provider: string;
  /** The public name; of a wildcard, the name that was asked for. */
  readonly model: string;
  readonly upstreamId: Text;
  readonly weight: number;
  /** Tier, lowest first. */
  readonly priority: number;
  /** Milliseconds since 1970; from then on it does not count. */
  readonly sunsetAtMs: number;
  readonly region: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly capabilities: ReadonlySet<Capability>;
  /** US dollars for a million tokens; other currencies cannot be compared and count as unknown. */
  readonly price: Price | undefined;
  readonly keepsNoData: boolean;
  /** An open breaker does not remove it where it is the last one of its model. */
  readonly isKeptIfLast: boolean;
}

export interface Price {
  readonly input: number;
  readonly output: number;
}

/** A deployment; model values take the place of the provider's. */
export function toDeployment(
  provider: ProviderConfig,
  model: ModelConfig,
  { isKeptIfLast }: { readonly isKeptIfLast: boolean },
): Deployment {
  return {
    provider: provider.id,
    model: model.id,
    upstreamId: model.upstream_id,
    weight: model.weight ?? provider.weight,
    priority: model.priority ?? provider.priority,
    sunsetAtMs: model.sunset_at === null ? Number.POSITIVE_INFINITY : Date.parse(model.sunset_at),
    region: provider.region ?? undefined,
    tags: provider.tags,
    capabilities: new Set(model.capabilities),
    price: priceOf(model),
    keepsNoData: provider.data_policy.zero_retention === true,
    isKeptIfLast: provider.circuit_breaker.keep_last_provider ?? isKeptIfLast,
  };
}

function priceOf({ pricing }: ModelConfig): Price | undefined {
  if (pricing === null || pricing.currency !== "USD") return undefined;
  return { input: Number(pricing.input_per_million), output: Number(pricing.output_per_million) };
}
