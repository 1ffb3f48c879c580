import type { SecretMaterial, SecretReadOptions, SecretsManager } from "./secrets-manager.ts";

/** The manager of somebody else, who ends it: ended here, it goes on there. */
export function borrowed(manager: SecretsManager): SecretsManager {
  return new Borrowed(manager);
}

class Borrowed implements SecretsManager {
  readonly kind: string;
  readonly #manager: SecretsManager;

  constructor(manager: SecretsManager) {
    this.kind = manager.kind;
    this.#manager = manager;
  }

  async getSecret(path: string, options?: SecretReadOptions): Promise<SecretMaterial> {
    return await this.#manager.getSecret(path, options);
  }

  async getSecrets(
    paths: readonly string[],
    options?: SecretReadOptions,
  ): Promise<ReadonlyMap<string, SecretMaterial | Error>> {
    return await this.#manager.getSecrets(paths, options);
  }

  async refresh(paths?: readonly string[]): Promise<void> {
    await this.#manager.refresh(paths);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
