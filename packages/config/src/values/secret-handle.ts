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
  /**
   * What of it stands in the configuration itself: a literal, or the default of a variable. Lent:
   * MUST NOT be kept or changed.
   */
  readonly literal?: Uint8Array | undefined;
}

/** Hears each time that plaintext is given away, before it is; or that it cannot be. */
export type RevealListener = (handle: SecretRef, reveal: Reveal) => void;

export interface Reveal {
  readonly caller: string | undefined;
  /** Why there is no plaintext. */
  readonly error?: unknown;
}

/** Has no own members, so that nothing which prints or copies it can meet the cell. */
class SecretHandle implements SecretRef {
  readonly #cell: SecretCell;
  readonly #listeners: Set<RevealListener>;

  constructor(cell: SecretCell) {
    this.#cell = cell;
    this.#listeners = new Set();
    Object.freeze(this);
  }

  static listen(handle: SecretRef, listener: RevealListener): void {
    if (handle instanceof SecretHandle) handle.#listeners.add(listener);
  }

  static async readQuietly(handle: SecretRef, options: RevealOptions): Promise<string> {
    if (!(handle instanceof SecretHandle)) return await handle.reveal(options);
    const bytes = await handle.#cell.read(options);
    const text = new TextDecoder().decode(bytes);
    bytes.fill(0);
    return text;
  }

  static digest(handle: SecretRef, digest: (bytes: Uint8Array) => string): string | undefined {
    const literal = handle instanceof SecretHandle ? handle.#cell.literal : undefined;
    return literal === undefined ? undefined : digest(literal);
  }

  /** Cannot be passed by an object that looks like one. */
  static isHandle(value: unknown): value is SecretRef {
    return typeof value === "object" && value !== null && #cell in value;
  }

  static isSame(a: SecretRef, b: SecretRef): boolean {
    if (a === b) return true;
    if (!(a instanceof SecretHandle && b instanceof SecretHandle)) return false;
    if (a.kind !== b.kind || a.reference !== b.reference) return false;
    return hasSameBytes(a.#cell.literal, b.#cell.literal);
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
    const { previous } = this.#cell;
    for (const listener of this.#listeners) {
      if (previous !== undefined) SecretHandle.listen(previous, listener);
    }
    return previous;
  }

  async reveal(options?: RevealOptions): Promise<string> {
    return await this.withBytes((bytes) => new TextDecoder().decode(bytes), options);
  }

  async withBytes<R>(
    fn: (bytes: Uint8Array) => R | Promise<R>,
    options?: RevealOptions,
  ): Promise<R> {
    const bytes = await this.#read(options);
    try {
      return await fn(bytes);
    } finally {
      bytes.fill(0);
    }
  }

  async #read(options: RevealOptions | undefined): Promise<Uint8Array> {
    const caller = options?.caller;
    try {
      const bytes = await this.#cell.read(options);
      for (const listener of this.#listeners) listener(this, { caller });
      return bytes;
    } catch (error) {
      for (const listener of this.#listeners) listener(this, { caller, error });
      throw error;
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

function hasSameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : Buffer.compare(a, b) === 0;
}

/** The handle of what stands behind it. */
export function createSecretHandle(cell: SecretCell): SecretRef {
  return new SecretHandle(cell);
}

/** Whether two handles stand for the same secret: by reference, and by the bytes of what is literal. */
export function isSameSecret(a: SecretRef, b: SecretRef): boolean {
  return SecretHandle.isSame(a, b);
}

/** Whether a value of the configuration is a handle rather than text. */
export function isSecretRef(value: unknown): value is SecretRef {
  return SecretHandle.isHandle(value);
}

/** Tells `listener` of each reveal of this handle from now on. */
export function listenToReveals(handle: SecretRef, listener: RevealListener): void {
  SecretHandle.listen(handle, listener);
}

/** The plaintext for the library's own use: a check, a connection. It counts as no access. */
export async function readQuietly(handle: SecretRef, options: RevealOptions = {}): Promise<string> {
  return await SecretHandle.readQuietly(handle, options);
}

/**
 * Whether some of the secret stands in the configuration itself, where it is never shown: all of it, or
 * the default of a variable.
 *
 * @param isPublic whether such a text gives nothing away: then it does not count. It MUST not keep it
 */
export function holdsLiteralText(
  handle: SecretRef,
  isPublic: (literal: string) => boolean = () => false,
): boolean {
  const verdict = SecretHandle.digest(handle, (bytes) =>
    isPublic(new TextDecoder().decode(bytes)) ? "public" : "secret",
  );
  return verdict === "secret";
}

/** What `digest` makes of the bytes that stand in the configuration; nothing where there are none. */
export function digestLiteral(
  handle: SecretRef,
  digest: (bytes: Uint8Array) => string,
): string | undefined {
  return SecretHandle.digest(handle, digest);
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
  readonly literal: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.literal = bytes;
  }

  async read(): Promise<Uint8Array> {
    return this.literal.slice();
  }

  onRotate(): Subscription {
    return createSubscription(() => {});
  }
}
