import { field, type SecretRef, type Text } from "@llmcfg/config";
import * as z from "zod";
import {
  checkHeaderSafe,
  derived,
  drain,
  headerName,
  httpMethod,
  labels,
  orNull,
  section,
  share,
  tag,
} from "./fields.ts";
import { type RateLimitRule, rateLimitRule } from "./rate-limits.ts";
import { type RedisConfig, redisConfig } from "./redis.ts";
import { checkCertificate } from "./server.ts";

/** TLS, callers, their rights and limits, and what content may pass. */
export interface SecurityConfig {
  readonly authentication: AuthenticationConfig;
  readonly authorization: AuthorizationConfig | null;
  readonly rate_limiting: RateLimitingConfig;
  readonly tls: TlsConfig | null;
  readonly validate_requests: boolean;
  readonly content_filtering: ContentFiltering | null;
}

/** How callers are told apart, and in which headers they show who they are. */
export interface AuthenticationConfig {
  readonly enabled: boolean;
  readonly providers: readonly AuthenticationProvider[];
  readonly default_provider: string | null;
  readonly api_key_header: string;
  /** API keys are accepted here too, after `Bearer `. */
  readonly bearer_token_header: string;
}

/** One way to know callers: keys of one's own, an OAuth 2 issuer, or tokens signed with a shared secret. */
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

/** A key by which callers are known. */
export interface ApiKey {
  readonly id: string;
  readonly key: SecretRef;
  readonly description: string | null;
  /** RFC 3339; from then on the key counts as unknown. */
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

/** The algorithms that tokens may be signed with. */
export type JwtAlgorithm = (typeof JWT_ALGORITHMS)[number];

/** What callers may do, once it is known who they are. */
export interface AuthorizationConfig {
  readonly enabled: boolean;
  /** Deny wins. */
  readonly policies: readonly AccessPolicy[];
}

/** Allows or denies subjects some actions on some resources. */
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

/** How much callers may ask for in a span of time. */
export interface RateLimitingConfig {
  readonly enabled: boolean;
  readonly backend: "memory" | "redis";
  readonly redis: RedisConfig | null;
  readonly global: RateLimitRule | null;
  readonly per_user: RateLimitRule | null;
  readonly per_tenant: RateLimitRule | null;
  readonly custom_rules: readonly CustomRateLimit[];
}

/** A limit of its own for the requests that `matcher` fits. */
export interface CustomRateLimit {
  readonly id: string;
  readonly matcher: RequestMatcher;
  readonly limit: RateLimitRule;
}

/** Fits requests by a header, by a glob of the path, or by the method. */
export type RequestMatcher =
  | { readonly type: "header"; readonly name: string; readonly value: string }
  | { readonly type: "path"; readonly pattern: string }
  | { readonly type: "method"; readonly method: string };

/** How connections are encrypted, and whether clients show certificates. */
export interface TlsConfig {
  readonly min_version: "tls12" | "tls13";
  /** Empty is a secure set. */
  readonly cipher_suites: readonly string[];
  readonly client_auth: boolean;
  readonly client_ca_cert_path: SecretRef | null;
}

/** What is looked for in requests and answers, and what then happens. */
export interface ContentFiltering {
  readonly detect_pii: boolean;
  readonly pii_action: FilterAction;
  readonly detect_toxicity: boolean;
  /** 0–1. */
  readonly toxicity_threshold: number;
  readonly toxicity_action: FilterAction;
}

/** What happens with content that was found. */
export type FilterAction = "log" | "redact" | "reject";

const apiKey: z.ZodType<ApiKey> = z.strictObject({
  id: derived(z.string().min(1), "position").describe(
    "Name of the key in records and in routing conditions; `key-1`, `key-2`… by position where it is left out.",
  ),
  key: field
    .secret({ check: checkHeaderSafe })
    .describe(
      "What callers present: not empty, without white space; only a keyed digest of it is kept in memory.",
    ),
  description: orNull(z.string()).describe(
    "Whom or what the key is for, as free text; null is unsaid.",
  ),
  expires_at: orNull(field.time()).describe(
    "From when on the key is refused (RFC 3339); null is never.",
  ),
  metadata: labels().default({}).describe("Free labels, text to text, that go with the caller."),
});

const authenticationProvider: z.ZodType<AuthenticationProvider> = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("api_key").describe("Callers present one of the keys that are listed here."),
    name: z.string().min(1).describe("Name of the provider; unique."),
    keys: field
      .keyedList(apiKey, { key: "id" })
      .default([])
      .describe("Keys that callers may present."),
  }),
  z.strictObject({
    type: tag("oauth2", ["o_auth2"]).describe(
      "Callers present an access token that an OpenID provider has signed.",
    ),
    name: z.string().min(1).describe("Name of the provider; unique."),
    issuer: field.url({ schemes: ["https"] }).describe("What `iss` of a token has to be, https."),
    audience: field.text().describe("What `aud` of a token has to contain."),
    jwks_uri: field
      .url({ schemes: ["https"] })
      .describe("URL of the keys that tokens are signed with, https."),
  }),
  z.strictObject({
    type: z.literal("jwt").describe("Callers present a JWT that is checked with one key."),
    name: z.string().min(1).describe("Name of the provider; unique."),
    secret: field
      .secret()
      .describe(
        "Shared secret of HS algorithms, of 32 bytes at least; public key as PEM of the others.",
      ),
    algorithm: field.choice(JWT_ALGORITHMS).describe("The one algorithm that is accepted."),
  }),
]);

