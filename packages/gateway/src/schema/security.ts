import { field, type SecretRef, type Text } from "@llmcfg/config";
import * as z from "zod";
import {
  checkHeaderSafe,
  derived,
  drain,
  headerName,
  labels,
  orNull,
  section,
  share,
  tag,
} from "./fields.ts";
import { type RateLimitRule, rateLimitRule } from "./rate-limits.ts";
import { type RedisConfig, redisConfig } from "./redis.ts";
import { checkCertificate } from "./server.ts";

export interface SecurityConfig {
  readonly authentication: AuthenticationConfig;
  readonly authorization: AuthorizationConfig | null;
  readonly rate_limiting: RateLimitingConfig;
  readonly tls: TlsConfig | null;
  readonly validate_requests: boolean;
  readonly content_filtering: ContentFiltering | null;
}

export interface AuthenticationConfig {
  readonly enabled: boolean;
  readonly providers: readonly AuthenticationProvider[];
  readonly default_provider: string | null;
  readonly api_key_header: string;
  /** API keys are accepted here too, after `Bearer `. */
  readonly bearer_token_header: string;
}

/** Who vouches for a caller. */
export type AuthenticationProvider =
  | { readonly type: "api_key"; readonly name: string; readonly keys: readonly ApiKey[] }
  | {
      readonly type: "oauth2";
      readonly name: string;
      readonly issuer: Text;
      readonly audience: Text;
      readonly jwks_uri: Text;
    }
  | {
      readonly type: "jwt";
      readonly name: string;
      readonly secret: SecretRef;
      readonly algorithm: JwtAlgorithm;
    };

export interface ApiKey {
  readonly id: string;
  readonly key: SecretRef;
  readonly description: string | null;
  readonly expires_at: string | null;
  readonly metadata: Readonly<Record<string, string>>;
}

/** `none` is not among them. */
const JWT_ALGORITHMS = [
  "HS256",
  "HS384",
  "HS512",
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
] as const;

export type JwtAlgorithm = (typeof JWT_ALGORITHMS)[number];

export interface AuthorizationConfig {
  readonly enabled: boolean;
  /** Deny wins. */
  readonly policies: readonly AccessPolicy[];
}

export interface AccessPolicy {
  readonly id: string;
  readonly name: string;
  /** User ids, roles, groups. */
  readonly subjects: readonly string[];
  /** Models, providers, endpoints. */
  readonly resources: readonly string[];
  readonly actions: readonly ("read" | "write" | "execute")[];
  readonly effect: "allow" | "deny";
}

export interface RateLimitingConfig {
  readonly enabled: boolean;
  readonly backend: "memory" | "redis";
  readonly redis: RedisConfig | null;
  readonly global: RateLimitRule | null;
  readonly per_user: RateLimitRule | null;
  readonly per_tenant: RateLimitRule | null;
  readonly custom_rules: readonly CustomRateLimit[];
}

export interface CustomRateLimit {
  readonly id: string;
  readonly matcher: RequestMatcher;
  readonly limit: RateLimitRule;
}

export type RequestMatcher =
  | { readonly type: "header"; readonly name: string; readonly value: string }
  | { readonly type: "path"; readonly pattern: string }
  | { readonly type: "method"; readonly method: string };

export interface TlsConfig {
  readonly min_version: "tls12" | "tls13";
  /** Empty is a secure set. */
  readonly cipher_suites: readonly string[];
  readonly client_auth: boolean;
  readonly client_ca_cert_path: SecretRef | null;
}

export interface ContentFiltering {
  readonly detect_pii: boolean;
  readonly pii_action: FilterAction;
  readonly detect_toxicity: boolean;
  readonly toxicity_threshold: number;
  readonly toxicity_action: FilterAction;
}

export type FilterAction = "log" | "redact" | "reject";

const apiKey: z.ZodType<ApiKey> = z.strictObject({
  id: derived(z.string().min(1), "position"),
  key: field.secret({ check: checkHeaderSafe }),
  description: orNull(z.string()),
  expires_at: orNull(field.time()),
  metadata: labels().default({}),
});

