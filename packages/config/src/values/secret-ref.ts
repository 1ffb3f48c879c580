import type { Subscription } from "./subscription.ts";

/** Who reveals a secret, and whether the backend is asked anew. */
export interface RevealOptions {
  /** Who asks, for the audit record. */
  readonly caller?: string;
  readonly signal?: AbortSignal;
  /** Asks the backend again instead of a cache. */
  readonly refresh?: boolean;
}

/**
 * Handle to a secret. Holds no plaintext that could be printed: text, JSON, `util.inspect`,
 * template literals and `structuredClone` show the reference, `[literal]`, or nothing.
 */
export interface SecretRef {
  readonly kind: "secret" | "env" | "file" | "literal";
  /** Reference text, or `[literal]`. */
  readonly reference: string;
  /** Raised by rotation; starts at 1. */
  readonly secretVersion: number;
  /**
   * Plaintext as a string. Counted, and audited when enabled.
   *
   * @throws {ConfigError} `secret_unavailable`, which names the reference
   */
  reveal(options?: RevealOptions): Promise<string>;
  /** Gives the bytes to `fn` and overwrites the buffer afterwards. */
  withBytes<R>(fn: (bytes: Uint8Array) => R | Promise<R>, options?: RevealOptions): Promise<R>;
  /** Value before the last rotation, while it is still kept. */
  readonly previous: SecretRef | undefined;
  onRotate(listener: (ref: SecretRef) => void | Promise<void>): Subscription;
  /** The reference, as `toJSON` and every printer show it. */
  toString(): string;
  toJSON(): string;
}

/** What a `text` or `url` field holds. */
export type Text = string | SecretRef;

/** Gives the text of a `text` or `url` field, whichever form it has. */
export async function revealText(value: Text, options?: RevealOptions): Promise<string> {
  return typeof value === "string" ? value : await value.reveal(options);
}