const authenticationConfig: z.ZodType<AuthenticationConfig> = section(
  z.strictObject({
    enabled: z.boolean().default(true).describe("Whether callers have to say who they are."),
    providers: field
      .keyedList(authenticationProvider, { key: "name" })
      .default([])
      .describe("Who vouches for callers, all of these; the first that knows a caller decides."),
    default_provider: orNull(z.string()).describe(
      "Name of the provider that is asked first; null keeps the order of the list.",
    ),
    api_key_header: headerName()
      .default("X-API-Key")
      .describe("Header that API keys are presented in."),
    bearer_token_header: headerName()
      .default("Authorization")
      .describe("Header that tokens, and API keys too, are presented in after `Bearer `."),
  }),
);

const accessPolicy: z.ZodType<AccessPolicy> = z.strictObject({
  id: z.string().min(1).describe("Name of the policy in records; unique."),
  name: z.string().min(1).describe("Name of the policy for people."),
  subjects: z.array(z.string()).describe("Whom it is about: ids of users, roles, groups."),
  resources: z.array(z.string()).describe("What it is about: models, providers, endpoints."),
  actions: z.array(field.choice(["read", "write", "execute"])).describe("What is done with them."),
  effect: field
    .choice(["allow", "deny"])
    .describe("Whether that is allowed or denied; a denial wins."),
});

const authorizationConfig: z.ZodType<AuthorizationConfig> = z.strictObject({
  enabled: z.boolean().default(true).describe("Whether the policies are applied."),
  policies: field
    .keyedList(accessPolicy, { key: "id" })
    .describe("The policies; what none of them allows is denied."),
});

const requestMatcher: z.ZodType<RequestMatcher> = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("header").describe("Requests with this header."),
    name: headerName().describe("Name of the header, in any case."),
    value: z.string().describe("What the header has to be."),
  }),
  z.strictObject({
    type: z.literal("path").describe("Requests of this path."),
    pattern: field.glob("path").describe("Glob of the path: `*` stops at `/`, `**` does not."),
  }),
  z.strictObject({
    type: z.literal("method").describe("Requests of this method."),
    method: httpMethod().describe("The HTTP method, in capitals."),
  }),
]);

const customRateLimit: z.ZodType<CustomRateLimit> = z.strictObject({
  id: z.string().min(1).describe("Name of the rule in records; unique."),
  matcher: requestMatcher.describe("Requests that the limit holds for."),
  limit: rateLimitRule.describe("What these requests may amount to together."),
});

const GLOBAL_LIMIT = {
  requests_per_minute: 1_000,
  requests_per_hour: 50_000,
  requests_per_day: null,
  burst: 100,
} as const;

const rateLimitingConfig: z.ZodType<RateLimitingConfig> = section(
  z.strictObject({
    enabled: z.boolean().default(true).describe("Whether any of these limits is applied."),
    backend: drain(field.choice(["memory", "redis"]).prefault("memory")).describe(
      "Where requests are counted: in each process (`memory`), or for all of them in `redis`.",
    ),
    redis: drain(orNull(redisConfig)).describe(
      "Connection for the backend `redis`; null takes that of `routing.cache.redis`.",
    ),
    global: rateLimitRule
      .nullable()
      .default(GLOBAL_LIMIT)
      .describe("Limit of all callers together; null is none."),
    per_user: orNull(rateLimitRule).describe("Limit of each user; null is none."),
    per_tenant: orNull(rateLimitRule).describe("Limit of each tenant; null is none."),
    custom_rules: field
      .keyedList(customRateLimit, { key: "id" })
      .default([])
      .describe("Limits of requests that match, beside the others."),
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
    .meta({ "x-lexical": true })
    .describe(
      "Oldest version of TLS that is spoken: `tls12` (also `1.2`) or `tls13` (also `1.3`).",
    ),
  cipher_suites: z
    .array(z.string())
    .default([])
    .describe("Names of the cipher suites that are offered; empty is a secure set."),
  client_auth: z
    .boolean()
    .default(false)
    .describe("Whether clients have to present a certificate; needs `client_ca_cert_path`."),
  client_ca_cert_path: orNull(field.material({ check: checkCertificate })).describe(
    "Authorities that client certificates are checked with, PEM: a path, which is watched, or a reference to the content; null is none.",
  ),
});

const filterAction = field.choice(["log", "redact", "reject"]);

const contentFiltering: z.ZodType<ContentFiltering> = z.strictObject({
  detect_pii: z.boolean().describe("Whether personal data is looked for in content."),
  pii_action: filterAction.describe("What becomes of content with personal data."),
  detect_toxicity: z.boolean().describe("Whether toxic content is looked for."),
  toxicity_threshold: share().describe("Score from 0 to 1 from which on content is toxic."),
  toxicity_action: filterAction.describe("What becomes of toxic content."),
});

/** `security` of the configuration. */
export const securityConfig: z.ZodType<SecurityConfig> = section(
  z.strictObject({
    authentication: authenticationConfig.describe("How callers say who they are."),
    authorization: orNull(authorizationConfig).describe(
      "What callers may do; null allows everything.",
    ),
    rate_limiting: rateLimitingConfig.describe("How many requests callers may make."),
    tls: drain(orNull(tlsConfig)).describe(
      "How the listener speaks TLS where `server.tls_enabled` is true; null is the secure default.",
    ),
    validate_requests: z
      .boolean()
      .default(true)
      .describe("Whether bodies of requests are checked before they are sent on."),
    content_filtering: orNull(contentFiltering).describe(
      "What is looked for in content, and what is done about it; null looks for nothing.",
    ),
  }),
);
