import { ConfigError } from "../../errors.ts";
import { requestTimeoutMs, requireBackend } from "../block-fields.ts";
import { blockMaterial, blockText, requiredBlockText } from "../block-text.ts";
import { getEach } from "../get-each.ts";
import { createSecretMaterial } from "../secret-material.ts";
import type { SecretsBackend } from "../secrets-backend.ts";
import type { SecretMaterial, SecretReadOptions, SecretsManager } from "../secrets-manager.ts";
import { reasonGone, secretIn, type VaultAnswer } from "./vault-answer.ts";
import { VaultConnection } from "./vault-connection.ts";
import { loginOf } from "./vault-login.ts";
import { encodePath } from "./vault-path.ts";
import { VaultTokens } from "./vault-tokens.ts";

/** Secrets from the key-value engines of Vault and OpenBao. */
export const vaultBackend: SecretsBackend = async (block, tools) => {
  requireBackend(block, "vault");
  const login = loginOf(block, tools);
  const { clock, random, onAnswer } = tools;
  const connection = new VaultConnection({
    address: await requiredBlockText(block, "address", tools),
    namespace: await blockText(block, "namespace", tools),
    timeoutMs: requestTimeoutMs(block),
    readCa: () => blockMaterial(block, "ca_cert_path", tools),
    onAnswer,
  });
  return new VaultSecrets({
    connection,
    tokens: new VaultTokens({ connection, login, clock, random }),
    mount: (await requiredBlockText(block, "mount_path", tools)).replace(/^\/+|\/+$/g, ""),
    kvVersion: block["kv_version"] === 1 ? 1 : 2,
  });
};

interface VaultSecretsOptions {
  readonly connection: VaultConnection;
  readonly tokens: VaultTokens;
  readonly mount: string;
  /** Of the key-value engine at the mount. */
  readonly kvVersion: 1 | 2;
}

/** The member that is read where a reference names none. */
const DEFAULT_KEY = "value";

class VaultSecrets implements SecretsManager {
  readonly kind = "vault";
  readonly #options: VaultSecretsOptions;

  constructor(options: VaultSecretsOptions) {
    this.#options = options;
  }

  /** @throws {ConfigError} `secret_not_found`, `secret_denied`, `login_refused`, `backend_unreachable` */
  async getSecret(path: string, options: SecretReadOptions = {}): Promise<SecretMaterial> {
    const { key = DEFAULT_KEY, version } = options;
    this.#requireVersion(path, version);
    this.#requireInside(path);
    const answer = await this.#read(path, options);
    if (answer.status !== 200 && answer.status !== 404) throw this.#denied(path, answer);
    const secret = secretIn(answer, this.#options.kvVersion);
    if (secret === undefined) throw this.#missing(path, reasonGone(answer));
    const member = Object.hasOwn(secret.members, key) ? secret.members[key] : undefined;
    if (member === undefined || member === null) {
      throw this.#missing(path, `it has no member ${JSON.stringify(key)}`);
    }
    const text = typeof member === "string" ? member : JSON.stringify(member);
    return createSecretMaterial(new TextEncoder().encode(text), { version: secret.version });
  }

  async getSecrets(
    paths: readonly string[],
    options?: SecretReadOptions,
  ): Promise<ReadonlyMap<string, SecretMaterial | Error>> {
    return await getEach(paths, (path) => this.getSecret(path, options));
  }

  /** Keeps no values. */
  async refresh(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {
    const { tokens, connection } = this.#options;
    tokens[Symbol.dispose]();
    await connection[Symbol.asyncDispose]();
  }

  /** A token that is refused may have come to its end: one other is tried. */
  async #read(path: string, options: SecretReadOptions): Promise<VaultAnswer> {
    const { connection, tokens } = this.#options;
    const request = { path: this.#urlPath(path, options.version), signal: options.signal };
    const token = await tokens.get();
    const answer = await connection.ask({ ...request, token });
    if (answer.status !== 403) return answer;
    const other = await tokens.replace(token);
    return other === undefined ? answer : await connection.ask({ ...request, token: other });
  }

  #urlPath(path: string, version: string | undefined): string {
    const { mount, kvVersion } = this.#options;
    const query = version === undefined ? "" : `?version=${version}`;
    const folder = kvVersion === 2 ? "/data" : "";
    return `${encodePath(mount)}${folder}/${encodePath(path)}${query}`;
  }

  #requireVersion(path: string, version: string | undefined): void {
    if (version === undefined) return;
    if (this.#options.kvVersion === 1)
      throw this.#missing(path, "version 1 of the engine keeps none");
    if (!/^[1-9][0-9]{0,8}$/.test(version))
      throw this.#missing(path, "versions are numbers from 1");
  }

  /** A URL would lose `.` and `..`, which lead out of the mount. */
  #requireInside(path: string): void {
    const segments = path.split("/").filter((segment) => segment !== "");
    if (segments.length > 0 && !segments.some((segment) => /^\.\.?$/.test(segment))) return;
    throw this.#missing(path, "a path has names, none of which is . or ..");
  }

  #missing(path: string, hint: string | undefined): ConfigError {
    const message = `Secret value not found at path: ${this.#options.mount}/${path}`;
    return new ConfigError("secret_not_found", message, { hint });
  }

  #denied(path: string, { status }: VaultAnswer): ConfigError {
    const place = `${this.#options.mount}/${path}`;
    return new ConfigError("secret_denied", `the vault answered ${place} with status ${status}`);
  }
}
