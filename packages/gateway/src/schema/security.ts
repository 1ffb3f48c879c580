import { field, type SecretRef, type Text } from "@llmcfg/config";
import * as z from "zod";
import {
  checkHeaderSafe,
  derived,
  described,
  drain,
  headerName,
  httpMethod,
  labels,
  orNull,
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
  id: described(
    derived(z.string().min(1), "position"),
    "Name of the key in records and in routing conditions; `key-1`, `key-2`… by position where it is left out.",
  ),
  key: described(
    field.secret({ check: checkHeaderSafe }),
    "What callers present: not empty, without white space; only a keyed digest of it is kept in memory.",
  ),
  description: described(
    orNull(z.string()),
    "Whom or what the key is for, as free text; null is unsaid.",
  ),
  expires_at: described(
    orNull(field.time()),
    "From when on the key is refused (RFC 3339); null is never.",
  ),
  metadata: described(labels().default({}), "Free labels, text to text, that go with the caller."),
});

const authenticationProvider: z.ZodType<AuthenticationProvider> = z.discriminatedUnion("type", [
  z.strictObject({
    type: described(z.literal("api_key"), "Callers present one of the keys that are listed here."),
    name: described(z.string().min(1), "Name of the provider; unique."),
    keys: described(
      field.keyedList(apiKey, { key: "id" }).default([]),
      "Keys that callers may present.",
    ),
  }),
  z.strictObject({
    type: described(
      tag("oauth2", ["o_auth2"]),
      "Callers present an access token that an OpenID provider has signed.",
    ),
    name: described(z.string().min(1), "Name of the provider; unique."),
    issuer: described(field.url({ schemes: ["https"] }), "What `iss` of a token has to be, https."),
    audience: described(field.text(), "What `aud` of a token has to contain."),
    jwks_uri: described(
      field.url({ schemes: ["https"] }),
      "URL of the keys that tokens are signed with, https.",
    ),
  }),
  z.strictObject({
    type: described(z.literal("jwt"), "Callers present a JWT that is checked with one key."),
    name: described(z.string().min(1), "Name of the provider; unique."),
    secret: described(
      field.secret(),
      "Shared secret of HS algorithms, of 32 bytes at least; public key as PEM of the others.",
    ),
    algorithm: described(field.choice(JWT_ALGORITHMS), "The one algorithm that is accepted."),
  }),
]);

const authenticationConfig: z.ZodType<AuthenticationConfig> = field.section(
  z.strictObject({
    enabled: described(z.boolean().default(true), "Whether callers have to say who they are."),
    providers: described(
      field.keyedList(authenticationProvider, { key: "name" }).default([]),
      "Who vouches for callers, all of these; the first that knows a caller decides.",
    ),
    default_provider: described(
      orNull(z.string()),
      "Name of the provider that is asked first; null keeps the order of the list.",
    ),
    api_key_header: described(
      headerName().default("X-API-Key"),
      "Header that API keys are presented in.",
    ),
    bearer_token_header: described(
      headerName().default("Authorization"),
      "Header that tokens, and API keys too, are presented in after `Bearer `.",
    ),
  }),
);

const accessPolicy: z.ZodType<AccessPolicy> = z.strictObject({
  id: described(z.string().min(1), "Name of the policy in records; unique."),
  name: described(z.string().min(1), "Name of the policy for people."),
  subjects: described(z.array(z.string()), "Whom it is about: ids of users, roles, groups."),
  resources: described(z.array(z.string()), "What it is about: models, providers, endpoints."),
  actions: described(
    z.array(field.choice(["read", "write", "execute"])),
    "What is done with them.",
  ),
  effect: described(
    field.choice(["allow", "deny"]),
    "Whether that is allowed or denied; a denial wins.",
  ),
});

const authorizationConfig: z.ZodType<AuthorizationConfig> = z.strictObject({
  enabled: described(z.boolean().default(true), "Whether the policies are applied."),
  policies: described(
    field.keyedList(accessPolicy, { key: "id" }),
    "The policies; what none of them allows is denied.",
  ),
});

