import { createId } from "@llmcfg/core";
import type { Kysely, Selectable } from "kysely";
import type { SealedRecord } from "../../modules/audit/ports.ts";
import type { Clock } from "../../modules/configs/ports.ts";
import type {
  Binding,
  Grant,
  IdentityStore,
  StoredToken,
  TokenKind,
  WaitOptions,
} from "../../modules/identity/ports.ts";
import { insertRecords } from "./audit-records.ts";
import { inBatches } from "./batches.ts";
import { fromHex, toHex } from "./hex.ts";
import type { ApiKeyTable, BindingTable, Tables } from "./tables.ts";
import { lockTenant } from "./tenant-lock.ts";

/** Keeps tokens, bindings and principals in SQLite or PostgreSQL. */
export class SqlIdentityStore implements IdentityStore {
  readonly #db: Kysely<Tables>;
  readonly #clock: Clock;

  /**
   * @param db migrated; stays the caller's to close
   * @param clock goes into the opaque ids, which sort by time
   */
  constructor(db: Kysely<Tables>, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  async findToken(handle: string, { signal }: WaitOptions = {}): Promise<StoredToken | undefined> {
    const row = await this.#db
      .selectFrom("api_key")
      .selectAll()
      .where("handle", "=", handle)
      .executeTakeFirst({ signal });
    return row && fromTokenRow(row);
  }

  async listTokens(tenant: string, { signal }: WaitOptions = {}): Promise<readonly StoredToken[]> {
    const rows = await this.#db
      .selectFrom("api_key")
      .selectAll()
      .where("tenant", "=", tenant)
      .orderBy("created_at_ms", "desc")
      .orderBy("id", "desc")
      .execute({ signal });
    return rows.map(fromTokenRow);
  }

  async createToken(
    token: StoredToken,
    bindings: readonly Binding[],
    records: readonly SealedRecord[],
    options: WaitOptions = {},
  ): Promise<void> {
    const { tenant } = token;
    await this.#db.transaction().execute(async (tx) => {
      const from = await lockTenant(tx, tenant, records.length, options);
      await tx.insertInto("api_key").values(toTokenRow(token)).execute();
      for (const batch of inBatches(bindings.map((binding) => toBindingRow(tenant, binding)))) {
        await tx.insertInto("binding").values(batch).execute();
      }
      await insertRecords(tx, tenant, from, records);
    });
  }

  async deleteTokens(
    tenant: string,
    ids: readonly string[],
    records: readonly SealedRecord[],
    options: WaitOptions = {},
  ): Promise<void> {
    await this.#db.transaction().execute(async (tx) => {
      const from = await lockTenant(tx, tenant, records.length, options);
      for (const batch of inBatches(ids.map((id) => ({ id })))) {
        const named = batch.map(({ id }) => id);
        await tx
          .deleteFrom("api_key")
          .where("tenant", "=", tenant)
          .where("id", "in", named)
          .execute();
      }
      await insertRecords(tx, tenant, from, records);
    });
  }

  async touchToken(tenant: string, id: string, usedAtMs: number): Promise<void> {
    const minute = usedAtMs - (usedAtMs % 60_000);
    await this.#db
      .updateTable("api_key")
      .set({ last_used_at_ms: minute })
      .where((eb) => eb.and({ tenant, id }))
      .where((eb) => eb.or([eb("last_used_at_ms", "is", null), eb("last_used_at_ms", "<", minute)]))
      .execute();
  }

  async bindingsOf(
    tenant: string,
    principal: string,
    { signal }: WaitOptions = {},
  ): Promise<readonly Binding[]> {
    const rows = await this.#db
      .selectFrom("binding")
      .selectAll()
      .where((eb) => eb.and({ tenant, principal }))
      .orderBy("id")
      .execute({ signal });
    return rows.map(fromBindingRow);
  }

  async actorId(tenant: string, principal: string, options: WaitOptions = {}): Promise<string> {
    const known = await this.findActorId(tenant, principal, options);
    if (known !== undefined) return known;

    return await this.#db.transaction().execute(async (tx) => {
      await lockTenant(tx, tenant, 0, options);
      const meanwhile = await findActorId(tx, tenant, principal, {});
      if (meanwhile !== undefined) return meanwhile;

      const actor_id = createId("user", this.#clock.nowMs()).replace("_", "#");
      await tx.insertInto("principal").values({ tenant, actor_id, principal }).execute();
      return actor_id;
    });
  }

  async findActorId(
    tenant: string,
    principal: string,
    options: WaitOptions = {},
  ): Promise<string | undefined> {
    return await findActorId(this.#db, tenant, principal, options);
  }

  async principals(
    tenant: string,
    actorIds: readonly string[],
    { signal }: WaitOptions = {},
  ): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>();
    for (const batch of inBatches(actorIds.map((actor_id) => ({ actor_id })))) {
      const rows = await this.#db
        .selectFrom("principal")
        .select(["actor_id", "principal"])
        .where("tenant", "=", tenant)
        .where(
          "actor_id",
          "in",
          batch.map((row) => row.actor_id),
        )
        .execute({ signal });
      for (const row of rows) found.set(row.actor_id, row.principal);
    }
    return found;
  }
}

async function findActorId(
  db: Kysely<Tables>,
  tenant: string,
  principal: string,
  { signal }: WaitOptions,
): Promise<string | undefined> {
  const row = await db
    .selectFrom("principal")
    .select("actor_id")
    .where((eb) => eb.and({ tenant, principal }))
    .executeTakeFirst({ signal });
  return row?.actor_id;
}

function toTokenRow(token: StoredToken): ApiKeyTable {
  const { limitedTo } = token;
  return {
    tenant: token.tenant,
    id: token.id,
    handle: token.handle,
    secret_hash: toHex(token.secretHash),
    kind: token.kind,
    name: token.name,
    principal: token.principal,
    limited_to: limitedTo === undefined ? null : JSON.stringify(limitedTo),
    created_by: token.createdBy,
    created_at_ms: token.createdAtMs,
    expires_at_ms: token.expiresAtMs ?? null,
    last_used_at_ms: token.lastUsedAtMs ?? null,
  };
}

/** The casts hold because {@link toTokenRow} wrote the row. */
function fromTokenRow(row: Selectable<ApiKeyTable>): StoredToken {
  const { limited_to } = row;
  return {
    tenant: row.tenant,
    id: row.id,
    handle: row.handle,
    secretHash: fromHex(row.secret_hash),
    kind: row.kind as TokenKind,
    name: row.name,
    principal: row.principal,
    limitedTo: limited_to === null ? undefined : (JSON.parse(limited_to) as readonly Grant[]),
    createdBy: row.created_by,
    createdAtMs: row.created_at_ms,
    expiresAtMs: row.expires_at_ms ?? undefined,
    lastUsedAtMs: row.last_used_at_ms ?? undefined,
  };
}

function toBindingRow(tenant: string, binding: Binding): BindingTable {
  return {
    tenant,
    id: binding.id,
    principal: binding.principal,
    role: binding.role,
    scope: binding.scope,
    expires_at_ms: binding.expiresAtMs ?? null,
    may_grant: JSON.stringify(binding.mayGrant),
  };
}

function fromBindingRow(row: Selectable<BindingTable>): Binding {
  return {
    id: row.id,
    principal: row.principal,
    role: row.role,
    scope: row.scope,
    expiresAtMs: row.expires_at_ms ?? undefined,
    mayGrant: JSON.parse(row.may_grant) as readonly string[], // as toBindingRow wrote it
  };
}
