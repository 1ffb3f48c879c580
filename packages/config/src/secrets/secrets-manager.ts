/**
 * What secrets are fetched from.
 *
 * @module
 */

/**
 * A backend of secrets. Implementations are made safe against many concurrent calls by `cached`.
 *
 * @throws what the backend says, without any value; a missing secret is an error too
 */
export interface SecretsManager extends AsyncDisposable {
  /** Also the name that `${secret://<kind>/…}` knows it by. */
  readonly kind: string;
  getSecret(path: string, options?: SecretReadOptions): Promise<SecretMaterial>;
  /** One result per path; never fails as a whole. */
  getSecrets(
    paths: readonly string[],
    options?: SecretReadOptions,
  ): Promise<ReadonlyMap<string, SecretMaterial | Error>>;
  /** Drops cached values: all, or the given paths. */
  refresh(paths?: readonly string[]): Promise<void>;
}

/** Which part and version of a secret is read, and whether from the cache. */
export interface SecretReadOptions {
  /** Member of a structured secret. */
  readonly key?: string;
  /** A version number or the name of a stage. */
  readonly version?: string;
  /** Asks the backend even where a value is remembered; default false. */
  readonly bypassCache?: boolean;
  readonly signal?: AbortSignal;
}

/** Tainted bytes; printing shows `[redacted]`. Disposing overwrites them. */
export interface SecretMaterial extends Disposable {
  readonly bytes: Uint8Array;
  readonly version?: string;
  readonly expiresAt?: Date;
}
