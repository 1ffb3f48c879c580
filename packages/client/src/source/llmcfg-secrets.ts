/**
 * Secrets of the control plane as a backend of `@llmcfg/config`.
 *
 * @module
 */

import {
  ConfigError,
  type SecretMaterial,
  type SecretReadOptions,
  type SecretsManager,
} from "@llmcfg/config";
import { createSecretMaterial } from "@llmcfg/config/secrets";
import {
  isJsonObject,
  isLlmcfgError,
  type Json,
  type KeyRef,
  type LlmcfgError,
} from "@llmcfg/core";
import type { ExplainRequests } from "../requests/explain.ts";
import { type SecretReader, textOfSecret } from "../secrets/secret-reader.ts";
import { isAway } from "./source-failure.ts";

export interface LlmcfgSecretsOptions {
  readonly client: Pick<ExplainRequests, "getVersion">;
  readonly reader: SecretReader;
  readonly env: string;
  /** What paths are relative to. */
  readonly service: string;
  /** The hash that the newest state has for a key of the service, if it knows the key. */
  readonly hashOf: (key: string) => string | undefined;
  readonly nowMs: () => number;
}

/**
 * `path` of the service, `service:path` of another one; `#member` is a member of a value that is an
 * object, or a place in it as a JSON Pointer without the first slash; `@3` is a version.
 *
 * Each read is recorded by the server. A value is kept until its hash changes in the service's
 * bundle; of other services, and of versions, nothing is kept here.
 */
export class LlmcfgSecrets implements SecretsManager {
  readonly kind = "llmcfg";
  readonly #options: LlmcfgSecretsOptions;

  constructor(options: LlmcfgSecretsOptions) {
    this.#options = options;
  }

  /**
   * @throws {ConfigError} `secret_not_found`, `secret_denied`, `backend_unreachable`, else
   *   `secret_unavailable`, each with what the server says
   */
  async getSecret(path: string, options: SecretReadOptions = {}): Promise<SecretMaterial> {
    const { value, version, expiresAt } = await this.#read(this.#toRef(path), options).catch(
      (error: unknown) => {
        options.signal?.throwIfAborted();
        throw isLlmcfgError(error) ? toConfigError(error) : error;
      },
    );
    const text = textOfSecret(
      options.key === undefined ? value : memberOf(value, options.key, path),
    );
    return createSecretMaterial(new TextEncoder().encode(text), {
      version: `${version}`,
      expiresAt,
    });
  }

  async getSecrets(
    paths: readonly string[],
    options?: SecretReadOptions,
  ): Promise<ReadonlyMap<string, SecretMaterial | Error>> {
    const results = paths.map(async (path) => {
      const found = await this.getSecret(path, options).catch((error: Error) => error); // it throws no other
      return [path, found] as const;
    });
    return new Map(await Promise.all(results));
  }

  refresh(paths?: readonly string[]): Promise<void> {
    this.#options.reader.forget(paths?.map((path) => this.#toRef(path)));
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.refresh();
  }

  async #read(
    ref: KeyRef,
    { version, bypassCache, signal }: SecretReadOptions,
  ): Promise<{ readonly value: Json; readonly version: number; readonly expiresAt?: Date }> {
    const { client, reader, service, hashOf, nowMs } = this.#options;
    if (version !== undefined) {
      const options = { reveal: true, signal };
      return (await client.getVersion(ref, toVersion(version), options)).body;
    }
    if (bypassCache === true) reader.forget([ref]);
    const hash = ref.service === service ? hashOf(ref.key) : undefined;
    const secret = await reader.reveal({ ref, hash }, { signal });
    // Only here is it known until when the value holds: a cache above must not outlive that.
    return hash === undefined ? secret : { ...secret, expiresAt: new Date(nowMs()) };
  }

  /** The first colon ends a service: its name has none. */
  #toRef(path: string): KeyRef {
    const { env, service } = this.#options;
    const [first = "", ...rest] = path.split(":");
    if (rest.length === 0) return { env, service, key: path };
    return { env, service: first, key: rest.join(":") };
  }
}

function toConfigError(error: LlmcfgError): ConfigError {
  return new ConfigError(codeOf(error), `${error.message} (${error.reason})`, { cause: error });
}

/** A cache goes by it: an old value may stand for a server that is away, and for nothing else. */
function codeOf(error: LlmcfgError): string {
  if (error.kind === "not_found") return "secret_not_found";
  if (error.kind === "denied" || error.kind === "unauthenticated") return "secret_denied";
  return isAway(error) ? "backend_unreachable" : "secret_unavailable";
}

function toVersion(text: string): number {
  if (/^v?[1-9][0-9]{0,9}$/.test(text)) return Number(text.replace("v", ""));
  const message = `the version of a secret is a number, not ${JSON.stringify(text)}`;
  throw new ConfigError("secret_not_found", message);
}

/** A member by its name, else by the names on the way to it. */
function memberOf(value: Json, key: string, path: string): Json {
  if (isJsonObject(value) && Object.hasOwn(value, key)) return value[key] ?? null;
  const steps = key.split("/").map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  const member = steps.reduce<Json | undefined>(stepInto, value);
  if (member !== undefined) return member;
  const message = `the secret ${path} has no member ${JSON.stringify(key)}`;
  throw new ConfigError("secret_not_found", message);
}

function stepInto(value: Json | undefined, step: string): Json | undefined {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
  return (value as Readonly<Record<string, Json>>)[step]; // an array has its places as names too
}
