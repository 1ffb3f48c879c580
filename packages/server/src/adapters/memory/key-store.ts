import type { KeyStore, WaitOptions, WrappedKey } from "../../modules/keys/ports.ts";
import { type MemoryDatabase, pairOf } from "./database.ts";

/** Keeps wrapped keys in this process alone: for tests, and for trying the product out. */
export class MemoryKeyStore implements KeyStore {
  readonly #db: MemoryDatabase;

  constructor(db: MemoryDatabase) {
    this.#db = db;
  }

  async serviceKey(tenant: string, { signal }: WaitOptions = {}): Promise<Uint8Array> {
    signal?.throwIfAborted();
    return this.#db.tenant(tenant).serviceKey.slice(); // the caller may wipe what it was given
  }

  async findNamespaceKey(
    tenant: string,
    namespace: string,
    { signal }: WaitOptions = {},
  ): Promise<WrappedKey | undefined> {
    signal?.throwIfAborted();
    return this.#db.tenants.get(tenant)?.keys.get(pairOf("namespace", namespace));
  }

  async findKeyVersion(
    tenant: string,
    id: string,
    version: number,
    { signal }: WaitOptions = {},
  ): Promise<WrappedKey | undefined> {
    signal?.throwIfAborted();
    const keys = this.#db.tenants.get(tenant)?.keys.values() ?? [];
    return [...keys].find((key) => key.id === id && key.version === version);
  }

  async createNamespaceKey(
    tenant: string,
    namespace: string,
    key: WrappedKey,
    options: WaitOptions = {},
  ): Promise<WrappedKey> {
    return this.#create(tenant, pairOf("namespace", namespace), key, options);
  }

  async findTenantKey(
    tenant: string,
    purpose: string,
    { signal }: WaitOptions = {},
  ): Promise<WrappedKey | undefined> {
    signal?.throwIfAborted();
    return this.#db.tenants.get(tenant)?.keys.get(pairOf("tenant", purpose));
  }

  async createTenantKey(
    tenant: string,
    purpose: string,
    key: WrappedKey,
    options: WaitOptions = {},
  ): Promise<WrappedKey> {
    return this.#create(tenant, pairOf("tenant", purpose), key, options);
  }

  #create(tenant: string, use: string, key: WrappedKey, { signal }: WaitOptions): WrappedKey {
    signal?.throwIfAborted();
    const { keys } = this.#db.tenant(tenant);
    const existing = keys.get(use);
    if (existing !== undefined) return existing;

    if ([...keys.values()].some(({ id }) => id === key.id)) {
      throw new TypeError("two keys have the same id");
    }
    keys.set(use, key);
    return key;
  }
}
