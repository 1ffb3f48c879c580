import type { SecretClient as SecretClientClass } from "@azure/keyvault-secrets";
import { ConfigError } from "../../errors.ts";
import { importDriver } from "../../import-driver.ts";
import { requestTimeoutMs, requireBackend } from "../block-fields.ts";
import { blockText, requiredBlockText } from "../block-text.ts";
import { failureOf } from "../driver-failure.ts";
import { getEach } from "../get-each.ts";
import { memberOf } from "../member-of.ts";
import { openOnce } from "../open-once.ts";
import { createSecretMaterial } from "../secret-material.ts";
import type { BackendTools, SecretsBackend, SecretsBlock } from "../secrets-backend.ts";
import type { SecretMaterial, SecretReadOptions, SecretsManager } from "../secrets-manager.ts";

/** What is used of the `SecretClient` of `@azure/keyvault-secrets`. */
export interface AzureSecretsClient {
  getSecret(
    name: string,
    options: { readonly version?: string; readonly abortSignal: AbortSignal },
  ): Promise<{
    readonly value?: string | undefined;
    readonly properties: {
      readonly version?: string | undefined;
      readonly expiresOn?: Date | undefined;
    };
  }>;
}

/** Which vault of Azure is read, and as whom. */
export interface AzureSecretsOptions {
  readonly client: AzureSecretsClient;
  /** Of one exchange, in milliseconds; default 10 s. */
  readonly timeoutMs?: number;
}

/**
 * Secrets of Azure Key Vault.
 *
 * @example
 * ```ts
 * const client = new SecretClient("https://llm.vault.azure.net", new DefaultAzureCredential());
 * loader.withSecretsManager(azureSecrets({ client }), { backend: "azure" });
 * ```
 */
export function azureSecrets(options: AzureSecretsOptions): SecretsManager {
  return new AzureSecrets(options);
}

export const azureBackend: SecretsBackend = async (block, tools) => {
  requireBackend(block, "azure_key_vault");
  const client = await openClient(block, tools);
  return azureSecrets({ client, timeoutMs: requestTimeoutMs(block) });
};

const PACKAGE = "@azure/keyvault-secrets";
const IDENTITY = "@azure/identity";

async function openClient(block: SecretsBlock, tools: BackendTools): Promise<AzureSecretsClient> {
  const { SecretClient } = await importDriver(PACKAGE, () => import("@azure/keyvault-secrets"));
  const url = await requiredBlockText(block, "vault_url", tools);
  const opened = openOnce(await credentialOf(block, tools));
  const credential = {
    getToken: async (...asked: Parameters<TokenCredential["getToken"]>) =>
      await (await opened.get()).getToken(...asked),
  };
  const { onAnswer } = tools;
  return new SecretClient(url, credential, onAnswer === undefined ? {} : toldOf(onAnswer));
}

/** Options that have every answer of the vault told, refusals too. */
function toldOf(onAnswer: NonNullable<BackendTools["onAnswer"]>): SecretClientOptions {
  const policy: PipelinePolicy = {
    name: "llmcfgHeaders",
    sendRequest: async (request, next) => {
      const answer = await next(request);
      onAnswer(answer.headers.toJSON());
      return answer;
    },
  };
  return { additionalPolicies: [{ policy, position: "perRetry" }] };
}

type SecretClientOptions = NonNullable<ConstructorParameters<typeof SecretClientClass>[2]>;
type TokenCredential = ConstructorParameters<typeof SecretClientClass>[1];
type PipelinePolicy = NonNullable<SecretClientOptions["additionalPolicies"]>[number]["policy"];

/** A client's secret; without one the identity of the workload, or of the machine. */
async function credentialOf(block: SecretsBlock, tools: BackendTools) {
  const identity = await importDriver(IDENTITY, () => import("@azure/identity"));
  const tenantId = await requiredBlockText(block, "tenant_id", tools);
  const clientId = await requiredBlockText(block, "client_id", tools);
  return async () => {
    const secret = await blockText(block, "client_secret", tools);
    if (secret !== undefined) {
      return new identity.ClientSecretCredential(tenantId, clientId, secret);
    }
    const tokenFilePath = tools.variable("AZURE_FEDERATED_TOKEN_FILE");
    return tokenFilePath === undefined
      ? new identity.ManagedIdentityCredential({ clientId })
      : new identity.WorkloadIdentityCredential({ tenantId, clientId, tokenFilePath });
  };
}

const TIMEOUT_MS = 10_000;

class AzureSecrets implements SecretsManager {
  readonly kind = "azure_key_vault";
  readonly #client: AzureSecretsClient;
  readonly #timeoutMs: number;

  constructor({ client, timeoutMs = TIMEOUT_MS }: AzureSecretsOptions) {
    this.#client = client;
    this.#timeoutMs = timeoutMs;
  }

  /** @throws {ConfigError} `secret_not_found`, `secret_denied`, `backend_unreachable` */
  async getSecret(path: string, options: SecretReadOptions = {}): Promise<SecretMaterial> {
    const { value, properties } = await this.#read(path, options);
    if (value === undefined) throw missing(path);
    const about = { version: properties.version, expiresAt: properties.expiresOn };
    const bytes = new TextEncoder().encode(value);
    if (options.key === undefined) return createSecretMaterial(bytes, about);
    using whole = createSecretMaterial(bytes);
    return createSecretMaterial(memberOf(whole.bytes, options.key), about);
  }

  async getSecrets(
    paths: readonly string[],
    options?: SecretReadOptions,
  ): Promise<ReadonlyMap<string, SecretMaterial | Error>> {
    return await getEach(paths, (path) => this.getSecret(path, options));
  }

  /** Keeps no values. */
  async refresh(): Promise<void> {}

  /** The client keeps nothing open. */
  async [Symbol.asyncDispose](): Promise<void> {}

  async #read(path: string, { version, signal }: SecretReadOptions) {
    const late = AbortSignal.timeout(this.#timeoutMs);
    const abortSignal = signal === undefined ? late : AbortSignal.any([late, signal]);
    try {
      return await this.#client.getSecret(
        path,
        version === undefined ? { abortSignal } : { version, abortSignal },
      );
    } catch (error) {
      signal?.throwIfAborted();
      throw toFailure(path, error);
    }
  }
}

function toFailure(path: string, error: unknown): ConfigError {
  if (error instanceof ConfigError) return error; // of the credentials
  // As the client's `RestError` has them.
  const {
    code,
    statusCode: status,
    details,
  } = (error ?? {}) as {
    code?: unknown;
    statusCode?: number;
    details?: unknown;
  };
  if (status === 404) return missing(path, error);
  if (isDisabled(details)) return missing(path, error, "it is disabled");
  const what =
    typeof code === "string" ? code : status === undefined ? "no answer" : `status ${status}`;
  return failureOf(error, { backend: "Azure Key Vault", path, what, status });
}

/** A version that is disabled is refused like one that the caller may not read, but for this. */
function isDisabled(details: unknown): boolean {
  if (typeof details !== "object" || details === null || !("error" in details)) return false;
  const { error } = details;
  if (typeof error !== "object" || error === null || !("innererror" in error)) return false;
  const { innererror: inner } = error;
  return (
    typeof inner === "object" &&
    inner !== null &&
    "code" in inner &&
    inner.code === "SecretDisabled"
  );
}

function missing(path: string, cause?: unknown, hint?: string): ConfigError {
  return new ConfigError("secret_not_found", `Secret not found: ${path}`, { cause, hint });
}
