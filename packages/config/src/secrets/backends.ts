import type { SecretsBackend } from "./secrets-backend.ts";

/** The backends by their names; what a backend needs is loaded when it is configured. */
export const BACKENDS: ReadonlyMap<string, () => Promise<SecretsBackend>> = new Map([
  ["vault", async () => (await import("./vault/vault-secrets.ts")).vaultBackend],
  ["aws_secrets_manager", async () => (await import("./aws/aws-secrets.ts")).awsBackend],
  ["gcp_secret_manager", async () => (await import("./gcp/gcp-secrets.ts")).gcpBackend],
  ["azure_key_vault", async () => (await import("./azure/azure-secrets.ts")).azureBackend],
  ["environment", async () => (await import("./environment.ts")).environmentBackend],
]);
