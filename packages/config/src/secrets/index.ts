/**
 * Backends of secrets: `@llmcfg/config/secrets`.
 *
 * @module
 */

export { createSecretMaterial, type SecretMaterialOptions } from "./secret-material.ts";
export type { SecretMaterial, SecretReadOptions, SecretsManager } from "./secrets-manager.ts";
