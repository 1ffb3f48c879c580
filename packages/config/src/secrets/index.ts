/**
 * Backends of secrets: `@llmcfg/config/secrets`.
 *
 * @module
 */

export { cached, type SecretCacheOptions } from "./cached.ts";
export { createSecretsManager } from "./create-secrets-manager.ts";
export { type EnvironmentSecretsOptions, environmentSecrets } from "./environment.ts";
export { createSecretMaterial, type SecretMaterialOptions } from "./secret-material.ts";
export type { SecretMaterial, SecretReadOptions, SecretsManager } from "./secrets-manager.ts";
