import { isJsonObject, type Json } from "@llmcfg/core";
import { ConfigError } from "../errors.ts";
import { Duration } from "../values/duration.ts";
import { cached, type SecretCacheOptions } from "./cached.ts";
import { environmentSecrets } from "./environment.ts";
import type { SecretsManager } from "./secrets-manager.ts";

/**
 * The manager that a `secrets` block asks for, cached as the block says.
 *
 * @throws {ConfigError} `unsupported_backend` for a backend that this library cannot talk to
 */
export async function createSecretsManager(
  config: Json,
  options: SecretCacheOptions = {},
): Promise<SecretsManager> {
  const block = isJsonObject(config) ? config : {};
  if (block["backend"] !== "environment") {
    const name = JSON.stringify(block["backend"] ?? null);
    throw new ConfigError("unsupported_backend", `there is no secrets backend ${name}`, {
      hint: 'use "environment", the kind of a source that has secrets, or a manager given in code',
    });
  }
  const prefix = block["prefix"];
  const manager = environmentSecrets(typeof prefix === "string" ? { prefix } : {});
  return cached(manager, { ...cacheOptionsOf(block), ...options });
}

function cacheOptionsOf(block: { readonly [name: string]: Json }): SecretCacheOptions {
  const duration = (name: string) => {
    const text = block[name];
    return typeof text === "string" ? Duration.parse(text) : undefined;
  };
  const ttl = duration("cache_ttl");
  const negativeTtl = duration("negative_ttl");
  const staleIfError = duration("stale_if_error");
  const maxConcurrency = block["max_concurrency"];
  return {
    ...(ttl === undefined ? {} : { ttl }),
    ...(negativeTtl === undefined ? {} : { negativeTtl }),
    ...(staleIfError === undefined ? {} : { staleIfError }),
    ...(typeof maxConcurrency === "number" ? { maxConcurrency } : {}),
  };
}
