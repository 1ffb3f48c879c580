import type { Kysely } from "kysely";
import type { KeyStore, WaitOptions, WrappedKey } from "../../modules/keys/ports.ts";
import { fromHex, toHex } from "./hex.ts";
import type { KeyVersionTable, Tables } from "./tables.ts";
import { lockTenant, noSuchTenant } from "./tenant-lock.ts";

/** Keeps wrapped keys in SQLite or PostgreSQL. */
export class SqlKeyStore implements KeyStore {
  readonly #db: Kysely<Tables>;

  /** @param db migrated; stays the caller's to close */
  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  async serviceKey(tenant: string, { signal }: WaitOptions = {}): Promise<Uint8Array> {
    const row = await this.#db
      .selectFrom("tenant")
      .select("service_key")
      .where("id", "=", tenant)
      .executeTakeFirst({ signal });
    if (row === undefined) throw noSuchTenant(tenant);
    return fromHex(row.service_key);
  }

  async findNamespaceKey(
    tenant: string,
    namespace: string,
    options: WaitOptions = {},
  ): Promise<WrappedKey | undefined> {
    return await newestVersion(this.#db, { tenant, scope: "namespace", name: namespace }, options);
  }

  async findKeyVersion(
    tenant: string,
    id: string,
    version: number,
    { signal }: WaitOptions = {},
  ): Promise<WrappedKey | undefined> {
    const row = await this.#db
      .selectFrom("key_version")
      .selectAll()
      .where((eb) => eb.and({ tenant, key_id: id, version }))
      .executeTakeFirst({ signal });
    return row && toWrappedKey(row);
  }

  async createNamespaceKey(
    tenant: string,
    namespace: string,
    key: WrappedKey,
    options: WaitOptions = {},
  ): Promise<WrappedKey> {
    return await this.#create({ tenant, scope: "namespace", name: namespace }, key, options);
  }

  async findTenantKey(
    tenant: string,
    purpose: string,
    options: WaitOptions = {},
  ): Promise<WrappedKey | undefined> {
    return await newestVersion(this.#db, { tenant, scope: "tenant", name: purpose }, options);
  }

  async createTenantKey(
    tenant: string,
    purpose: string,
    key: WrappedKey,
    options: WaitOptions = {},
  ): Promise<WrappedKey> {
    return await this.#create({ tenant, scope: "tenant", name: purpose }, key, options);
  }

  /** The lock of the tenant decides who is first; who comes later finds the key of the first. */
  async #create(use: KeyUse, key: WrappedKey, options: WaitOptions): Promise<WrappedKey> {
    return await this.#db.transaction().execute(async (tx) => {
      await lockTenant(tx, use.tenant, 0, options);
      const existing = await newestVersion(tx, use, {});
      if (existing !== undefined) return existing;

      await tx
        .insertInto("data_key")
        .values({ ...use, key_id: key.id })
        .execute();
      await tx
        .insertInto("key_version")
        .values({
          tenant: use.tenant,
          key_id: key.id,
          version: key.version,
          root_key_id: key.rootKeyId,
          wrapped: toHex(key.wrapped),
          created_at_ms: key.createdAtMs,
        })
        .execute();
      return key;
    });
  }
}

/** What a key is for. */
interface KeyUse {
  readonly tenant: string;
  readonly scope: "namespace" | "tenant";
  readonly name: string;
}

async function newestVersion(
  db: Kysely<Tables>,
  { tenant, scope, name }: KeyUse,
  { signal }: WaitOptions,
): Promise<WrappedKey | undefined> {
  const row = await db
    .selectFrom("data_key as k")
    .innerJoin("key_version as v", (join) =>
      join.onRef("v.tenant", "=", "k.tenant").onRef("v.key_id", "=", "k.key_id"),
    )
    .selectAll("v")
    .where("k.tenant", "=", tenant)
    .where("k.scope", "=", scope)
    .where("k.name", "=", name)
    .orderBy("v.version", "desc")
    .limit(1)
    .executeTakeFirst({ signal });
  return row && toWrappedKey(row);
}

function toWrappedKey(row: KeyVersionTable): WrappedKey {
  return {
    id: row.key_id,
    version: row.version,
    rootKeyId: row.root_key_id,
    wrapped: fromHex(row.wrapped),
    createdAtMs: row.created_at_ms,
  };
}
