import { ConfigError } from "../errors.ts";
import { processVariables, type Variables } from "../sources/process-variables.ts";
import { ownMember } from "../values/own-member.ts";
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
  const { prefix = "", variables } = options;
  return new EnvironmentSecrets(prefix, (name) => ownMember(variables ?? processVariables(), name));
}

/** Looks for variables where `${env:…}` does. */
export const environmentBackend: SecretsBackend = async (block, { variable }) => {
  requireBackend(block, "environment");
  const { prefix } = block;
  return new EnvironmentSecrets(typeof prefix === "string" ? prefix : "", variable);
};

class EnvironmentSecrets implements SecretsManager {
  readonly kind = "environment";
  readonly #prefix: string;
  readonly #variable: (name: string) => string | undefined;

  constructor(prefix: string, variable: (name: string) => string | undefined) {
    this.#prefix = prefix;
    this.#variable = variable;
  }

  /** @throws {ConfigError} `secret_not_found`, which names the variable */
  async getSecret(path: string, options: SecretReadOptions = {}): Promise<SecretMaterial> {
    const name = `${this.#prefix}${path.replace(/[/.-]/g, "_").toUpperCase()}`;
    if (options.version !== undefined) {
      throw new ConfigError("secret_not_found", `environment variable ${name} has no versions`);
    }
    const text = this.#variable(name);
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
