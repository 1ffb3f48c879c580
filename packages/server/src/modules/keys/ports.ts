/**
 * What the keys module needs from the world, and what it gives to the other modules.
 *
 * @module
 */

import type { Json, SecretBytes } from "@llmcfg/core";

export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
}

/** The key above all others, never in our database: a local file, a KMS. */
export interface RootKey {
  /** Names the key that wraps now; never reused. */
  readonly keyId: string;
  /** @param context bound to the result: unwrapping needs an equal one */
  wrap(key: Uint8Array, context: KeyContext, options?: WaitOptions): Promise<Uint8Array>;
  /**
   * @throws {LlmcfgError} `INTEGRITY_FAILED` where key or context are not those it was wrapped
   *   with; `SEALED` where the provider is away
   */
  unwrap(wrapped: Uint8Array, context: KeyContext, options?: WaitOptions): Promise<SecretBytes>;
}

export type KeyContext = Readonly<Record<string, string | number>>;

/** A key that is wrapped by the root key. */
export interface WrappedKey {
  /** 16 bytes in hex. */
  readonly id: string;
  readonly version: number;
  readonly rootKeyId: string;
  readonly wrapped: Uint8Array;
  readonly createdAtMs: number;
}

/** Keeps wrapped keys. */
export interface KeyStore {
  /** 32 bytes that authenticate cursors and ETags; made with the tenant, not wrapped. */
  serviceKey(tenant: string, options?: WaitOptions): Promise<Uint8Array>;

  /** The newest version of the key of a namespace `env/service`. */
  findNamespaceKey(
    tenant: string,
    namespace: string,
    options?: WaitOptions,
  ): Promise<WrappedKey | undefined>;

  /** Of any age, by id and version. */
  findKeyVersion(
    tenant: string,
    id: string,
    version: number,
    options?: WaitOptions,
  ): Promise<WrappedKey | undefined>;

  /** Keeps the first key of a namespace; of concurrent callers one wins, all get the winner's. */
  createNamespaceKey(
    tenant: string,
    namespace: string,
    key: WrappedKey,
    options?: WaitOptions,
  ): Promise<WrappedKey>;

  /** The tenant's own key for a purpose: `root`, `checkpoint`. */
  findTenantKey(
    tenant: string,
    purpose: string,
    options?: WaitOptions,
  ): Promise<WrappedKey | undefined>;

  /** As {@link createNamespaceKey}. */
  createTenantKey(
    tenant: string,
    purpose: string,
    key: WrappedKey,
    options?: WaitOptions,
  ): Promise<WrappedKey>;
}

/** What a sealed value is bound to: a ciphertext moved elsewhere does not open. */
export interface SealAddress {
  readonly tenant: string;
  readonly env: string;
  readonly service: string;
  readonly key: string;
  /** 16 bytes in hex. */
  readonly itemId: string;
  readonly version: number;
  readonly class: "secret" | "person";
}

/** What tells whether secrets can be opened. */
export interface RootKeyProbe {
  /**
   * Asks the root key itself, past every cache, to open the tenant's key and to wrap it again; what
   * comes of that is thrown away. One read of the store.
   *
   * @throws {LlmcfgError} `SEALED` where the root key is away; `INTEGRITY_FAILED` where it is another
   *   one than that of the store
   */
  probeRootKey(tenant: string, options?: WaitOptions): Promise<void>;
}

/** Everything the other modules ask of cryptography. */
export interface Keyring {
  /** Seals under a fresh data key; `llmcfg1.…`. @throws {LlmcfgError} `SEALED` */
  seal(address: SealAddress, plaintext: SecretBytes, options?: WaitOptions): Promise<string>;

  /**
   * Opens what {@link seal} gave for an equal address.
   *
   * @throws {LlmcfgError} `INTEGRITY_FAILED`, the one error for whatever does not fit; `SEALED`
   */
  open(address: SealAddress, sealed: string, options?: WaitOptions): Promise<SecretBytes>;

  /**
   * `hmac:` and 64 hex digits: stands for a secret value of one item.
   *
   * @param value the bytes themselves of a binary value
   */
  valueHash(
    tenant: string,
    itemId: string,
    value: Json | Uint8Array,
    options?: WaitOptions,
  ): Promise<string>;

  /** 8 hex digits, equal for equal values of a tenant. */
  fingerprint(tenant: string, value: Json | Uint8Array, options?: WaitOptions): Promise<string>;

  /**
   * Authenticates text against clients: cursors, ETags. 32 bytes.
   *
   * @param purpose keeps the uses apart: `etag`, `cursor`
   */
  authenticate(tenant: string, purpose: string, text: string): Promise<Uint8Array>;

  /** Signs a C2SP note text under the tenant's checkpoint key. */
  signNote(tenant: string, origin: string, text: string, options?: WaitOptions): Promise<string>;

  /** The C2SP verifier key of the tenant's checkpoints: `llmcfg/default+7ea7c477+…`. */
  verifierKey(tenant: string, origin: string, options?: WaitOptions): Promise<string>;
}
