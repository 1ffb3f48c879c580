import { type Duration, field, type SecretRef, type Text } from "@llmcfg/config";
import * as z from "zod";
import { checkHeaderSafe, derived, described, headerName, orNull, tag } from "./fields.ts";

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

/** A key in a header or in the query. */
export interface ApiKeyAuth {
  readonly type: "api_key";
  readonly key: SecretRef;
  /** By provider type; `null` where the key goes into `query_param`. */
  readonly header: string | null;
  /** Stands before the key in the header. */
  readonly prefix: string;
  readonly query_param: string | null;
}

/** A token of an OAuth 2 server, by client credentials. */
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

/** Requests signed for AWS; where no keys are given, with those of the default credential chain. */
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

/** A token of Google Cloud; where no credentials are given, of the application default credentials. */
export interface GcpAuth {
  readonly type: "gcp";
  readonly project_id: Text;
  readonly location: Text;
  readonly credentials: SecretRef | null;
  readonly impersonate_service_account: Text | null;
}

/** A token of Microsoft Entra ID, by client secret or, with `managed_identity`, by that of the machine. */
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
    type: described(z.literal("api_key"), "An API key in a header or in the query."),
    key: described(
      field.secret({ check: checkHeaderSafe }),
      "The API key: not empty, without white space.",
    ),
    header: described(
      derived(headerName().nullable(), "type of the provider"),
      "Header that carries the key; by provider type; null where it goes into `query_param`.",
    ),
    prefix: described(
      derived(z.string(), "header"),
      "Text before the key in the header: `Bearer ` for `Authorization`, else nothing.",
    ),
    query_param: described(
      orNull(z.string().min(1)),
      "Parameter of the query that carries the key; null sends it in the header.",
    ),
  }),
  z.strictObject({
    type: described(z.literal("bearer"), "A token in `Authorization`, after `Bearer `."),
    token: described(
      field.secret({ check: checkHeaderSafe }),
      "The token: not empty, without white space.",
    ),
  }),
  z.strictObject({
    type: described(
      tag("oauth2", ["o_auth2"]),
      "A token of the client credentials grant of OAuth 2.0.",
    ),
    token_url: described(field.url({ schemes: ["https"] }), "URL that tokens are asked of, https."),
    client_id: described(field.text(), "Id that the gateway is registered under."),
    client_secret: described(field.secret(), "Secret that belongs to the id."),
    scopes: described(
      z.array(z.string()).default([]),
      "Scopes that are asked for; empty asks for none.",
    ),
    audience: described(orNull(field.text()), "Audience that is asked for; null asks for none."),
    refresh_skew: described(
      field.duration().prefault("60s"),
      "How long before its end a token is renewed.",
    ),
  }),
  z.strictObject({
    type: described(
      z.literal("aws_sigv4"),
      "Requests signed with AWS Signature Version 4; without keys by the default credential chain.",
    ),
    region: described(
      field.text(),
      "AWS region that is signed for; text without references becomes part of the default endpoint.",
    ),
    service: described(z.string().default("bedrock"), "AWS service that is signed for."),
    access_key_id: described(
      orNull(field.secret()),
      "Id of the access key; null with `secret_access_key` is the default credential chain.",
    ),
    secret_access_key: described(
      orNull(field.secret()),
      "Secret of the access key; null with `access_key_id` is the default credential chain.",
    ),
    session_token: described(
      orNull(field.secret()),
      "Token of temporary credentials; null for permanent ones.",
    ),
    profile: described(
      orNull(field.text()),
      "Profile of the shared credential files; null is the default one.",
    ),
    role_arn: described(
      orNull(field.text()),
      "ARN of the role that is assumed before signing; null assumes none.",
    ),
    external_id: described(
      orNull(field.text()),
      "External id that is given when the role is assumed; null is none.",
    ),
  }),
  z.strictObject({
    type: described(
      z.literal("gcp"),
      "Google Cloud credentials; without any the application default credentials.",
    ),
    project_id: described(field.text(), "Google Cloud project that is asked and billed."),
    location: described(
      field.text(),
      "Google Cloud location of the models; `global` uses the host without prefix.",
    ),
    credentials: described(
      orNull(field.material()),
      "Credentials as JSON: a path, or a reference to the content; null is the application default credentials.",
    ),
    impersonate_service_account: described(
      orNull(field.text()),
      "Service account that is acted as; null is none.",
    ),
  }),
  z.strictObject({
    type: described(
      z.literal("azure_ad"),
      "A token of Microsoft Entra ID, by a client secret or a managed identity.",
    ),
    tenant_id: described(field.text(), "Tenant that the application is registered in."),
    client_id: described(field.text(), "Id of the application, or of the managed identity."),
    client_secret: described(
      orNull(field.secret()),
      "Secret of the application; null where `managed_identity` is true.",
    ),
    managed_identity: described(
      z.boolean().default(false),
      "Whether the identity of the machine is used in place of a secret.",
    ),
    scope: described(
      field.text().prefault("https://cognitiveservices.azure.com/.default"),
      "Scope that tokens are asked for.",
    ),
  }),
  z.strictObject({
    type: described(z.literal("custom_headers"), "Credentials in headers of one's own choice."),
    headers: described(
      z
        .record(headerName(), field.secret({ check: checkHeaderSafe }))
        .refine((headers) => Object.keys(headers).length > 0, "needs at least one header"),
      "Values by name of header; at least one.",
    ),
  }),
  z.strictObject({
    type: described(
      z.literal("none"),
      "No credential at all: for providers on one's own machines.",
    ),
  }),
]);
