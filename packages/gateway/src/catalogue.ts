/**
 * What is known of each provider type: where it listens, and how it wants to be told the key.
 *
 * @module
 */

/** The wire dialects of upstreams. */
export const PROVIDER_TYPE_NAMES = [
  "openai",
  "anthropic",
  "azure_openai",
  "aws_bedrock",
  "google_vertex",
  "google_ai_studio",
  "cohere",
  "mistral",
  "groq",
  "together",
  "fireworks",
  "deepseek",
  "xai",
  "openrouter",
  "huggingface",
  "replicate",
  "ollama",
  "vllm",
  "tgi",
  "openai_compatible",
] as const;

/** The kinds of providers that are known. */
export type ProviderTypeName = (typeof PROVIDER_TYPE_NAMES)[number];

/** How an API key is sent. */
export interface ApiKeyCarrier {
  readonly header: string;
  /** Stands before the key. */
  readonly prefix: string;
}

/** What is known of a kind of provider: endpoint, authentication, needs. */
export interface ProviderType {
  /** With `{region}` or `{location}` to fill in; `undefined` where each installation has its own. */
  readonly endpoint: string | undefined;
  /** `undefined` where the type has no header for an API key. */
  readonly apiKey: ApiKeyCarrier | undefined;
  readonly apiVersion: string | undefined;
  readonly needsApiVersion: boolean;
  /** Whether `auth` may be `none`, and whether it is where none is given. */
  readonly auth: "required" | "may_be_none" | "none_by_default";
}

const BEARER: ApiKeyCarrier = { header: "Authorization", prefix: "Bearer " };

const HOSTED: ProviderType = {
  endpoint: undefined,
  apiKey: BEARER,
  apiVersion: undefined,
  needsApiVersion: false,
  auth: "required",
};

const SELF_HOSTED: ProviderType = { ...HOSTED, auth: "none_by_default" };

/** What is known of each kind of provider, by the name that `providers[].type` has. */
export const PROVIDER_TYPES: Readonly<Record<ProviderTypeName, ProviderType>> = {
  openai: { ...HOSTED, endpoint: "https://api.openai.com/v1" },
  anthropic: {
    ...HOSTED,
    endpoint: "https://api.anthropic.com/v1",
    apiKey: { header: "x-api-key", prefix: "" },
    apiVersion: "2023-06-01",
  },
  azure_openai: { ...HOSTED, apiKey: { header: "api-key", prefix: "" }, needsApiVersion: true },
  aws_bedrock: { ...HOSTED, endpoint: "https://bedrock-runtime.{region}.amazonaws.com" },
  google_vertex: {
    ...HOSTED,
    endpoint: "https://{location}-aiplatform.googleapis.com",
    apiKey: undefined,
  },
  google_ai_studio: {
    ...HOSTED,
    endpoint: "https://generativelanguage.googleapis.com/v1beta",
    apiKey: { header: "x-goog-api-key", prefix: "" },
  },
  cohere: { ...HOSTED, endpoint: "https://api.cohere.com" },
  mistral: { ...HOSTED, endpoint: "https://api.mistral.ai/v1" },
  groq: { ...HOSTED, endpoint: "https://api.groq.com/openai/v1" },
  together: { ...HOSTED, endpoint: "https://api.together.xyz/v1" },
  fireworks: { ...HOSTED, endpoint: "https://api.fireworks.ai/inference/v1" },
  deepseek: { ...HOSTED, endpoint: "https://api.deepseek.com/v1" },
  xai: { ...HOSTED, endpoint: "https://api.x.ai/v1" },
  openrouter: { ...HOSTED, endpoint: "https://openrouter.ai/api/v1" },
  huggingface: { ...HOSTED, endpoint: "https://router.huggingface.co/v1" },
  replicate: { ...HOSTED, endpoint: "https://api.replicate.com/v1" },
  ollama: { ...SELF_HOSTED, endpoint: "http://localhost:11434" },
  vllm: SELF_HOSTED,
  tgi: SELF_HOSTED,
  openai_compatible: { ...HOSTED, auth: "may_be_none" },
};

/** Credentials of one cloud, and the types of its own that take them. */
const CLOUD_AUTH: Readonly<Record<string, readonly ProviderTypeName[]>> = {
  aws_sigv4: ["aws_bedrock"],
  gcp: ["google_vertex", "google_ai_studio"],
  azure_ad: ["azure_openai"],
};

/**
 * Whether a provider can be asked with credentials of this type. Those of a cloud are for its own
 * services, and for machines of one's own, which may stand behind anything.
 */
export function isAuthAccepted(type: ProviderTypeName, auth: string): boolean {
  const own = CLOUD_AUTH[auth];
  return own === undefined || own.includes(type) || PROVIDER_TYPES[type].auth !== "required";
}

/** What fills in the endpoint of a cloud: plain text only, a secret cannot be part of a host. */
export interface EndpointPlace {
  readonly region?: string | undefined;
  readonly location?: string | undefined;
}

/** The endpoint of a type, or `undefined` where it has none or what it needs is not known. */
export function findEndpoint(type: ProviderTypeName, place: EndpointPlace): string | undefined {
  const { endpoint } = PROVIDER_TYPES[type];
  if (endpoint === undefined) return undefined;
  if (place.location === "global") return endpoint.replace("{location}-", "");
  const filled = endpoint
    .replace("{region}", place.region ?? "{region}")
    .replace("{location}", place.location ?? "{location}");
  return filled.includes("{") ? undefined : filled;
}

/** Whether a text names a kind of provider that is known. */
export function isProviderTypeName(text: unknown): text is ProviderTypeName {
  return PROVIDER_TYPE_NAMES.some((name) => name === text);
}
