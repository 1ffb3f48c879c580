import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { DeepReadonly, SecretRef } from "@llmcfg/config";
import type { GatewayConfig } from "./schema/root.ts";
import type { ApiKey } from "./schema/security.ts";

/** Whose key it is. */
export interface ApiKeyMatch {
  /** `name` of the authentication provider. */
  readonly provider: string;
  readonly keyId: string;
}

/** As of when keys are judged: one that has expired by then is unknown. */
export interface MatchApiKeyOptions {
  /** For `expires_at`; the clock of the machine by default. */
  readonly now?: Date;
}

/**
 * The API key of `security.authentication` that was presented; `undefined` where it is none of
 * them, or one that has expired.
 *
 * Takes as long for a wrong key as for a right one: all keys are compared, whole. What is kept of
 * them is a digest with a key of its own for each process; a key that rotates is read again.
 *
 * @throws {ConfigError} `secret_unavailable` where a key cannot be read
 */
export async function matchApiKey(
  config: DeepReadonly<GatewayConfig>,
  presented: string,
  { now = new Date() }: MatchApiKeyOptions = {},
): Promise<ApiKeyMatch | undefined> {
  const digest = DIGESTS.of(presented);
  let found: ApiKeyMatch | undefined;
  for (const provider of config.security.authentication.providers) {
    if (provider.type !== "api_key") continue;
    for (const key of provider.keys) {
      const isSame = timingSafeEqual(await DIGESTS.ofSecret(key.key), digest);
      if (isSame && !isExpired(key, now)) found ??= { provider: provider.name, keyId: key.id };
    }
  }
  return found;
}

function isExpired({ expires_at: expiry }: ApiKey, now: Date): boolean {
  return expiry !== null && Date.parse(expiry) <= now.getTime();
}

/** Digests of keys, and nothing that a memory dump could be searched for. */
class ApiKeyDigests {
  readonly #key = randomBytes(32);
  readonly #known = new WeakMap<SecretRef, { readonly version: number; readonly digest: Buffer }>();

  /** SHA-256 over a block that nobody knows and the text: equal for equal texts alone. */
  of(text: string | Uint8Array): Buffer {
    return createHash("sha256").update(this.#key).update(text).digest();
  }

  async ofSecret(secret: SecretRef): Promise<Buffer> {
    const known = this.#known.get(secret);
    const version = secret.secretVersion;
    if (known?.version === version) return known.digest;
    const digest = await secret.withBytes((bytes) => this.of(bytes), { caller: "matchApiKey" });
    this.#known.set(secret, { version, digest });
    return digest;
  }
}

/** A cache by handle: it goes when the configuration goes. */
const DIGESTS = new ApiKeyDigests();
