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
  described,
  drain,
  headerName,
  int,
  labels,
  orNull,
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

/** What a provider may cost in a span of time. */
export interface Budget {
  /** Canonical decimal. */
  readonly max_cost_usd: string;
  readonly period: "hour" | "day" | "week" | "month";
}

/** How many connections to a provider are kept, and for how long. */
export interface ConnectionPool {
  readonly max_connections: number;
  readonly max_idle: number;
  readonly keep_alive: Duration;
  readonly http2: boolean;
}

/** What a provider does with what it is sent. */
export interface DataPolicy {
  /** Whether it may train on it. */
  readonly allow_training: boolean;
  /** `null` is unknown. */
  readonly zero_retention: boolean | null;
  readonly regions: readonly string[];
}

const endpoint = annotate(field.url({ schemes: ["https", "http"], check: checkBareUrl }), {
  aliases: ["base_url", "api_base"],
  reload: "drain",
});

const connectionPool: z.ZodType<ConnectionPool> = field.section(
  z
    .strictObject({
      max_connections: described(
        int(1, 10_000).default(128),
        "Connections to the provider that are open at the same time at most.",
      ),
      max_idle: described(int(0).default(64), "Of these, how many stay open without a request."),
      keep_alive: described(
        field.duration({ min: "1ms" }).prefault("90s"),
        "How long a connection without a request stays open.",
      ),
      http2: described(
        z.boolean().default(true),
        "Whether HTTP/2 is spoken where the provider can.",
      ),
    })
    .refine((pool) => pool.max_idle <= pool.max_connections, {
      error: "max_idle, which is 64 unless it is given, is above max_connections",
      path: ["max_idle"],
    }),
);

const dataPolicy: z.ZodType<DataPolicy> = field.section(
  z.strictObject({
    allow_training: described(
      z.boolean().default(false),
      "Whether the provider may train on requests, by its contract.",
    ),
    zero_retention: described(
      orNull(z.boolean()),
      "Whether the provider keeps nothing of requests, by its contract; null is unknown.",
    ),
    regions: described(
      z.array(z.string()).default([]),
      "Regions in which the provider handles requests; empty is unknown.",
    ),
  }),
);

const budget: z.ZodType<Budget> = z.strictObject({
  max_cost_usd: described(
    field.decimal().refine((cost) => /[1-9]/.test(cost), "must be above 0"),
    "Cost in USD at which no more requests are sent in the period, as a decimal above 0.",
  ),
  period: described(
    field.choice(["hour", "day", "week", "month"]),
    "How long the cost is added up before it starts again.",
  ),
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
    id: described(field.id(), "Name of the provider in rules, logs and metrics; unique."),
    name: described(derived(z.string().min(1).max(128), "id"), "Name of the provider for people."),
    type: described(
      field.choice(PROVIDER_TYPE_NAMES),
      "Wire dialect of the provider; decides the default of `endpoint` and how a key is sent.",
    ),
    enabled: described(
      z.boolean().default(true),
      "Whether requests are sent to it; a disabled provider counts neither for redundancy nor for coverage.",
    ),
    endpoint: described(
      derived(endpoint, "type"),
      "Base URL of the API: https, or http for private hosts, without user info, query and fragment; by type where it is left out.",
    ),
    allow_insecure: described(
      drain(z.boolean().default(false)),
      "Whether http to a public host is permitted, with a warning.",
    ),
    api_version: described(
      drain(derived(lexicalText().nullable(), "type")),
      "Version of the API that is asked for; by type where it is left out; null asks for none.",
    ),
    auth: described(
      drain(authConfig.meta({ "x-derived": "type, where it needs none" })),
      "How the gateway proves itself to the provider.",
    ),
    models: described(
      field.keyedList(modelConfig, { key: "id" }).default([]),
      "Models that the provider is asked for; at least one, unless it is disabled or `discover_models` is on.",
    ),
    discover_models: described(
      z.boolean().default(false),
      "Whether the provider is asked for the list of its models.",
    ),
    weight: described(
      z.number().min(0).max(10_000).default(1),
      "Share of the requests beside other deployments; 0 gets no new ones.",
    ),
    priority: described(int(0, 1_000).default(0), "Failover tier, lowest first."),
    region: described(orNull(z.string()), "Where the provider lies, for filters; null is unknown."),
    tags: described(labels(64).default({}), "Labels for filters, text to text."),
    headers: described(
      upstreamHeaders,
      "Headers that are added to every request, by name; neither hop-by-hop headers nor the one of the credential.",
    ),
    rate_limits: described(rateLimits, "What the provider allows us; routing stays below it."),
    budget: described(orNull(budget), "What may be spent on the provider; null is no limit."),
    connection_pool: described(drain(connectionPool), "Connections that are kept to the provider."),
    proxy: described(
      drain(
        orNull(
          z.strictObject({
            url: described(
              field.secret({ check: checkProxyUrl }),
              "URL of the proxy, http, https or socks5, with its credentials.",
            ),
          }),
        ),
      ),
      "Proxy that the provider is reached through; null is none.",
    ),
    timeouts: described(
      timeoutsOverlay,
      "Limits of time that differ from `resilience.timeouts`; what is absent is inherited.",
    ),
    retry_policy: described(
      retryPolicyOverlay,
      "Retries that differ from `resilience.retry_policy`; what is absent is inherited.",
    ),
    circuit_breaker: described(
      circuitBreakerOverlay,
      "Circuit breaking that differs from `resilience.circuit_breaker`; what is absent is inherited.",
    ),
    health_check: described(
      healthCheckOverlay,
      "Health checks that differ from `resilience.health_check`; what is absent is inherited.",
    ),
    data_policy: described(dataPolicy, "What the provider may do with requests, by its contract."),
    metadata: described(
      z.record(z.string(), field.json()).default({}),
      "Free values about the provider; never looked at by the gateway.",
    ),
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

function checkBareUrl(text: string): string | undefined {
  const { username, password } = new URL(text);
  const isBare = username === "" && password === "" && !/[?#]/.test(text);
  return isBare ? undefined : "must not have user info, a query or a fragment";
}

function checkProxyUrl(material: string): string | undefined {
  const isProxy = URL.canParse(material) && /^(https?|socks5):\/\//i.test(material);
  return isProxy ? undefined : "is not an http, https or socks5 URL";
}
