import { type Duration, field, type SecretRef, type Text } from "@llmcfg/config";
import * as z from "zod";
import { described, int, orNull } from "./fields.ts";

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
  cache_ttl: described(
    field.duration({ min: "1ms" }).prefault("5m"),
    "How long a secret is used before it is read again.",
  ),
  enable_rotation: described(
    z.boolean().default(true),
    "Whether secrets are read again from time to time, so that a rotation is noticed by itself.",
  ),
  rotation_interval: described(
    orNull(field.duration({ min: "10s" })),
    "How often they are read again; null is `cache_ttl`.",
  ),
  request_timeout: described(
    field.duration({ min: "1ms" }).prefault("10s"),
    "Longest time of one request to the backend.",
  ),
  max_concurrency: described(
    int(1, 256).default(16),
    "Requests to the backend at the same time at most.",
  ),
  negative_ttl: described(
    field.duration().prefault("10s"),
    "How long it is remembered that a secret does not exist.",
  ),
  stale_if_error: described(
    field.duration().prefault("1h"),
    "How long a secret may still be used after its time while the backend is away.",
  ),
};

/** Where a pod finds the token of its service account. */
const SERVICE_ACCOUNT_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token";

const vaultAuth: z.ZodType<VaultAuth> = z.discriminatedUnion("type", [
  z.strictObject({
    type: described(z.literal("app_role"), "Login with a role id and a secret id."),
    role_id: described(field.text(), "Id of the role."),
    secret_id: described(field.secret(), "Secret id that belongs to the role."),
    mount: described(field.text().prefault("approle"), "Path that the method is mounted at."),
  }),
  z.strictObject({
    type: described(
      z.literal("kubernetes"),
      "Login with the token of the Kubernetes service account.",
    ),
    role: described(field.text(), "Role that is logged in to."),
    token_path: described(
      field.text().prefault(SERVICE_ACCOUNT_TOKEN),
      "File that has the token of the service account.",
    ),
    mount: described(field.text().prefault("kubernetes"), "Path that the method is mounted at."),
  }),
  z.strictObject({
    type: described(z.literal("jwt"), "Login with a JWT."),
    role: described(field.text(), "Role that is logged in to."),
    jwt: described(field.secret(), "JWT that is logged in with."),
    mount: described(field.text().prefault("jwt"), "Path that the method is mounted at."),
  }),
]);

/** `secrets` of the configuration. */
export const secretsConfig: z.ZodType<SecretsConfig> = z.discriminatedUnion("backend", [
  z.strictObject({
    ...caching,
    backend: described(z.literal("vault"), "HashiCorp Vault or OpenBao."),
    address: described(field.url(), "URL of the server."),
    mount_path: described(field.text(), "Path that the key-value engine is mounted at."),
    token: described(
      orNull(field.secret()),
      "Token that is used as it is; null where `auth` logs in.",
    ),
    namespace: described(orNull(field.text()), "Namespace that is asked in; null is the root."),
    kv_version: described(z.literal([1, 2]).default(2), "Version of the key-value engine."),
    auth: described(orNull(vaultAuth), "How a token is got; null where `token` is given."),
    ca_cert_path: described(
      orNull(field.material()),
      "Authorities that the server is checked with, PEM: a path, or a reference to the content; null is those of the system.",
    ),
  }),
  z.strictObject({
    ...caching,
    backend: described(z.literal("aws_secrets_manager"), "AWS Secrets Manager."),
    region: described(field.text(), "AWS region of the secrets."),
    role_arn: described(
      orNull(field.text()),
      "ARN of the role that is assumed; null assumes none.",
    ),
    endpoint: described(orNull(field.url()), "URL of the service; null is that of the region."),
  }),
  z.strictObject({
    ...caching,
    backend: described(z.literal("gcp_secret_manager"), "Google Cloud Secret Manager."),
    project_id: described(field.text(), "Google Cloud project of the secrets."),
    credentials_path: described(
      orNull(field.material()),
      "Credentials as JSON: a path, or a reference to the content; null is the application default credentials.",
    ),
  }),
  z.strictObject({
    ...caching,
    backend: described(z.literal("azure_key_vault"), "Azure Key Vault."),
    vault_url: described(field.url(), "URL of the vault."),
    tenant_id: described(field.text(), "Tenant that the application is registered in."),
    client_id: described(field.text(), "Id of the application."),
    client_secret: described(
      orNull(field.secret()),
      "Secret of the application; null is the managed or the workload identity.",
    ),
  }),
  z.strictObject({
    ...caching,
    backend: described(z.literal("environment"), "Variables of the environment."),
    prefix: described(orNull(z.string()), "Text before the name of every variable; null is none."),
  }),
  z.strictObject({
    ...caching,
    backend: described(
      z.literal("llmcfg"),
      "The control plane that the `llmcfg` source reads from.",
    ),
  }),
]);
