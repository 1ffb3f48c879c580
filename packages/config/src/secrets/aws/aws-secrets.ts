import { ConfigError } from "../../errors.ts";
import type { HttpHeaders } from "../../http/http-client.ts";
import { importDriver } from "../../import-driver.ts";
import { requestTimeoutMs, requireBackend } from "../block-fields.ts";
import { blockText, requiredBlockText } from "../block-text.ts";
import { failureOf } from "../driver-failure.ts";
import { getEach } from "../get-each.ts";
import { memberOf } from "../member-of.ts";
import { createSecretMaterial } from "../secret-material.ts";
import type { BackendTools, SecretsBackend, SecretsBlock } from "../secrets-backend.ts";
import type { SecretMaterial, SecretReadOptions, SecretsManager } from "../secrets-manager.ts";

/** What is used of the `SecretsManager` of `@aws-sdk/client-secrets-manager`. */
export interface AwsSecretsClient {
  getSecretValue(
    input: {
      readonly SecretId: string;
      readonly VersionId?: string;
      readonly VersionStage?: string;
    },
    options: { readonly abortSignal: AbortSignal },
  ): Promise<{
    readonly SecretString?: string | undefined;
    readonly SecretBinary?: Uint8Array | undefined;
    readonly VersionId?: string | undefined;
  }>;
  destroy(): void;
}

/** Where AWS Secrets Manager is reached, and as whom. */
export interface AwsSecretsOptions {
  /** Taken over: it is destroyed with the manager. */
  readonly client: AwsSecretsClient;
  /** Of one exchange, in milliseconds; default 10 s. */
  readonly timeoutMs?: number;
}

/**
 * Secrets of AWS Secrets Manager, by name or ARN, text or binary.
 *
 * @example
 * ```ts
 * import { SecretsManager } from "@aws-sdk/client-secrets-manager";
 * import { awsSecrets } from "@llmcfg/config/secrets";
 *
 * await using secrets = awsSecrets({ client: new SecretsManager({ region: "eu-central-1" }) });
 * using key = await secrets.getSecret("llm/openai", { key: "api_key" });
 * console.log(`${secrets.kind}: ${key.bytes.length} bytes`);
 * ```
 */
export function awsSecrets(options: AwsSecretsOptions): SecretsManager {
  return new AwsSecrets(options);
}

export const awsBackend: SecretsBackend = async (block, tools) => {
  requireBackend(block, "aws_secrets_manager");
  return awsSecrets({ client: await openClient(block, tools), timeoutMs: requestTimeoutMs(block) });
};

const PACKAGE = "@aws-sdk/client-secrets-manager";
const CREDENTIALS = "@aws-sdk/credential-providers";

async function openClient(block: SecretsBlock, tools: BackendTools): Promise<AwsSecretsClient> {
  const { SecretsManager: Client } = await importDriver(
    PACKAGE,
    () => import("@aws-sdk/client-secrets-manager"),
  );
  const region = await requiredBlockText(block, "region", tools);
  const endpoint = await blockText(block, "endpoint", tools);
  const role = await blockText(block, "role_arn", tools);
  const client = new Client({
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(role === undefined ? {} : { credentials: await credentialsOf(role, region) }),
  });
  const { onAnswer } = tools;
  if (onAnswer === undefined) return client;
  client.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next(args);
      onAnswer(headersOf(answer.response));
      return answer;
    },
    { step: "deserialize", priority: "low", name: "llmcfgHeaders" }, // next to the wire: refusals too
  );
  return client;
}

/** The driver types what comes over the wire as unknown: it is its `HttpResponse`. */
function headersOf(response: unknown): HttpHeaders {
  const { headers } = (response ?? {}) as { readonly headers?: HttpHeaders };
  return headers ?? {};
}

