import { field, type Json, type Text } from "@llmcfg/config";
import * as z from "zod";
import { derived, described, int, orNull, setOf } from "./fields.ts";
import { type RateLimits, rateLimits } from "./rate-limits.ts";
import { type Overlay, type Timeouts, timeoutsOverlay } from "./resilience.ts";

/** What a model can do, as far as routing cares. */
export const CAPABILITIES = [
  "streaming",
  "tools",
  "parallel_tools",
  "json_schema",
  "vision",
  "audio",
  "reasoning",
  "prompt_caching",
] as const;

/** What a model can do, as far as conditions and filters ask for it. */
export type Capability = (typeof CAPABILITIES)[number];

const MODES = [
  "chat",
  "completion",
  "responses",
  "embedding",
  "image",
  "audio_transcription",
  "audio_speech",
  "rerank",
  "moderation",
  "batch",
] as const;

/** A model as one provider has it: with its provider, a deployment. */
export interface ModelConfig {
  /** The public name; `*`, or one that ends in `/*`, is a wildcard. */
  readonly id: string;
  /** The name sent upstream; its `*` stands for what a wildcard matched. */
  readonly upstream_id: Text;
  /** Other public names. */
  readonly aliases: readonly string[];
  readonly mode: (typeof MODES)[number];
  readonly enabled: boolean;
  /** Tokens. */
  readonly context_window: number | null;
  /** Tokens. */
  readonly max_output_tokens: number | null;
  readonly capabilities: readonly Capability[];
  readonly pricing: Pricing | null;
  /** `null` takes that of the provider. */
  readonly weight: number | null;
  /** `null` takes that of the provider. */
  readonly priority: number | null;
  /** Each `null` takes that of the provider. */
  readonly rate_limits: RateLimits;
  readonly timeouts: Overlay<Timeouts>;
  /** Added where a request lacks them. */
  readonly default_params: Readonly<Record<string, Json>>;
  /** Removed from requests. */
  readonly drop_params: readonly string[];
  /** RFC 3339, as `sunset_at`; from then on it is warned of. */
  readonly deprecated_at: string | null;
  /** From then on the model counts as disabled. */
  readonly sunset_at: string | null;
}

/** What a million tokens cost, and `request` each call, as canonical decimals in `currency`. */
export interface Pricing {
  readonly currency: string;
  readonly input_per_million: string;
  readonly output_per_million: string;
  readonly cached_input_per_million: string | null;
  readonly cache_write_per_million: string | null;
  readonly request: string | null;
}

const pricing: z.ZodType<Pricing> = z.strictObject({
  currency: described(
    z
      .string()
      .regex(/^[A-Z]{3}$/, "is not a currency code such as USD")
      .default("USD"),
    "Currency of the prices, three capitals of ISO 4217.",
  ),
  input_per_million: described(field.decimal(), "Price of a million input tokens, as a decimal."),
  output_per_million: described(field.decimal(), "Price of a million output tokens, as a decimal."),
  cached_input_per_million: described(
    orNull(field.decimal()),
    "Price of a million input tokens that come from the cache of the provider; null is that of `input_per_million`.",
  ),
  cache_write_per_million: described(
    orNull(field.decimal()),
    "Price of a million tokens written into the cache of the provider; null is that of `input_per_million`.",
  ),
  request: described(
    orNull(field.decimal()),
    "Price of each request beside its tokens; null is none.",
  ),
});

/** A set of capabilities. */
export function capabilities(): z.ZodType<Capability[]> {
  return setOf(field.choice(CAPABILITIES));
}

/** An item of `providers[].models`. */
export const modelConfig: z.ZodType<ModelConfig> = z.strictObject({
  id: described(
    z.string().min(1).max(256),
    "Public name that callers ask for and patterns match; `*`, or a name that ends in `/*`, is a wildcard.",
  ),
  upstream_id: described(
    derived(field.text(), "id"),
    "Name that is sent to the provider, such as a deployment or an ARN; its `*` stands for what a wildcard matched.",
  ),
  aliases: described(
    z.array(z.string().min(1).max(256)).default([]),
    "Other public names of the model.",
  ),
  mode: described(field.choice(MODES).prefault("chat"), "What the model is asked for."),
  enabled: described(
    z.boolean().default(true),
    "Whether requests are sent to it; a disabled model counts nowhere.",
  ),
  context_window: described(
    orNull(int(1)),
    "Tokens of input and output together that fit; null is unknown.",
  ),
  max_output_tokens: described(orNull(int(1)), "Tokens of output at most; null is unknown."),
  capabilities: described(
    capabilities().default(["streaming"]),
    "What the model can do, for conditions and filters.",
  ),
  pricing: described(
    orNull(pricing),
    "What the model costs, for routing and accounting; null is unknown, and fails every price filter.",
  ),
  weight: described(
    orNull(z.number().min(0).max(10_000)),
    "Share of the requests beside other deployments; 0 gets no new ones; null takes that of the provider.",
  ),
  priority: described(
    orNull(int(0, 1_000)),
    "Failover tier, lowest first; null takes that of the provider.",
  ),
  rate_limits: described(
    rateLimits,
    "Quota of this model at the provider; each null takes that of the provider.",
  ),
  timeouts: described(
    timeoutsOverlay,
    "Limits of time that differ from those of the provider; what is absent is inherited.",
  ),
  default_params: described(
    z.record(z.string(), field.json()).default({}),
    "Parameters that are added to requests which lack them.",
  ),
  drop_params: described(
    z.array(z.string()).default([]),
    "Parameters that are removed from requests.",
  ),
  deprecated_at: described(
    orNull(field.time()),
    "From when on the model should not be used any more (RFC 3339); then a warning says so; null is never.",
  ),
  sunset_at: described(
    orNull(field.time()),
    "From when on the model counts as disabled (RFC 3339), not before `deprecated_at`; null is never.",
  ),
});
