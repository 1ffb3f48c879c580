import {
  annotate,
  type Duration,
  field,
  type Json,
  type SecretRef,
  type Text,
} from "@llmcfg/config";
import * as z from "zod";
import { PROVIDER_TYPE_NAMES, type ProviderTypeName } from "../catalogue.ts";
import {
  checkHeaderSafe,
  derived,
  drain,
  headerName,
  int,
  labels,
  orNull,
  section,
} from "./fields.ts";
import { type ModelConfig, modelConfig } from "./model.ts";
import { type AuthConfig, authConfig } from "./provider-auth.ts";
import { type RateLimits, rateLimits } from "./rate-limits.ts";
import {
  type CircuitBreaker,
  circuitBreakerOverlay,
  type HealthCheck,
  healthCheckOverlay,
  type Overlay,
  type RetryPolicyOverlay,
  retryPolicyOverlay,
  type Timeouts,
  timeoutsOverlay,
} from "./resilience.ts";

/** An upstream, and the models it is asked for. */
export interface ProviderConfig {
  readonly id: string;
  readonly name: string;
  /** Wire dialect. */
  readonly type: ProviderTypeName;
  /** A disabled provider is never routed to. */
  readonly enabled: boolean;
  readonly endpoint: Text;
  /** Permits http to public hosts. */
  readonly allow_insecure: boolean;
  readonly api_version: Text | null;
  readonly auth: AuthConfig;
  readonly models: readonly ModelConfig[];
  /** Lists models from the provider. */
  readonly discover_models: boolean;
  /** 0 is drained: it gets no new requests. */
  readonly weight: number;
  /** Failover tier, lowest first. */
  readonly priority: number;
  readonly region: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, SecretRef>>;
  readonly rate_limits: RateLimits;
  readonly budget: Budget | null;
  readonly connection_pool: ConnectionPool;
  readonly proxy: { readonly url: SecretRef } | null;
  readonly timeouts: Overlay<Timeouts>;
  readonly retry_policy: RetryPolicyOverlay;
  readonly circuit_breaker: Overlay<CircuitBreaker>;
  readonly health_check: Overlay<HealthCheck>;
  readonly data_policy: DataPolicy;
  readonly metadata: Readonly<Record<string, Json>>;
}

export interface Budget {
  /** Canonical decimal. */
  readonly max_cost_usd: string;
  readonly period: "hour" | "day" | "week" | "month";
}

export interface ConnectionPool {
  readonly max_connections: number;
  readonly max_idle: number;
  readonly keep_alive: Duration;
  readonly http2: boolean;
}

export interface DataPolicy {
  readonly allow_training: boolean;
  /** `null` is unknown. */
  readonly zero_retention: boolean | null;
  readonly regions: readonly string[];
}

const endpoint = annotate(
  field.url({ schemes: ["https", "http"] }).refine(isBareUrl, {
    error: "must not have user info, a query or a fragment",
  }),
  { aliases: ["base_url", "api_base"], reload: "drain" },
);

const connectionPool: z.ZodType<ConnectionPool> = section(
  z
    .strictObject({
      max_connections: int(1, 10_000).default(128),
      max_idle: int(0).default(64),
      keep_alive: field.duration({ min: "1ms" }).prefault("90s"),
      http2: z.boolean().default(true),
    })
    .refine((pool) => pool.max_idle <= pool.max_connections, {
      error: "max_idle is above max_connections",
      path: ["max_idle"],
    }),
);

const dataPolicy: z.ZodType<DataPolicy> = section(
  z.strictObject({
    allow_training: z.boolean().default(false),
    zero_retention: orNull(z.boolean()),
    regions: z.array(z.string()).default([]),
  }),
);

const budget: z.ZodType<Budget> = z.strictObject({
  max_cost_usd: field.decimal().refine((cost) => /[1-9]/.test(cost), "must be above 0"),
  period: field.choice(["hour", "day", "week", "month"]),
});

const upstreamHeaders = z
  .record(
    headerName().refine((name) => !HOP_BY_HOP.has(name.toLowerCase()), "is a hop-by-hop header"),
    field.secret({ check: checkHeaderSafe }),
  )
  .default({});

/** An item of `providers`. */
export const providerConfig: z.ZodType<ProviderConfig> = z
  .strictObject({
    id: field.id(),
    name: derived(z.string().min(1).max(128), "id"),
    type: field.choice(PROVIDER_TYPE_NAMES),
    enabled: z.boolean().default(true),
    endpoint: derived(endpoint, "type"),
    allow_insecure: drain(z.boolean().default(false)),
    api_version: drain(derived(lexicalText().nullable(), "type")),
    auth: drain(authConfig),
    models: field.keyedList(modelConfig, { key: "id" }).default([]),
    discover_models: z.boolean().default(false),
    weight: z.number().min(0).max(10_000).default(1),
    priority: int(0, 1_000).default(0),
    region: orNull(z.string()),
    tags: labels(64).default({}),
    headers: upstreamHeaders,
    rate_limits: rateLimits,
    budget: orNull(budget),
    connection_pool: drain(connectionPool),
    proxy: drain(orNull(z.strictObject({ url: field.secret({ check: checkProxyUrl }) }))),
    timeouts: timeoutsOverlay,
    retry_policy: retryPolicyOverlay,
    circuit_breaker: circuitBreakerOverlay,
    health_check: healthCheckOverlay,
    data_policy: dataPolicy,
    metadata: z.record(z.string(), field.json()).default({}),
  })
  .superRefine(({ auth, headers }, context) => {
    const taken = authHeaders(auth);
    for (const name of Object.keys(headers)) {
      if (!taken.has(name.toLowerCase())) continue;
      const message = "is the header that carries the credential: see auth";
      context.addIssue({ code: "custom", path: ["headers", name], message });
    }
  });

/** A `text` whose unquoted number keeps its source text: `api_version: 2023-06-01`. */
function lexicalText(): z.ZodType<Text, string> {
  return field.text().meta({ "x-lexical": true });
}

/** RFC 9110, section 7.6.1, and what HTTP/1.1 frames messages with. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "host",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** In lower case. */
function authHeaders(auth: AuthConfig): ReadonlySet<string> {
  switch (auth.type) {
    case "api_key":
      return new Set(auth.header ? [auth.header.toLowerCase()] : []);
    case "custom_headers":
      return new Set(Object.keys(auth.headers).map((name) => name.toLowerCase()));
    case "none":
      return new Set();
    case "bearer":
    case "oauth2":
    case "aws_sigv4":
    case "gcp":
    case "azure_ad":
      return new Set(["authorization"]);
  }
}

function isBareUrl(value: Text): boolean {
  if (typeof value !== "string" || !URL.canParse(value)) return true; // another check speaks of it
  const { username, password } = new URL(value);
  return username === "" && password === "" && !/[?#]/.test(value);
}

function checkProxyUrl(material: string): string | undefined {
  const isProxy = URL.canParse(material) && /^(https?|socks5):\/\//i.test(material);
  return isProxy ? undefined : "is not an http, https or socks5 URL";
}
