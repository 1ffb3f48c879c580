/**
 * Backends of secrets: `@llmcfg/config/secrets`.
 *
 * @module
 */

export { type AwsSecretsClient, type AwsSecretsOptions, awsSecrets } from "./aws/aws-secrets.ts";
export {
  type AzureSecretsClient,
  type AzureSecretsOptions,
  azureSecrets,
} from "./azure/azure-secrets.ts";
export { type CacheResult, cached, onCacheRequest, type SecretCacheOptions } from "./cached.ts";
export { createSecretsManager } from "./create-secrets-manager.ts";
export { type EnvironmentSecretsOptions, environmentSecrets } from "./environment.ts";
export {
  type GcpAccessedVersion,
  type GcpSecretsClient,
  type GcpSecretsOptions,
  gcpSecrets,
} from "./gcp/gcp-secrets.ts";
export { createSecretMaterial, type SecretMaterialOptions } from "./secret-material.ts";
export type { SecretMaterial, SecretReadOptions, SecretsManager } from "./secrets-manager.ts";
