import { type KeyObject, randomBytes } from "node:crypto";
import { isLlmcfgError, type Json, LlmcfgError, SecretBytes } from "@llmcfg/core";
import type { Clock } from "../configs/ports.ts";
import { abortable } from "./abortable.ts";
import {
  authenticateText,
  createKey,
  createSigningKey,
  deriveTenantKey,
  fingerprintOf,
  hashValue,
  integrityFailure,
  type NamespaceKey,
  openValue,
  requireSealedValue,
  sealValue,
  signText,
  type TenantPurpose,
  toKeyObject,
  verifierKeyOf,
} from "./envelope.ts";
import { ExpiringCache } from "./expiring-cache.ts";
import type {
  KeyContext,
  Keyring,
  KeyStore,
  RootKey,
  RootKeyProbe,
  SealAddress,
  WaitOptions,
  WrappedKey,
} from "./ports.ts";
import type { SealedValue, Suite } from "./sealed-value.ts";

export interface KeyringDeps {
  readonly keyStore: KeyStore;
  readonly rootKey: RootKey;
  readonly clock: Clock;
}

export interface KeyringOptions {
  /** Tells deployments apart that share a root key; bound to every wrapped key, so never changed. */
  readonly deployment: string;
  /** What new values are sealed with; both suites are read. Default: 1, AES-256-GCM. */
  readonly suite?: Suite;
  /** A clock that never goes back, in milliseconds. */
  readonly monotonicMs?: () => number;
}

const HOUR_MS = 60 * 60 * 1_000;

/**
 * The keys of all tenants, wrapped in the store and opened by the root key.
 *
 * A key that was opened is kept as a `KeyObject` for an hour at most, so readers do not notice a
 * provider that is away for less. Keys are made when they are first needed.
 */
export class EnvelopeKeyring implements Keyring, RootKeyProbe {
  readonly #deps: KeyringDeps;
  readonly #options: Required<KeyringOptions>;
  readonly #namespaceKeys: ExpiringCache<NamespaceKey>;
  readonly #tenantKeys: ExpiringCache<KeyObject>;

  constructor(deps: KeyringDeps, options: KeyringOptions) {
    this.#deps = deps;
    this.#options = { suite: 1, monotonicMs: () => performance.now(), ...options };
    const limits = {
      maxEntries: 10_000,
      maxAgeMs: HOUR_MS,
      monotonicMs: this.#options.monotonicMs,
    };
    this.#namespaceKeys = new ExpiringCache(limits);
    this.#tenantKeys = new ExpiringCache(limits);
  }

