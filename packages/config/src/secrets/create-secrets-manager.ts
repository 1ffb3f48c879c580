import { isJsonObject, type Json } from "@llmcfg/core";
import { systemClock } from "../clock.ts";
import { ConfigError } from "../errors.ts";
import { nodeFileSystem } from "../file-system.ts";
import { processVariables } from "../sources/process-variables.ts";
import { Duration } from "../values/duration.ts";
import { ownMember } from "../values/own-member.ts";
import { BACKENDS } from "./backends.ts";
import { credentialsIn } from "./block-fields.ts";
import { cached, type SecretCacheOptions } from "./cached.ts";
import { reopened } from "./reopened.ts";
import type { BackendTools, SecretsBlock } from "./secrets-backend.ts";
import type { SecretsManager } from "./secrets-manager.ts";

/**
 * The manager that a `secrets` block asks for, cached as the block says.
 *
 * @param config the block; its references `${env:…}` and `${file:…}` are followed
 * @throws {ConfigError} `unsupported_backend` for a backend that this library cannot talk to,
 *   `driver_missing` for one whose package is not installed
 */
export async function createSecretsManager(
  config: Json,
  options: SecretCacheOptions = {},
): Promise<SecretsManager> {
  const { clock = systemClock, random = Math.random } = options;
  const tools: BackendTools = { clock, random, variable: variableOfProcess, fs: nodeFileSystem };
  return await createBlockManager(isJsonObject(config) ? config : {}, tools, options);
}

/** As {@link createSecretsManager}, for a block whose secrets are handles. */
export async function createBlockManager(
  block: SecretsBlock,
  tools: BackendTools,
  options: SecretCacheOptions = {},
): Promise<SecretsManager> {
  const load = BACKENDS.get(backendOf(block) ?? "");
  if (load === undefined) {
    const name = JSON.stringify(block["backend"] ?? null);
    throw new ConfigError("unsupported_backend", `there is no secrets backend ${name}`, {
      hint: `use ${[...BACKENDS.keys()].join(", ")}, the kind of a source that has secrets, or a manager given in code`,
    });
  }
  const create = await load();
  const manager = await reopened(() => create(block, tools), credentialsIn(block));
  return cached(manager, { ...cacheOptionsOf(block), clock: tools.clock, ...options });
}

/** The name of the backend that answers. */
export function backendOf({ backend }: SecretsBlock): string | undefined {
  return typeof backend === "string" ? backend : undefined;
}

function variableOfProcess(name: string): string | undefined {
  return ownMember(processVariables(), name);
}

/** What a block says of how its secrets are remembered. */
export function cacheOptionsOf(block: SecretsBlock): SecretCacheOptions {
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
