import { field, type Json, type Text } from "@llmcfg/config";
import * as z from "zod";
import { derived, int, orNull, setOf } from "./fields.ts";
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
  readonly deprecated_at: string | null;
  /** From then on the model counts as disabled. */
  readonly sunset_at: string | null;
}

/** Canonical decimals, in `currency`. */
export interface Pricing {
  readonly currency: string;
  readonly input_per_million: string;
  readonly output_per_million: string;
  readonly cached_input_per_million: string | null;
  readonly cache_write_per_million: string | null;
  readonly request: string | null;
}

const pricing: z.ZodType<Pricing> = z.strictObject({
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, "is not a currency code such as USD")
    .default("USD"),
  input_per_million: field.decimal(),
  output_per_million: field.decimal(),
  cached_input_per_million: orNull(field.decimal()),
  cache_write_per_million: orNull(field.decimal()),
  request: orNull(field.decimal()),
});

/** A set of capabilities. */
export function capabilities(): z.ZodType<Capability[]> {
  return setOf(field.choice(CAPABILITIES));
}

/** An item of `providers[].models`. */
export const modelConfig: z.ZodType<ModelConfig> = z.strictObject({
  id: z.string().min(1).max(256),
  upstream_id: derived(field.text(), "id"),
  aliases: z.array(z.string().min(1).max(256)).default([]),
  mode: field.choice(MODES).prefault("chat"),
  enabled: z.boolean().default(true),
  context_window: orNull(int(1)),
  max_output_tokens: orNull(int(1)),
  capabilities: capabilities().default(["streaming"]),
  pricing: orNull(pricing),
  weight: orNull(z.number().min(0).max(10_000)),
  priority: orNull(int(0, 1_000)),
  rate_limits: rateLimits,
  timeouts: timeoutsOverlay,
  default_params: z.record(z.string(), field.json()).default({}),
  drop_params: z.array(z.string()).default([]),
  deprecated_at: orNull(field.time()),
  sunset_at: orNull(field.time()),
});
