import { ConfigError } from "../errors.ts";
import { processVariables, type Variables } from "../sources/process-variables.ts";
import { requireBackend } from "./block-fields.ts";
import { getEach } from "./get-each.ts";
import { memberOf } from "./member-of.ts";
import { createSecretMaterial } from "./secret-material.ts";
import type { SecretsBackend } from "./secrets-backend.ts";
import type { SecretMaterial, SecretReadOptions, SecretsManager } from "./secrets-manager.ts";

/** How the variables that hold secrets are named. */
export interface EnvironmentSecretsOptions {
  /** Put before the name: `GATEWAY_`. */
  readonly prefix?: string;
  /** Default: those of the process, as they are when a secret is asked for. */
  readonly variables?: Variables;
}

/**
 * Secrets from environment variables: `llm/openai-key` is `LLM_OPENAI_KEY`. Nothing is kept, so
 * `refresh` does nothing.
 */
export function environmentSecrets(options: EnvironmentSecretsOptions = {}): SecretsManager {
  return new EnvironmentSecrets(options);
}

export const environmentBackend: SecretsBackend = async (block) => {
  requireBackend(block, "environment");
  const { prefix } = block;
  return environmentSecrets(typeof prefix === "string" ? { prefix } : {});
};

class EnvironmentSecrets implements SecretsManager {
  readonly kind = "environment";
  readonly #prefix: string;
  readonly #variables: Variables | undefined;

  constructor({ prefix = "", variables }: EnvironmentSecretsOptions) {
    this.#prefix = prefix;
    this.#variables = variables;
  }

  /** @throws {ConfigError} `secret_not_found`, which names the variable */
  async getSecret(path: string, options: SecretReadOptions = {}): Promise<SecretMaterial> {
    const name = `${this.#prefix}${path.replace(/[/.-]/g, "_").toUpperCase()}`;
    if (options.version !== undefined) {
      throw new ConfigError("secret_not_found", `environment variable ${name} has no versions`);
    }
    const variables = this.#variables ?? processVariables();
    const text = variables[name];
    if (text === undefined) {
      throw new ConfigError("secret_not_found", `Environment variable not found: ${name}`);
    }
    const bytes = new TextEncoder().encode(text);
    return createSecretMaterial(options.key === undefined ? bytes : memberOf(bytes, options.key));
  }

  async getSecrets(
    paths: readonly string[],
    options?: SecretReadOptions,
  ): Promise<ReadonlyMap<string, SecretMaterial | Error>> {
    return await getEach(paths, (path) => this.getSecret(path, options));
  }

  async refresh(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}
}
