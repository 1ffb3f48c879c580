import type { SecretMaterial } from "./secrets-manager.ts";

/** What is known of a secret beside its bytes. */
export interface SecretMaterialOptions {
  readonly version?: string | undefined;
  readonly expiresAt?: Date | undefined;
}

/**
 * Material that overwrites itself when it is disposed, and that nothing prints.
 *
 * @param bytes taken over, not copied
 */
export function createSecretMaterial(
  bytes: Uint8Array,
  { version, expiresAt }: SecretMaterialOptions = {},
): SecretMaterial {
  return new Material(bytes, version, expiresAt);
}

class Material implements SecretMaterial {
  readonly version?: string;
  readonly expiresAt?: Date;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, version: string | undefined, expiresAt: Date | undefined) {
    this.#bytes = bytes;
    if (version !== undefined) this.version = version;
    if (expiresAt !== undefined) this.expiresAt = expiresAt;
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  toString(): string {
    return "[redacted]";
  }

  toJSON(): string {
    return "[redacted]";
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "SecretMaterial([redacted])";
  }

  [Symbol.dispose](): void {
    this.#bytes.fill(0);
  }
}
