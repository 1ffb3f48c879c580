import { isJsonObject, parseJson } from "@llmcfg/core";
import { type Clock, systemClock } from "../../clock.ts";
import { abortable, withTimeout } from "../../concurrency.ts";
import { ConfigError } from "../../errors.ts";
import { importDriver } from "../../import-driver.ts";
import { requestTimeoutMs, requireBackend } from "../block-fields.ts";
import { blockMaterial, requiredBlockText } from "../block-text.ts";
import { failureOf } from "../driver-failure.ts";
import { getEach } from "../get-each.ts";
import { memberOf } from "../member-of.ts";
import { openOnce } from "../open-once.ts";
import { createSecretMaterial } from "../secret-material.ts";
import type { BackendTools, SecretsBackend, SecretsBlock } from "../secrets-backend.ts";
import type { SecretMaterial, SecretReadOptions, SecretsManager } from "../secrets-manager.ts";
import { crc32c } from "./crc32c.ts";

/** What is used of the `SecretManagerServiceClient` of `@google-cloud/secret-manager`. */
export interface GcpSecretsClient {
  accessSecretVersion(
    request: { readonly name: string },
    options: { readonly timeout: number },
  ): Promise<readonly [GcpAccessedVersion, ...unknown[]]>;
  close(): Promise<void>;
}

/** What the driver of Google Cloud answers for a secret. */
export interface GcpAccessedVersion {
  /** `projects/…/secrets/…/versions/3`, whatever name was asked for. */
  readonly name?: string | null;
  readonly payload?: {
    readonly data?: Uint8Array | string | null;
    /** A whole number in one of the SDK's forms. */
    readonly dataCrc32c?: { toString(): string } | null;
  } | null;
}

/** Which project of Google Cloud is read, and as whom. */
export interface GcpSecretsOptions {
  readonly projectId: string;
  /** Taken over: it is closed with the manager. */
  readonly client: GcpSecretsClient;
  /** Of one exchange, in milliseconds; default 10 s. */
  readonly timeoutMs?: number;
  readonly clock?: Clock;
}

/**
 * Secrets of Google Cloud Secret Manager, by name, or by their full resource names.
 *
 * @example
 * ```ts
 * const client = new SecretManagerServiceClient();
 * loader.withSecretsManager(gcpSecrets({ projectId: "llm", client }), { backend: "gcp" });
 * ```
 */
export function gcpSecrets(options: GcpSecretsOptions): SecretsManager {
  return new GcpSecrets(options);
}

export const gcpBackend: SecretsBackend = async (block, tools) => {
  requireBackend(block, "gcp_secret_manager");
  const projectId = await requiredBlockText(block, "project_id", tools);
  const client = await openClient(block, projectId, tools);
  return gcpSecrets({ projectId, client, timeoutMs: requestTimeoutMs(block), clock: tools.clock });
};

const PACKAGE = "@google-cloud/secret-manager";

async function openClient(
  block: SecretsBlock,
  projectId: string,
  tools: BackendTools,
): Promise<GcpSecretsClient> {
  const { SecretManagerServiceClient: Client } = await importDriver(
    PACKAGE,
    () => import("@google-cloud/secret-manager"),
  );
  const opened = openOnce(async () => {
    const credentials = await credentialsOf(block, tools);
    return new Client(credentials === undefined ? { projectId } : { projectId, credentials });
  });
  return {
    accessSecretVersion: async (...asked) => (await opened.get()).accessSecretVersion(...asked),
    close: async () => await (await opened.find())?.close(),
  };
}

/** Nothing: the application default credentials, which the driver finds. */
async function credentialsOf(block: SecretsBlock, tools: BackendTools) {
  const text = await blockMaterial(block, "credentials_path", tools);
  if (text === undefined) return undefined;
  const credentials = parsed(text);
  if (isJsonObject(credentials)) return credentials;
  const message = "credentials_path of the secrets block leads to no JSON object";
  throw new ConfigError("secrets_block_invalid", message);
}

/** What the parser says would quote the credentials. */
function parsed(text: string) {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

const TIMEOUT_MS = 10_000;
const LATEST = "latest";

class GcpSecrets implements SecretsManager {
  readonly kind = "gcp_secret_manager";
  readonly #options: Required<GcpSecretsOptions>;

  constructor(options: GcpSecretsOptions) {
    this.#options = { timeoutMs: TIMEOUT_MS, clock: systemClock, ...options };
  }

  /** @throws {ConfigError} `secret_not_found`, `secret_denied`, `backend_unreachable` */
  async getSecret(path: string, options: SecretReadOptions = {}): Promise<SecretMaterial> {
    const { name, payload } = await this.#read(path, options);
    const bytes = bytesOf(payload?.data);
    if (bytes === undefined) throw missing(path, "has no payload");
    requireChecksum(bytes, payload?.dataCrc32c, path);
    const version = name?.split("/").at(-1);
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
    await this.#options.client.close();
  }

  async #read(
    path: string,
    { version = LATEST, signal }: SecretReadOptions,
  ): Promise<GcpAccessedVersion> {
    const { client, timeoutMs, clock } = this.#options;
    const name = `${this.#resourceOf(path)}/versions/${version}`;
    try {
      const asked = client.accessSecretVersion({ name }, { timeout: timeoutMs });
      const limited = withTimeout(asked, { clock, ms: timeoutMs, late });
      const [found] = await (signal === undefined ? limited : abortable(limited, signal));
      return found;
    } catch (error) {
      signal?.throwIfAborted();
      throw toFailure(path, error);
    }
  }

  /** Names have no slashes: a path with some is a resource name. */
  #resourceOf(path: string): string {
    return path.includes("/") ? path : `projects/${this.#options.projectId}/secrets/${path}`;
  }
}

function late(): never {
  throw new Error("no answer in time");
}

function bytesOf(found: Uint8Array | string | null | undefined): Uint8Array | undefined {
  if (found === null || found === undefined) return undefined;
  if (typeof found === "string") return Uint8Array.from(Buffer.from(found, "base64")); // over REST
  const bytes = Uint8Array.from(found);
  found.fill(0);
  return bytes;
}

function requireChecksum(
  bytes: Uint8Array,
  expected: { toString(): string } | null | undefined,
  path: string,
): void {
  if (expected === null || expected === undefined) return;
  if (String(expected) === String(crc32c(bytes))) return;
  bytes.fill(0);
  const message = `the checksum of ${path} from Google Cloud Secret Manager is wrong`;
  throw new ConfigError("backend_unreachable", message, { hint: "it was damaged on its way" });
}

/** Codes of gRPC that say something about the secret or the caller. */
const GONE: ReadonlyMap<unknown, string> = new Map([
  [5, "does not exist"],
  [9, "is disabled or destroyed"],
  [3, "is no name of a secret or version"],
]);
const DENIED: ReadonlySet<unknown> = new Set([7, 16]);

function toFailure(path: string, error: unknown): ConfigError {
  if (error instanceof ConfigError) return error; // of the credentials
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const why = GONE.get(code);
  if (why !== undefined) return missing(path, why, error);
  const status = DENIED.has(code) ? 403 : undefined;
  const what = typeof code === "number" ? `gRPC status ${code}` : "no answer";
  return failureOf(error, { backend: "Google Cloud Secret Manager", path, what, status });
}

function missing(path: string, why: string, cause?: unknown): ConfigError {
  return new ConfigError("secret_not_found", `Secret not found: ${path} ${why}`, { cause });
}
