/**
 * The one implementation of {@link SecretRef}, and the handle of a secret that stands in the
 * configuration itself.
 *
 * @module
 */

import type { RevealOptions, SecretRef } from "./secret-ref.ts";
import type { Subscription } from "./subscription.ts";
import { createSubscription } from "./subscription.ts";

/** What stands behind a handle: one for each distinct reference. */
export interface SecretCell {
  readonly kind: SecretRef["kind"];
  readonly reference: string;
  readonly secretVersion: number;
  readonly previous: SecretRef | undefined;
  /** A copy of the bytes, which the caller owns and overwrites. */
  read(options?: RevealOptions): Promise<Uint8Array>;
  onRotate(listener: (ref: SecretRef) => void | Promise<void>): Subscription;
  /** Of literals only: whether the other one has the same bytes. */
  equals?(other: SecretCell): boolean;
}

/** Has no own members, so that nothing which prints or copies it can meet the cell. */
class SecretHandle implements SecretRef {
  readonly #cell: SecretCell;

  constructor(cell: SecretCell) {
    this.#cell = cell;
    Object.freeze(this);
  }

  /** Cannot be passed by an object that looks like one. */
  static isHandle(value: unknown): value is SecretRef {
    return typeof value === "object" && value !== null && #cell in value;
  }

  static isSame(a: SecretRef, b: SecretRef): boolean {
    if (a === b) return true;
    if (!(a instanceof SecretHandle && b instanceof SecretHandle)) return false;
    if (a.kind !== b.kind || a.reference !== b.reference) return false;
    return a.#cell.equals === undefined || a.#cell.equals(b.#cell);
  }

  get kind(): SecretRef["kind"] {
    return this.#cell.kind;
  }

  get reference(): string {
    return this.#cell.reference;
  }

  get secretVersion(): number {
    return this.#cell.secretVersion;
  }

  get previous(): SecretRef | undefined {
    return this.#cell.previous;
  }

  async reveal(options?: RevealOptions): Promise<string> {
    return await this.withBytes((bytes) => new TextDecoder().decode(bytes), options);
  }

  async withBytes<R>(
    fn: (bytes: Uint8Array) => R | Promise<R>,
    options?: RevealOptions,
  ): Promise<R> {
    const bytes = await this.#cell.read(options);
    try {
      return await fn(bytes);
    } finally {
      bytes.fill(0);
    }
  }

  onRotate(listener: (ref: SecretRef) => void | Promise<void>): Subscription {
    return this.#cell.onRotate(listener);
  }

  toString(): string {
    return this.#cell.reference;
  }

  toJSON(): string {
    return this.#cell.reference;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `SecretRef(${this.#cell.reference})`;
  }
}

/** The handle of what stands behind it. */
export function createSecretHandle(cell: SecretCell): SecretRef {
  return new SecretHandle(cell);
}

/** Whether two handles stand for the same secret: by reference, literals by their bytes. */
export function isSameSecret(a: SecretRef, b: SecretRef): boolean {
  return SecretHandle.isSame(a, b);
}

/** Whether a value of the configuration is a handle rather than text. */
export function isSecretRef(value: unknown): value is SecretRef {
  return SecretHandle.isHandle(value);
}

/** The handle of a secret whose text stands in the configuration itself. It never rotates. */
export function literalSecret(text: string): SecretRef {
  return new SecretHandle(new LiteralCell(new TextEncoder().encode(text)));
}

class LiteralCell implements SecretCell {
  readonly kind = "literal";
  readonly reference = "[literal]";
  readonly secretVersion = 1;
  readonly previous = undefined;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  async read(): Promise<Uint8Array> {
    return this.#bytes.slice();
  }

  onRotate(): Subscription {
    return createSubscription(() => {});
  }

  equals(other: SecretCell): boolean {
    if (!(other instanceof LiteralCell)) return false;
    return Buffer.compare(this.#bytes, other.#bytes) === 0;
  }
}