const authenticationProvider: z.ZodType<AuthenticationProvider> = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("api_key"),
    name: z.string().min(1),
    keys: field.keyedList(apiKey, { key: "id" }).default([]),
  }),
  z.strictObject({
    type: tag("oauth2", ["o_auth2"]),
    name: z.string().min(1),
    issuer: field.url({ schemes: ["https"] }),
    audience: field.text(),
    jwks_uri: field.url({ schemes: ["https"] }),
  }),
  z.strictObject({
    type: z.literal("jwt"),
    name: z.string().min(1),
    secret: field.secret(),
    algorithm: field.choice(JWT_ALGORITHMS),
  }),
]);

const authenticationConfig: z.ZodType<AuthenticationConfig> = section(
  z.strictObject({
    enabled: z.boolean().default(true),
    providers: field.keyedList(authenticationProvider, { key: "name" }).default([]),
    default_provider: orNull(z.string()),
    api_key_header: headerName().default("X-API-Key"),
    bearer_token_header: headerName().default("Authorization"),
  }),
);

const accessPolicy: z.ZodType<AccessPolicy> = z.strictObject({
  id: z.string().min(1),
  name: z.string().min(1),
  subjects: z.array(z.string()),
  resources: z.array(z.string()),
  actions: z.array(field.choice(["read", "write", "execute"])),
  effect: field.choice(["allow", "deny"]),
});

const authorizationConfig: z.ZodType<AuthorizationConfig> = z.strictObject({
  enabled: z.boolean().default(true),
  policies: field.keyedList(accessPolicy, { key: "id" }),
});

const requestMatcher: z.ZodType<RequestMatcher> = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("header"), name: headerName(), value: z.string() }),
  z.strictObject({ type: z.literal("path"), pattern: field.glob("path") }),
  z.strictObject({ type: z.literal("method"), method: z.string() }),
]);

const customRateLimit: z.ZodType<CustomRateLimit> = z.strictObject({
  id: z.string().min(1),
  matcher: requestMatcher,
  limit: rateLimitRule,
});

const GLOBAL_LIMIT = {
  requests_per_minute: 1_000,
  requests_per_hour: 50_000,
  requests_per_day: null,
  burst: 100,
} as const;

const rateLimitingConfig: z.ZodType<RateLimitingConfig> = section(
  z.strictObject({
    enabled: z.boolean().default(true),
    backend: drain(field.choice(["memory", "redis"]).prefault("memory")),
    redis: drain(orNull(redisConfig)),
    global: rateLimitRule.nullable().default(GLOBAL_LIMIT),
    per_user: orNull(rateLimitRule),
    per_tenant: orNull(rateLimitRule),
    custom_rules: field.keyedList(customRateLimit, { key: "id" }).default([]),
  }),
);

const tlsConfig: z.ZodType<TlsConfig> = z.strictObject({
  min_version: field
    .choice(["tls12", "tls13"], {
      "1.2": "tls12",
      "tls1.2": "tls12",
      "1.3": "tls13",
      "tls1.3": "tls13",
    })
    .meta({ "x-lexical": true }),
  cipher_suites: z.array(z.string()).default([]),
  client_auth: z.boolean().default(false),
  client_ca_cert_path: orNull(field.material({ check: checkCertificate })),
});

const filterAction = field.choice(["log", "redact", "reject"]);

const contentFiltering: z.ZodType<ContentFiltering> = z.strictObject({
  detect_pii: z.boolean(),
  pii_action: filterAction,
  detect_toxicity: z.boolean(),
  toxicity_threshold: share(),
  toxicity_action: filterAction,
});

/** `security` of the configuration. */
export const securityConfig: z.ZodType<SecurityConfig> = section(
  z.strictObject({
    authentication: authenticationConfig,
    authorization: orNull(authorizationConfig),
    rate_limiting: rateLimitingConfig,
    tls: drain(orNull(tlsConfig)),
    validate_requests: z.boolean().default(true),
    content_filtering: orNull(contentFiltering),
  }),
);