const requestMatcher: z.ZodType<RequestMatcher> = z.discriminatedUnion("type", [
  z.strictObject({
    type: described(z.literal("header"), "Requests with this header."),
    name: described(headerName(), "Name of the header, in any case."),
    value: described(z.string(), "What the header has to be."),
  }),
  z.strictObject({
    type: described(z.literal("path"), "Requests of this path."),
    pattern: described(field.glob("path"), "Glob of the path: `*` stops at `/`, `**` does not."),
  }),
  z.strictObject({
    type: described(z.literal("method"), "Requests of this method."),
    method: described(httpMethod(), "The HTTP method, in capitals."),
  }),
]);

const customRateLimit: z.ZodType<CustomRateLimit> = z.strictObject({
  id: described(z.string().min(1), "Name of the rule in records; unique."),
  matcher: described(requestMatcher, "Requests that the limit holds for."),
  limit: described(rateLimitRule, "What these requests may amount to together."),
});

const GLOBAL_LIMIT = {
  requests_per_minute: 1_000,
  requests_per_hour: 50_000,
  requests_per_day: null,
  burst: 100,
} as const;

const rateLimitingConfig: z.ZodType<RateLimitingConfig> = field.section(
  z.strictObject({
    enabled: described(z.boolean().default(true), "Whether any of these limits is applied."),
    backend: described(
      drain(field.choice(["memory", "redis"]).prefault("memory")),
      "Where requests are counted: in each process (`memory`), or for all of them in `redis`.",
    ),
    redis: described(
      drain(orNull(redisConfig)),
      "Connection for the backend `redis`; null takes that of `routing.cache.redis`.",
    ),
    global: described(
      rateLimitRule.nullable().default(GLOBAL_LIMIT),
      "Limit of all callers together; null is none.",
    ),
    per_user: described(orNull(rateLimitRule), "Limit of each user; null is none."),
    per_tenant: described(orNull(rateLimitRule), "Limit of each tenant; null is none."),
    custom_rules: described(
      field.keyedList(customRateLimit, { key: "id" }).default([]),
      "Limits of requests that match, beside the others.",
    ),
  }),
);

const tlsConfig: z.ZodType<TlsConfig> = z.strictObject({
  min_version: described(
    field
      .choice(["tls12", "tls13"], {
        "1.2": "tls12",
        "tls1.2": "tls12",
        "1.3": "tls13",
        "tls1.3": "tls13",
      })
      .meta({ "x-lexical": true }),
    "Oldest version of TLS that is spoken: `tls12` (also `1.2`) or `tls13` (also `1.3`).",
  ),
  cipher_suites: described(
    z.array(z.string()).default([]),
    "Names of the cipher suites that are offered; empty is a secure set.",
  ),
  client_auth: described(
    z.boolean().default(false),
    "Whether clients have to present a certificate; needs `client_ca_cert_path`.",
  ),
  client_ca_cert_path: described(
    orNull(field.material({ check: checkCertificate })),
    "Authorities that client certificates are checked with, PEM: a path, which is watched, or a reference to the content; null is none.",
  ),
});

const filterAction = field.choice(["log", "redact", "reject"]);

const contentFiltering: z.ZodType<ContentFiltering> = z.strictObject({
  detect_pii: described(z.boolean(), "Whether personal data is looked for in content."),
  pii_action: described(filterAction, "What becomes of content with personal data."),
  detect_toxicity: described(z.boolean(), "Whether toxic content is looked for."),
  toxicity_threshold: described(share(), "Score from 0 to 1 from which on content is toxic."),
  toxicity_action: described(filterAction, "What becomes of toxic content."),
});

/** `security` of the configuration. */
export const securityConfig: z.ZodType<SecurityConfig> = field.section(
  z.strictObject({
    authentication: described(authenticationConfig, "How callers say who they are."),
    authorization: described(
      orNull(authorizationConfig),
      "What callers may do; null allows everything.",
    ),
    rate_limiting: described(rateLimitingConfig, "How many requests callers may make."),
    tls: described(
      drain(orNull(tlsConfig)),
      "How the listener speaks TLS where `server.tls_enabled` is true; null is the secure default.",
    ),
    validate_requests: described(
      z.boolean().default(true),
      "Whether bodies of requests are checked before they are sent on.",
    ),
    content_filtering: described(
      orNull(contentFiltering),
      "What is looked for in content, and what is done about it; null looks for nothing.",
    ),
  }),
);
