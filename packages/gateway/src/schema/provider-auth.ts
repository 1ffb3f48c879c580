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
    type: z.literal("api_key").describe("An API key in a header or in the query."),
    key: field
      .secret({ check: checkHeaderSafe })
      .describe("The API key: not empty, without white space."),
    header: derived(headerName().nullable(), "type of the provider").describe(
      "Header that carries the key; by provider type; null where it goes into `query_param`.",
    ),
    prefix: derived(z.string(), "header").describe(
      "Text before the key in the header: `Bearer ` for `Authorization`, else nothing.",
    ),
    query_param: orNull(z.string().min(1)).describe(
      "Parameter of the query that carries the key; null sends it in the header.",
    ),
  }),
  z.strictObject({
    type: z.literal("bearer").describe("A token in `Authorization`, after `Bearer `."),
    token: field
      .secret({ check: checkHeaderSafe })
      .describe("The token: not empty, without white space."),
  }),
  z.strictObject({
    type: tag("oauth2", ["o_auth2"]).describe(
      "A token of the client credentials grant of OAuth 2.0.",
    ),
    token_url: field.url({ schemes: ["https"] }).describe("URL that tokens are asked of, https."),
    client_id: field.text().describe("Id that the gateway is registered under."),
    client_secret: field.secret().describe("Secret that belongs to the id."),
    scopes: z
      .array(z.string())
      .default([])
      .describe("Scopes that are asked for; empty asks for none."),
    audience: orNull(field.text()).describe("Audience that is asked for; null asks for none."),
    refresh_skew: field
      .duration()
      .prefault("60s")
      .describe("How long before its end a token is renewed."),
  }),
  z.strictObject({
    type: z
      .literal("aws_sigv4")
      .describe(
        "Requests signed with AWS Signature Version 4; without keys by the default credential chain.",
      ),
    region: field
      .text()
      .describe(
        "AWS region that is signed for; text without references becomes part of the default endpoint.",
      ),
    service: z.string().default("bedrock").describe("AWS service that is signed for."),
    access_key_id: orNull(field.secret()).describe(
      "Id of the access key; null with `secret_access_key` is the default credential chain.",
    ),
    secret_access_key: orNull(field.secret()).describe(
      "Secret of the access key; null with `access_key_id` is the default credential chain.",
    ),
    session_token: orNull(field.secret()).describe(
      "Token of temporary credentials; null for permanent ones.",
    ),
    profile: orNull(field.text()).describe(
      "Profile of the shared credential files; null is the default one.",
    ),
    role_arn: orNull(field.text()).describe(
      "ARN of the role that is assumed before signing; null assumes none.",
    ),
    external_id: orNull(field.text()).describe(
      "External id that is given when the role is assumed; null is none.",
    ),
  }),
  z.strictObject({
    type: z
      .literal("gcp")
      .describe("Google Cloud credentials; without any the application default credentials."),
    project_id: field.text().describe("Google Cloud project that is asked and billed."),
    location: field
      .text()
      .describe("Google Cloud location of the models; `global` uses the host without prefix."),
    credentials: orNull(field.material()).describe(
      "Credentials as JSON: a path, or a reference to the content; null is the application default credentials.",
    ),
    impersonate_service_account: orNull(field.text()).describe(
      "Service account that is acted as; null is none.",
    ),
  }),
  z.strictObject({
    type: z
      .literal("azure_ad")
      .describe("A token of Microsoft Entra ID, by a client secret or a managed identity."),
    tenant_id: field.text().describe("Tenant that the application is registered in."),
    client_id: field.text().describe("Id of the application, or of the managed identity."),
    client_secret: orNull(field.secret()).describe(
      "Secret of the application; null where `managed_identity` is true.",
    ),
    managed_identity: z
      .boolean()
      .default(false)
      .describe("Whether the identity of the machine is used in place of a secret."),
    scope: field
      .text()
      .prefault("https://cognitiveservices.azure.com/.default")
      .describe("Scope that tokens are asked for."),
  }),
  z.strictObject({
    type: z.literal("custom_headers").describe("Credentials in headers of one's own choice."),
    headers: z
      .record(headerName(), field.secret({ check: checkHeaderSafe }))
      .refine((headers) => Object.keys(headers).length > 0, "needs at least one header")
      .describe("Values by name of header; at least one."),
  }),
  z.strictObject({
    type: z.literal("none").describe("No credential at all: for providers on one's own machines."),
  }),
]);