/** Those of the process, exchanged for the role's; renewed before they end. */
async function credentialsOf(role: string, region: string) {
  const { fromTemporaryCredentials } = await importDriver(
    CREDENTIALS,
    () => import("@aws-sdk/credential-providers"),
  );
  return fromTemporaryCredentials({
    params: { RoleArn: role, RoleSessionName: "llmcfg" },
    clientConfig: { region },
  });
}

const TIMEOUT_MS = 10_000;

/** What Secrets Manager and the SDKs make themselves. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

class AwsSecrets implements SecretsManager {
  readonly kind = "aws_secrets_manager";
  readonly #client: AwsSecretsClient;
  readonly #timeoutMs: number;

  constructor({ client, timeoutMs = TIMEOUT_MS }: AwsSecretsOptions) {
    this.#client = client;
    this.#timeoutMs = timeoutMs;
  }

  /** @throws {ConfigError} `secret_not_found`, `secret_denied`, `backend_unreachable` */
  async getSecret(path: string, options: SecretReadOptions = {}): Promise<SecretMaterial> {
    const found = await this.#read(path, options);
    const { SecretString: text, SecretBinary: binary, VersionId: version } = found;
    if (text === undefined && binary === undefined) throw missing(path);
    const bytes =
      text === undefined ? Uint8Array.from(binary ?? []) : new TextEncoder().encode(text);
    binary?.fill(0);
    if (options.key === undefined) return createSecretMaterial(bytes, { version });
    using whole = createSecretMaterial(bytes);
    return createSecretMaterial(memberOf(whole.bytes, options.key), { version });
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
    this.#client.destroy();
  }

  async #read(path: string, { version, signal }: SecretReadOptions) {
    const late = AbortSignal.timeout(this.#timeoutMs);
    const abortSignal = signal === undefined ? late : AbortSignal.any([late, signal]);
    const read = (of: VersionQuery) =>
      this.#client.getSecretValue({ SecretId: path, ...of }, { abortSignal });
    try {
      return await readFirst(queriesOf(version), read);
    } catch (error) {
      signal?.throwIfAborted();
      throw toFailure(path, error);
    }
  }
}

type VersionQuery = { readonly VersionId?: string } | { readonly VersionStage?: string };

/**
 * What a version may be, the likelier first. Ids have 32 to 64 characters of any kind, UUIDs where
 * nobody chose another; names of stages have 1 to 256.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
 */
function queriesOf(version: string | undefined): readonly [VersionQuery, ...VersionQuery[]] {
  if (version === undefined) return [{}];
  if (UUID.test(version)) return [{ VersionId: version }];
  const mayBeId = version.length >= 32 && version.length <= 64;
  const stage = { VersionStage: version };
  return mayBeId ? [{ VersionId: version }, stage] : [stage];
}

/** What the first of them gives that is there; the failure is that of the last. */
async function readFirst<T>(
  [query, ...others]: readonly [VersionQuery, ...VersionQuery[]],
  read: (query: VersionQuery) => Promise<T>,
): Promise<T> {
  try {
    return await read(query);
  } catch (error) {
    const [next, ...rest] = others;
    if (next === undefined || nameOf(error) !== NOT_FOUND) throw error;
    return await readFirst([next, ...rest], read);
  }
}

const NOT_FOUND = "ResourceNotFoundException";

/** A secret that is marked for deletion cannot be read any more. */
const GONE: ReadonlySet<string> = new Set([NOT_FOUND, "InvalidRequestException"]);

function toFailure(path: string, error: unknown): ConfigError {
  const name = nameOf(error);
  if (GONE.has(name)) return missing(path, error);
  const { $metadata: about } = (error ?? {}) as { $metadata?: { httpStatusCode?: number } }; // of the SDK's own errors
  return failureOf(error, {
    backend: "AWS Secrets Manager",
    path,
    what: name,
    status: about?.httpStatusCode,
  });
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "Error";
}

function missing(path: string, cause?: unknown): ConfigError {
  return new ConfigError("secret_not_found", `Secret string not found: ${path}`, { cause });
}
