import { type Duration, field, type SecretRef, type Text } from "@llmcfg/config";
import * as z from "zod";
import { int, orNull } from "./fields.ts";

/** Where `${secret:…}` leads, and how long what came from there is kept. */
export type SecretsConfig = SecretsCaching & SecretsBackend;

export interface SecretsCaching {
  readonly cache_ttl: Duration;
  readonly enable_rotation: boolean;
  /** `null` is `cache_ttl`. */
  readonly rotation_interval: Duration | null;
  readonly request_timeout: Duration;
  readonly max_concurrency: number;
  readonly negative_ttl: Duration;
  /** How long an expired value may still be used while the backend is away. */
  readonly stale_if_error: Duration;
}

/** Who answers for `${secret:…}`, and how it is reached. */
export type SecretsBackend =
  | VaultBackend
  | {
      readonly backend: "aws_secrets_manager";
      readonly region: Text;
      readonly role_arn: Text | null;
      readonly endpoint: Text | null;
    }
  | {
      readonly backend: "gcp_secret_manager";
      readonly project_id: Text;
      readonly credentials_path: SecretRef | null;
    }
  | {
      readonly backend: "azure_key_vault";
      readonly vault_url: Text;
      readonly tenant_id: Text;
      readonly client_id: Text;
      readonly client_secret: SecretRef | null;
    }
  | { readonly backend: "environment"; readonly prefix: string | null }
  | { readonly backend: "llmcfg" };

/** A key-value engine of Vault or OpenBao. Exactly one of `token` and `auth` is given. */
export interface VaultBackend {
  readonly backend: "vault";
  readonly address: Text;
  readonly mount_path: Text;
  readonly token: SecretRef | null;
  readonly namespace: Text | null;
  readonly kv_version: 1 | 2;
  readonly auth: VaultAuth | null;
  readonly ca_cert_path: SecretRef | null;
}

/** How Vault is logged in to where no token is given. */
export type VaultAuth =
  | {
      readonly type: "app_role";
      readonly role_id: Text;
      readonly secret_id: SecretRef;
      readonly mount: Text;
    }
  | {
      readonly type: "kubernetes";
      readonly role: Text;
      readonly token_path: Text;
      readonly mount: Text;
    }
  | {
      readonly type: "jwt";
      readonly role: Text;
      readonly jwt: SecretRef;
      readonly mount: Text;
    };

const caching = {
  cache_ttl: field
    .duration({ min: "1ms" })
    .prefault("5m")
    .describe("How long a secret is used before it is read again."),
  enable_rotation: z
    .boolean()
    .default(true)
    .describe(
      "Whether secrets are read again from time to time, so that a rotation is noticed by itself.",
    ),
  rotation_interval: orNull(field.duration({ min: "10s" })).describe(
    "How often they are read again; null is `cache_ttl`.",
  ),
  request_timeout: field
    .duration({ min: "1ms" })
    .prefault("10s")
    .describe("Longest time of one request to the backend."),
  max_concurrency: int(1, 256)
    .default(16)
    .describe("Requests to the backend at the same time at most."),
  negative_ttl: field
    .duration()
    .prefault("10s")
    .describe("How long it is remembered that a secret does not exist."),
  stale_if_error: field
    .duration()
    .prefault("1h")
    .describe("How long a secret may still be used after its time while the backend is away."),
};

/** Where a pod finds the token of its service account. */
const SERVICE_ACCOUNT_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token";

const vaultAuth: z.ZodType<VaultAuth> = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("app_role").describe("Login with a role id and a secret id."),
    role_id: field.text().describe("Id of the role."),
    secret_id: field.secret().describe("Secret id that belongs to the role."),
    mount: field.text().prefault("approle").describe("Path that the method is mounted at."),
  }),
  z.strictObject({
    type: z
      .literal("kubernetes")
      .describe("Login with the token of the Kubernetes service account."),
    role: field.text().describe("Role that is logged in to."),
    token_path: field
      .text()
      .prefault(SERVICE_ACCOUNT_TOKEN)
      .describe("File that has the token of the service account."),
    mount: field.text().prefault("kubernetes").describe("Path that the method is mounted at."),
  }),
  z.strictObject({
    type: z.literal("jwt").describe("Login with a JWT."),
    role: field.text().describe("Role that is logged in to."),
    jwt: field.secret().describe("JWT that is logged in with."),
    mount: field.text().prefault("jwt").describe("Path that the method is mounted at."),
  }),
]);

/** `secrets` of the configuration. */
export const secretsConfig: z.ZodType<SecretsConfig> = z.discriminatedUnion("backend", [
  z.strictObject({
    ...caching,
    backend: z.literal("vault").describe("HashiCorp Vault or OpenBao."),
    address: field.url().describe("URL of the server."),
    mount_path: field.text().describe("Path that the key-value engine is mounted at."),
    token: orNull(field.secret()).describe(
      "Token that is used as it is; null where `auth` logs in.",
    ),
    namespace: orNull(field.text()).describe("Namespace that is asked in; null is the root."),
    kv_version: z.literal([1, 2]).default(2).describe("Version of the key-value engine."),
    auth: orNull(vaultAuth).describe("How a token is got; null where `token` is given."),
    ca_cert_path: orNull(field.material()).describe(
      "Authorities that the server is checked with, PEM: a path, or a reference to the content; null is those of the system.",
    ),
  }),
  z.strictObject({
    ...caching,
    backend: z.literal("aws_secrets_manager").describe("AWS Secrets Manager."),
    region: field.text().describe("AWS region of the secrets."),
    role_arn: orNull(field.text()).describe("ARN of the role that is assumed; null assumes none."),
    endpoint: orNull(field.url()).describe("URL of the service; null is that of the region."),
  }),
  z.strictObject({
    ...caching,
    backend: z.literal("gcp_secret_manager").describe("Google Cloud Secret Manager."),
    project_id: field.text().describe("Google Cloud project of the secrets."),
    credentials_path: orNull(field.material()).describe(
      "Credentials as JSON: a path, or a reference to the content; null is the application default credentials.",
    ),
  }),
  z.strictObject({
    ...caching,
    backend: z.literal("azure_key_vault").describe("Azure Key Vault."),
    vault_url: field.url().describe("URL of the vault."),
    tenant_id: field.text().describe("Tenant that the application is registered in."),
    client_id: field.text().describe("Id of the application."),
    client_secret: orNull(field.secret()).describe(
      "Secret of the application; null is the managed or the workload identity.",
    ),
  }),
  z.strictObject({
    ...caching,
    backend: z.literal("environment").describe("Variables of the environment."),
    prefix: orNull(z.string()).describe("Text before the name of every variable; null is none."),
  }),
  z.strictObject({
    ...caching,
    backend: z.literal("llmcfg").describe("The control plane that the `llmcfg` source reads from."),
  }),
]);