  async seal(
    address: SealAddress,
    plaintext: SecretBytes,
    options: WaitOptions = {},
  ): Promise<string> {
    const key = await abortable(this.#sealingKey(address), options.signal);
    return plaintext.withBytes((bytes) => sealValue(key, this.#options.suite, address, bytes));
  }

  async open(
    address: SealAddress,
    sealed: string,
    options: WaitOptions = {},
  ): Promise<SecretBytes> {
    const value = requireSealedValue(address, sealed);
    const finding = this.#openingKey(address, value);
    const { key } = await abortable(finding, options.signal);
    return openValue(key, address, value);
  }

  async valueHash(
    tenant: string,
    itemId: string,
    value: Json | Uint8Array,
    options: WaitOptions = {},
  ): Promise<string> {
    const key = await abortable(this.#derivedKey(tenant, "audit-hmac"), options.signal);
    return hashValue(key, { tenant, itemId }, value);
  }

  async fingerprint(
    tenant: string,
    value: Json | Uint8Array,
    options: WaitOptions = {},
  ): Promise<string> {
    const key = await abortable(this.#derivedKey(tenant, "fingerprint"), options.signal);
    return fingerprintOf(key, value);
  }

  async authenticate(tenant: string, purpose: string, text: string): Promise<Uint8Array> {
    const key = await this.#serviceKey(tenant);
    return authenticateText(key, { tenant, purpose }, text);
  }

  async signNote(
    tenant: string,
    origin: string,
    text: string,
    options: WaitOptions = {},
  ): Promise<string> {
    const key = await abortable(this.#checkpointKey(tenant), options.signal);
    return signText(key, origin, text);
  }

  async verifierKey(tenant: string, origin: string, options: WaitOptions = {}): Promise<string> {
    const key = await abortable(this.#checkpointKey(tenant), options.signal);
    return verifierKeyOf(key, origin);
  }

  /**
   * Makes sure that the root key is the one that the keys of the tenant were wrapped with, by
   * unwrapping one of them. Before a server answers anything.
   *
   * @throws {LlmcfgError} `INTEGRITY_FAILED` for another root key; `SEALED` where it is away
   */
  async requireRootKey(tenant: string, options: WaitOptions = {}): Promise<void> {
    const { keyStore, rootKey } = this.#deps;
    const kept = await keyStore.findTenantKey(tenant, "root", options);
    if (kept !== undefined && kept.rootKeyId !== rootKey.keyId) {
      const message = `the root key is ${rootKey.keyId}, the store belongs to ${kept.rootKeyId}`;
      const hint = "start with the root key that belongs to the store";
      throw new LlmcfgError("INTEGRITY_FAILED", message, { hint });
    }
    await this.#derivedKey(tenant, "audit-hmac"); // makes the key in a new store
  }

  async probeRootKey(tenant: string, { signal }: WaitOptions = {}): Promise<void> {
    const { rootKey } = this.#deps;
    using key = await abortable(this.#tenantKey(tenant, "root"), signal);
    const context = { product: "llmcfg", deployment: this.#options.deployment, purpose: "probe" };
    const wrapping = key.withBytes((bytes) => rootKey.wrap(bytes, context));
    await abortable(wrapping, signal);
  }

  #sealingKey({ tenant, env, service }: SealAddress): Promise<NamespaceKey> {
    const namespace = `${env}/${service}`;
    return this.#namespaceKeys.get(idOf("seal", tenant, namespace), async () => {
      const kept =
        (await this.#deps.keyStore.findNamespaceKey(tenant, namespace)) ??
        (await this.#createNamespaceKey(tenant, namespace));
      return await this.#unwrapNamespaceKey(tenant, kept);
    });
  }

  async #openingKey(
    address: SealAddress,
    { keyId, keyVersion }: SealedValue,
  ): Promise<NamespaceKey> {
    const { tenant } = address;
    const id = Buffer.from(keyId).toString("hex");
    try {
      return await this.#namespaceKeys.get(idOf("open", tenant, id, keyVersion), async () => {
        const kept = await this.#deps.keyStore.findKeyVersion(tenant, id, keyVersion);
        if (kept === undefined) throw new LlmcfgError("INTEGRITY_FAILED", `no key ${id}`, {});
        return await this.#unwrapNamespaceKey(tenant, kept);
      });
    } catch (error) {
      throw isLlmcfgError(error, "INTEGRITY_FAILED") ? integrityFailure(address, error) : error;
    }
  }

  #serviceKey(tenant: string): Promise<KeyObject> {
    return this.#tenantKeys.get(idOf("service", tenant), async () => {
      const kept = await this.#deps.keyStore.serviceKey(tenant);
      using key = new SecretBytes(Uint8Array.from(kept)); // a copy: `kept` is the store's
      return toKeyObject(key);
    });
  }

  #derivedKey(tenant: string, purpose: TenantPurpose): Promise<KeyObject> {
    return this.#tenantKeys.get(idOf("derived", tenant, purpose), async () => {
      using root = await this.#tenantKey(tenant, "root");
      return deriveTenantKey(toKeyObject(root), purpose);
    });
  }

  #checkpointKey(tenant: string): Promise<KeyObject> {
    return this.#tenantKeys.get(idOf("checkpoint", tenant), async () => {
      using seed = await this.#tenantKey(tenant, "checkpoint");
      return createSigningKey(seed);
    });
  }

  async #createNamespaceKey(tenant: string, namespace: string): Promise<WrappedKey> {
    const created = await this.#createWrapped((id) => this.#contextOfNamespaceKey(tenant, id, 1));
    return await this.#deps.keyStore.createNamespaceKey(tenant, namespace, created);
  }

  async #unwrapNamespaceKey(tenant: string, kept: WrappedKey): Promise<NamespaceKey> {
    const { id, version, wrapped } = kept;
    const context = this.#contextOfNamespaceKey(tenant, id, version);
    using key = await this.#deps.rootKey.unwrap(wrapped, context);
    return { id, version, key: toKeyObject(key) };
  }

  /** The tenant's key for a purpose; the caller disposes it. */
  async #tenantKey(tenant: string, purpose: "root" | "checkpoint"): Promise<SecretBytes> {
    const { keyStore, rootKey } = this.#deps;
    const kept =
      (await keyStore.findTenantKey(tenant, purpose)) ??
      (await this.#createTenantKey(tenant, purpose));
    const context = this.#contextOfTenantKey(tenant, purpose, kept.id, kept.version);
    return await rootKey.unwrap(kept.wrapped, context);
  }

  async #createTenantKey(tenant: string, purpose: string): Promise<WrappedKey> {
    const created = await this.#createWrapped((id) =>
      this.#contextOfTenantKey(tenant, purpose, id, 1),
    );
    return await this.#deps.keyStore.createTenantKey(tenant, purpose, created);
  }

  async #createWrapped(contextOf: (id: string) => KeyContext): Promise<WrappedKey> {
    const { rootKey, clock } = this.#deps;
    const id = randomBytes(16).toString("hex");
    using key = createKey();
    const wrapped = await key.withBytes((bytes) => rootKey.wrap(bytes, contextOf(id)));
    return { id, version: 1, rootKeyId: rootKey.keyId, wrapped, createdAtMs: clock.nowMs() };
  }

  #contextOfNamespaceKey(tenant: string, nskId: string, version: number): KeyContext {
    const { deployment } = this.#options;
    return { product: "llmcfg", deployment, tenant, nskId, version };
  }

  #contextOfTenantKey(tenant: string, purpose: string, id: string, version: number): KeyContext {
    const { deployment } = this.#options;
    return { product: "llmcfg", deployment, tenant, purpose, keyId: id, version };
  }
}

/** Equal for equal parts alone. */
function idOf(...parts: readonly (string | number)[]): string {
  return JSON.stringify(parts);
}
