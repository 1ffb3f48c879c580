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

/** Exactly one of `token` and `auth`. */
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
  cache_ttl: field.duration({ min: "1ms" }).prefault("5m"),
  enable_rotation: z.boolean().default(true),
  rotation_interval: orNull(field.duration({ min: "10s" })),
  request_timeout: field.duration({ min: "1ms" }).prefault("10s"),
  max_concurrency: int(1, 256).default(16),
  negative_ttl: field.duration().prefault("10s"),
  stale_if_error: field.duration().prefault("1h"),
};

/** Where a pod finds the token of its service account. */
const SERVICE_ACCOUNT_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token";

const vaultAuth: z.ZodType<VaultAuth> = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("app_role"),
    role_id: field.text(),
    secret_id: field.secret(),
    mount: field.text().prefault("approle"),
  }),
  z.strictObject({
    type: z.literal("kubernetes"),
    role: field.text(),
    token_path: field.text().prefault(SERVICE_ACCOUNT_TOKEN),
    mount: field.text().prefault("kubernetes"),
  }),
  z.strictObject({
    type: z.literal("jwt"),
    role: field.text(),
    jwt: field.secret(),
    mount: field.text().prefault("jwt"),
  }),
]);

/** `secrets` of the configuration. */
export const secretsConfig: z.ZodType<SecretsConfig> = z.discriminatedUnion("backend", [
  z.strictObject({
    ...caching,
    backend: z.literal("vault"),
    address: field.url(),
    mount_path: field.text(),
    token: orNull(field.secret()),
    namespace: orNull(field.text()),
    kv_version: z.literal([1, 2]).default(2),
    auth: orNull(vaultAuth),
    ca_cert_path: orNull(field.material()),
  }),
  z.strictObject({
    ...caching,
    backend: z.literal("aws_secrets_manager"),
    region: field.text(),
    role_arn: orNull(field.text()),
    endpoint: orNull(field.url()),
  }),
  z.strictObject({
    ...caching,
    backend: z.literal("gcp_secret_manager"),
    project_id: field.text(),
    credentials_path: orNull(field.material()),
  }),
  z.strictObject({
    ...caching,
    backend: z.literal("azure_key_vault"),
    vault_url: field.url(),
    tenant_id: field.text(),
    client_id: field.text(),
    client_secret: orNull(field.secret()),
  }),
  z.strictObject({
    ...caching,
    backend: z.literal("environment"),
    prefix: orNull(z.string()),
  }),
  z.strictObject({ ...caching, backend: z.literal("llmcfg") }),
]);
