import type { ProviderConfig, ProviderTypeName } from "@llmcfg/gateway";
import { anthropicDialect } from "../dialects/anthropic.ts";
import type { Dialect } from "../dialects/dialect.ts";
import { openaiDialect } from "../dialects/openai.ts";

/** The provider types that this gateway can speak to; most have taken over OpenAI's format. */
const DIALECTS: Readonly<Partial<Record<ProviderTypeName, Dialect>>> = {
  anthropic: anthropicDialect,
  deepseek: openaiDialect,
  fireworks: openaiDialect,
  groq: openaiDialect,
  huggingface: openaiDialect,
  mistral: openaiDialect,
  openai: openaiDialect,
  openai_compatible: openaiDialect,
  openrouter: openaiDialect,
  tgi: openaiDialect,
  together: openaiDialect,
  vllm: openaiDialect,
  xai: openaiDialect,
};

export function findDialect({ type }: ProviderConfig): Dialect | undefined {
  return DIALECTS[type];
}

/** Of a provider that was checked when its configuration was accepted. */
export function dialectOf(provider: ProviderConfig): Dialect {
  const dialect = findDialect(provider);
  if (dialect !== undefined) return dialect;
  throw new TypeError(`provider type ${provider.type} was let through, and nothing speaks to it`);
}
