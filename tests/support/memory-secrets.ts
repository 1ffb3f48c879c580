import { ConfigError } from "@llmcfg/config";
import {
  createSecretMaterial,
  type SecretMaterial,
  type SecretReadOptions,
  type SecretsManager,
} from "@llmcfg/config/secrets";
import { plantCanary } from "./canaries/planted.ts";

/** Secrets with all their versions, in memory. */
export class MemorySecrets implements SecretsManager {
  readonly kind = "memory";
  readonly #versions = new Map<string, string[]>();

  /** @returns the number of the new version */
  put(path: string, text: string): string {
    const versions = [...(this.#versions.get(path) ?? []), text];
    this.#versions.set(path, versions);
    plantCanary(`version ${versions.length} of ${path}`, text);
    return String(versions.length);
  }

  async getSecret(path: string, options: SecretReadOptions = {}): Promise<SecretMaterial> {
    const versions = this.#versions.get(path) ?? [];
    const number = options.version === undefined ? versions.length : Number(options.version);
    const text = versions[number - 1];
    if (text === undefined) throw new ConfigError("secret_not_found", `there is no ${path}`);
    const member = options.key === undefined ? text : memberOf(text, options.key);
    return createSecretMaterial(new TextEncoder().encode(member), { version: String(number) });
  }

  async getSecrets(
    paths: readonly string[],
    options?: SecretReadOptions,
  ): Promise<ReadonlyMap<string, SecretMaterial | Error>> {
    const results = paths.map(async (path) => {
      return [path, await this.getSecret(path, options).catch((error: Error) => error)] as const;
    });
    return new Map(await Promise.all(results));
  }

  async refresh(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}
}

function memberOf(text: string, key: string): string {
  const members: ReadonlyMap<string, unknown> = new Map(
    text.startsWith("{") ? Object.entries(JSON.parse(text)) : [],
  );
  const member = members.get(key);
  if (typeof member === "string") return member;
  throw new ConfigError("secret_not_found", `there is no member ${key}`);
}
