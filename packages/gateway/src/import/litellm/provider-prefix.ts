/**
 * Which provider a LiteLLM model name asks, by its prefix.
 *
 * @module
 */

import type { ProviderTypeName } from "../../catalogue.ts";

/** The prefixes that have a type of their own; the first of a type is the one that is exported. */
export const PREFIX_TYPES: ReadonlyMap<string, ProviderTypeName> = new Map([
  ["openai", "openai"],
  ["text-completion-openai", "openai"],
  ["azure", "azure_openai"],
  ["azure_text", "azure_openai"],
  ["anthropic", "anthropic"],
  ["bedrock", "aws_bedrock"],
  ["vertex_ai", "google_vertex"],
  ["gemini", "google_ai_studio"],
  ["cohere", "cohere"],
  ["cohere_chat", "cohere"],
  ["mistral", "mistral"],
  ["groq", "groq"],
  ["together_ai", "together"],
  ["fireworks_ai", "fireworks"],
  ["deepseek", "deepseek"],
  ["xai", "xai"],
  ["openrouter", "openrouter"],
  ["huggingface", "huggingface"],
  ["replicate", "replicate"],
  ["ollama", "ollama"],
  ["ollama_chat", "ollama"],
  ["hosted_vllm", "vllm"],
  ["vllm", "vllm"],
]);

/** The variable in which LiteLLM looks for a key that the configuration does not name. */
export const KEY_VARIABLES: ReadonlyMap<ProviderTypeName, string> = new Map([
  ["openai", "OPENAI_API_KEY"],
  ["azure_openai", "AZURE_API_KEY"],
  ["anthropic", "ANTHROPIC_API_KEY"],
  ["google_ai_studio", "GEMINI_API_KEY"],
  ["cohere", "COHERE_API_KEY"],
  ["mistral", "MISTRAL_API_KEY"],
  ["groq", "GROQ_API_KEY"],
  ["together", "TOGETHERAI_API_KEY"],
  ["fireworks", "FIREWORKS_API_KEY"],
  ["deepseek", "DEEPSEEK_API_KEY"],
  ["xai", "XAI_API_KEY"],
  ["openrouter", "OPENROUTER_API_KEY"],
  ["huggingface", "HUGGINGFACE_API_KEY"],
  ["replicate", "REPLICATE_API_KEY"],
]);

/** What LiteLLM sends where a deployment of Azure has no `api_version`. */
export const AZURE_API_VERSION = "2025-02-01-preview";

export interface ModelTarget {
  readonly prefix: string;
  readonly type: ProviderTypeName;
  /** The name that is sent upstream; may be empty. */
  readonly upstream: string;
  /** Why it is not quite the same thing. */
  readonly note?: string;
}

/**
 * Who is asked for a model, and by which name; `undefined` where nothing here speaks to it.
 *
 * @param apiBase its base URL, as far as it is a literal; `null` where it is a reference
 */
export function findTarget(
  model: string,
  {
    apiBase,
    provider,
  }: { readonly apiBase: string | null | undefined; readonly provider: string | undefined },
): ModelTarget | undefined {
  const { prefix, upstream } = splitModel(model, provider);
  const type = PREFIX_TYPES.get(prefix);
  if (type === "vllm" && apiBase === undefined) return undefined;
  if (type === "openai" && apiBase !== undefined && !isOpenAi(apiBase)) {
    return { prefix, type: "openai_compatible", upstream };
  }
  if (type !== undefined) return { prefix, type, upstream };
  if (apiBase === undefined) return undefined;
  const note = `${prefix} is asked as an OpenAI-compatible provider`;
  return { prefix, type: "openai_compatible", upstream, note };
}

function splitModel(
  model: string,
  provider: string | undefined,
): { prefix: string; upstream: string } {
  const slash = model.indexOf("/");
  const first = slash < 0 ? undefined : model.slice(0, slash);
  if (provider !== undefined) {
    return { prefix: provider, upstream: first === provider ? model.slice(slash + 1) : model };
  }
  if (first !== undefined) return { prefix: first, upstream: model.slice(slash + 1) };
  // A wildcard alone, like every name without a prefix, is looked up by LiteLLM; OpenAI is meant.
  return {
    prefix: PREFIX_TYPES.has(model) ? model : "openai",
    upstream: PREFIX_TYPES.has(model) ? "" : model,
  };
}

function isOpenAi(apiBase: string | null): boolean {
  if (apiBase === null) return false;
  const host = URL.parse(apiBase)?.hostname ?? "";
  return host === "openai.com" || host.endsWith(".openai.com");
}
