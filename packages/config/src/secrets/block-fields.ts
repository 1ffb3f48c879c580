import { ConfigError } from "../errors.ts";
import { Duration } from "../values/duration.ts";
import { isSecretRef } from "../values/secret-handle.ts";
import type { SecretRef } from "../values/secret-ref.ts";
import type { BlockValue, SecretsBlock } from "./secrets-backend.ts";

const REQUEST_TIMEOUT = "10s";

/** @throws {ConfigError} `wrong_backend` where the block is for another one */
export function requireBackend({ backend }: SecretsBlock, name: string): void {
  if (backend === name) return;
  const found = JSON.stringify(backend ?? null);
  throw new ConfigError("wrong_backend", `the secrets block is for ${found}: expected "${name}"`);
}

/** How long one exchange with the backend may take, in milliseconds. */
export function requestTimeoutMs({ request_timeout: text }: SecretsBlock): number {
  return Duration.parse(typeof text === "string" ? text : REQUEST_TIMEOUT).ms;
}

/** A member that is a block itself. */
export function innerBlock(block: SecretsBlock, name: string): SecretsBlock | undefined {
  const value = block[name];
  return isInner(value) ? value : undefined;
}

/** The handles of a block, of all depths: what its manager is opened with. */
export function credentialsIn(block: SecretsBlock): readonly SecretRef[] {
  return Object.values(block).flatMap((value) => {
    if (isSecretRef(value)) return [value];
    return isInner(value) ? credentialsIn(value) : [];
  });
}

function isInner(value: BlockValue | undefined): value is SecretsBlock {
  const isObject = typeof value === "object" && value !== null;
  return isObject && !Array.isArray(value) && !isSecretRef(value);
}
