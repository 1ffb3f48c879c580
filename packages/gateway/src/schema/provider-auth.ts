import { type Duration, field, type SecretRef, type Text } from "@llmcfg/config";
import * as z from "zod";
import { checkHeaderSafe, derived, headerName, orNull, tag } from "./fields.ts";

/** How the gateway proves itself to a provider. */
export type AuthConfig =
  | ApiKeyAuth
  | { readonly type: "bearer"; readonly token: SecretRef }
  | OAuth2Auth
  | AwsSigV4Auth
  | GcpAuth
  | AzureAdAuth
  | { readonly type: "custom_headers"; readonly headers: Readonly<Record<string, SecretRef>> }
  | { readonly type: "none" };

export interface ApiKeyAuth {
  readonly type: "api_key";
  readonly key: SecretRef;
  /** By provider type; `null` where the key goes into `query_param`. */
  readonly header: string | null;
  /** Stands before the key in the header. */
  readonly prefix: string;
  readonly query_param: string | null;
}

export interface OAuth2Auth {
  readonly type: "oauth2";
  readonly token_url: Text;
  readonly client_id: Text;
  readonly client_secret: SecretRef;
  readonly scopes: readonly string[];
  readonly audience: Text | null;
  /** How long before its end a token is renewed. */
  readonly refresh_skew: Duration;
}

/** Without keys: the default credential chain. */
export interface AwsSigV4Auth {
  readonly type: "aws_sigv4";
  readonly region: Text;
  readonly service: string;
  readonly access_key_id: SecretRef | null;
  readonly secret_access_key: SecretRef | null;
  readonly session_token: SecretRef | null;
  readonly profile: Text | null;
  readonly role_arn: Text | null;
  readonly external_id: Text | null;
}

/** Without credentials: the application default credentials. */
export interface GcpAuth {
  readonly type: "gcp";
  readonly project_id: Text;
  readonly location: Text;
  readonly credentials: SecretRef | null;
  readonly impersonate_service_account: Text | null;
}

export interface AzureAdAuth {
  readonly type: "azure_ad";
  readonly tenant_id: Text;
  readonly client_id: Text;
  readonly client_secret: SecretRef | null;
  readonly managed_identity: boolean;
  readonly scope: Text;
}

/** `providers[].auth` of the configuration. */
export const authConfig: z.ZodType<AuthConfig> = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("api_key"),
    key: field.secret({ check: checkHeaderSafe }),
    header: derived(headerName().nullable(), "type of the provider"),
    prefix: derived(z.string(), "header"),
    query_param: orNull(z.string().min(1)),
  }),
  z.strictObject({
    type: z.literal("bearer"),
    token: field.secret({ check: checkHeaderSafe }),
  }),
  z.strictObject({
    type: tag("oauth2", ["o_auth2"]),
    token_url: field.url({ schemes: ["https"] }),
    client_id: field.text(),
    client_secret: field.secret(),
    scopes: z.array(z.string()).default([]),
    audience: orNull(field.text()),
    refresh_skew: field.duration().prefault("60s"),
  }),
  z.strictObject({
    type: z.literal("aws_sigv4"),
    region: field.text(),
    service: z.string().default("bedrock"),
    access_key_id: orNull(field.secret()),
    secret_access_key: orNull(field.secret()),
    session_token: orNull(field.secret()),
    profile: orNull(field.text()),
    role_arn: orNull(field.text()),
    external_id: orNull(field.text()),
  }),
  z.strictObject({
    type: z.literal("gcp"),
    project_id: field.text(),
    location: field.text(),
    credentials: orNull(field.material()),
    impersonate_service_account: orNull(field.text()),
  }),
  z.strictObject({
    type: z.literal("azure_ad"),
    tenant_id: field.text(),
    client_id: field.text(),
    client_secret: orNull(field.secret()),
    managed_identity: z.boolean().default(false),
    scope: field.text().prefault("https://cognitiveservices.azure.com/.default"),
  }),
  z.strictObject({
    type: z.literal("custom_headers"),
    headers: z
      .record(headerName(), field.secret({ check: checkHeaderSafe }))
      .refine((headers) => Object.keys(headers).length > 0, "needs at least one header"),
  }),
  z.strictObject({ type: z.literal("none") }),
]);
