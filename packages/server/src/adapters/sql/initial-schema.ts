import { randomBytes } from "node:crypto";
import { DEFAULT_ENVIRONMENTS } from "@llmcfg/core";
import { type CreateTableBuilder, type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";
import { toHex } from "./hex.ts";
import type { Tables } from "./tables.ts";

/** Everything there is in the beginning, with the tenant `default` at revision 1. */
export const initialSchema: Migration = {
  async up(db: Kysely<Tables>): Promise<void> {
    await createTenantTables(db);
    await createItemTables(db);
    await createFeedTables(db);
    await createAuditTables(db);
    await createKeyTables(db);
    await createIdentityTables(db);
    await insertTenant(db, "default");
  },
};

async function createTenantTables(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable("tenant")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("head_revision", "bigint", (c) => c.notNull())
    .addColumn("audit_size", "bigint", (c) => c.notNull())
    .addColumn("service_key", "text", (c) => c.notNull())
    .addColumn("created_at_ms", "bigint", (c) => c.notNull())
    .execute();
  await withTenant(db.schema.createTable("environment"))
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("revision", "bigint", (c) => c.notNull())
    .addColumn("removed_revision", "bigint")
    .addColumn("position", "integer", (c) => c.notNull())
    .addColumn("aliases", "text", (c) => c.notNull())
    .addColumn("inherits", "text")
    .addColumn("protected", "integer", (c) => c.notNull())
    .addColumn("description", "text")
    .addPrimaryKeyConstraint("environment_pk", ["tenant", "name", "revision"])
    .execute();
}

async function createItemTables(db: Kysely<Tables>): Promise<void> {
  await withItemKey(db.schema.createTable("item"))
    .addColumn("head_version", "integer", (c) => c.notNull())
    .addColumn("head_revision", "bigint", (c) => c.notNull())
    .addColumn("state", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("item_pk", ["tenant", "env", "service", "key"])
    .execute();
  await db.schema
    .createIndex("item_by_state")
    .on("item")
    .columns(["tenant", "env", "state", "service"])
    .execute();
  await createItemVersionTable(db);
  await withItemKey(db.schema.createTable("item_reference"))
    .addColumn("version", "integer", (c) => c.notNull())
    .addColumn("target_service", "text", (c) => c.notNull())
    .addColumn("target_key", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("item_reference_pk", [
      "tenant",
      "env",
      "service",
      "key",
      "version",
      "target_service",
      "target_key",
    ])
    .execute();
  await db.schema
    .createIndex("item_reference_by_target")
    .on("item_reference")
    .columns(["tenant", "target_service", "target_key", "env", "service", "key", "version"])
    .execute();
}

async function createItemVersionTable(db: Kysely<Tables>): Promise<void> {
  await withItemKey(db.schema.createTable("item_version"))
    .addColumn("version", "integer", (c) => c.notNull())
    .addColumn("revision", "bigint", (c) => c.notNull())
    .addColumn("position", "integer", (c) => c.notNull())
    .addColumn("item_id", "text", (c) => c.notNull())
    .addColumn("state", "text", (c) => c.notNull())
    .addColumn("op", "text", (c) => c.notNull())
    .addColumn("value", "text")
    .addColumn("sealed", "text")
    .addColumn("hash", "text")
    .addColumn("fingerprint", "text")
    .addColumn("type", "text", (c) => c.notNull())
    .addColumn("content_type", "text")
    .addColumn("sensitive", "integer", (c) => c.notNull())
    .addColumn("merge_mode", "text", (c) => c.notNull())
    .addColumn("description", "text")
    .addColumn("owner", "text")
    .addColumn("tags", "text", (c) => c.notNull())
    .addColumn("environment_specific", "integer", (c) => c.notNull())
    .addColumn("managed_by", "text")
    .addColumn("author", "text", (c) => c.notNull())
    .addColumn("via", "text", (c) => c.notNull())
    .addColumn("message", "text")
    .addColumn("committed_at_ms", "bigint", (c) => c.notNull())
    .addColumn("restored_from", "integer")
    .addPrimaryKeyConstraint("item_version_pk", ["tenant", "env", "service", "key", "version"])
    .addUniqueConstraint("item_version_by_commit", ["tenant", "revision", "position"])
    .addCheckConstraint("item_version_one_value", sql`value is null or sealed is null`)
    .execute();
}

async function createFeedTables(db: Kysely<Tables>): Promise<void> {
  await withTenant(db.schema.createTable("change"))
    .addColumn("revision", "bigint", (c) => c.notNull())
    .addColumn("author", "text", (c) => c.notNull())
    .addColumn("message", "text")
    .addColumn("committed_at_ms", "bigint", (c) => c.notNull())
    .addPrimaryKeyConstraint("change_pk", ["tenant", "revision"])
    .execute();
  await withTenant(db.schema.createTable("idempotency"))
    .addColumn("principal", "text", (c) => c.notNull())
    .addColumn("key", "text", (c) => c.notNull())
    .addColumn("request_hash", "text", (c) => c.notNull())
    .addColumn("status", "integer", (c) => c.notNull())
    .addColumn("headers", "text", (c) => c.notNull())
    .addColumn("body", "text", (c) => c.notNull())
    .addColumn("saved_at_ms", "bigint", (c) => c.notNull())
    .addPrimaryKeyConstraint("idempotency_pk", ["tenant", "principal", "key"])
    .execute();
  await db.schema
    .createIndex("idempotency_by_age")
    .on("idempotency")
    .columns(["tenant", "saved_at_ms"])
    .execute();
}

async function createAuditTables(db: Kysely<Tables>): Promise<void> {
  await withTenant(db.schema.createTable("audit_event"))
    .addColumn("seq", "bigint", (c) => c.notNull())
    .addColumn("id", "text", (c) => c.notNull())
    .addColumn("at_ms", "bigint", (c) => c.notNull())
    .addColumn("revision", "bigint", (c) => c.notNull())
    .addColumn("payload", "text", (c) => c.notNull())
    .addColumn("salt", "text", (c) => c.notNull())
    .addColumn("leaf", "text", (c) => c.notNull())
    .addColumn("leaf_hash", "text", (c) => c.notNull())
    .addColumn("actor", "text", (c) => c.notNull())
    .addColumn("action", "text", (c) => c.notNull())
    .addColumn("env", "text")
    .addColumn("service", "text")
    .addColumn("key", "text")
    .addColumn("outcome", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("audit_event_pk", ["tenant", "seq"])
    .addUniqueConstraint("audit_event_by_id", ["tenant", "id"])
    .execute();
  const indexes = {
    audit_event_by_actor: ["actor", "seq"],
    audit_event_by_action: ["action", "seq"],
    audit_event_by_outcome: ["outcome", "seq"],
    audit_event_by_service: ["env", "service", "seq"],
    audit_event_by_path: ["env", "service", "key", "seq"],
    audit_event_by_time: ["at_ms", "seq"],
  } as const;
  for (const [name, columns] of Object.entries(indexes)) {
    await db.schema
      .createIndex(name)
      .on("audit_event")
      .columns(["tenant", ...columns])
      .execute();
  }
  await withTenant(db.schema.createTable("audit_checkpoint"))
    .addColumn("size", "bigint", (c) => c.notNull())
    .addColumn("root_hash", "text", (c) => c.notNull())
    .addColumn("note", "text", (c) => c.notNull())
    .addColumn("signed_at_ms", "bigint", (c) => c.notNull())
    .addPrimaryKeyConstraint("audit_checkpoint_pk", ["tenant", "size"])
    .execute();
}

async function createKeyTables(db: Kysely<Tables>): Promise<void> {
  await withTenant(db.schema.createTable("data_key"))
    .addColumn("scope", "text", (c) => c.notNull())
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("key_id", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("data_key_pk", ["tenant", "scope", "name"])
    .addUniqueConstraint("data_key_by_id", ["tenant", "key_id"])
    .execute();
  await withTenant(db.schema.createTable("key_version"))
    .addColumn("key_id", "text", (c) => c.notNull())
    .addColumn("version", "integer", (c) => c.notNull())
    .addColumn("root_key_id", "text", (c) => c.notNull())
    .addColumn("wrapped", "text", (c) => c.notNull())
    .addColumn("created_at_ms", "bigint", (c) => c.notNull())
    .addPrimaryKeyConstraint("key_version_pk", ["tenant", "key_id", "version"])
    .execute();
}

async function createIdentityTables(db: Kysely<Tables>): Promise<void> {
  await withTenant(db.schema.createTable("api_key"))
    .addColumn("id", "text", (c) => c.notNull())
    .addColumn("handle", "text", (c) => c.notNull().unique()) // alone it leads to the tenant
    .addColumn("secret_hash", "text", (c) => c.notNull())
    .addColumn("kind", "text", (c) => c.notNull())
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("principal", "text", (c) => c.notNull())
    .addColumn("limited_to", "text")
    .addColumn("created_by", "text", (c) => c.notNull())
    .addColumn("created_at_ms", "bigint", (c) => c.notNull())
    .addColumn("expires_at_ms", "bigint")
    .addColumn("last_used_at_ms", "bigint")
    .addPrimaryKeyConstraint("api_key_pk", ["tenant", "id"])
    .execute();
  await withTenant(db.schema.createTable("binding"))
    .addColumn("id", "text", (c) => c.notNull())
    .addColumn("principal", "text", (c) => c.notNull())
    .addColumn("role", "text", (c) => c.notNull())
    .addColumn("scope", "text", (c) => c.notNull())
    .addColumn("expires_at_ms", "bigint")
    .addColumn("may_grant", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("binding_pk", ["tenant", "id"])
    .execute();
  await db.schema
    .createIndex("binding_by_principal")
    .on("binding")
    .columns(["tenant", "principal"])
    .execute();
  await withTenant(db.schema.createTable("principal"))
    .addColumn("actor_id", "text", (c) => c.notNull())
    .addColumn("principal", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("principal_pk", ["tenant", "actor_id"])
    .addUniqueConstraint("principal_by_name", ["tenant", "principal"])
    .execute();
}

async function insertTenant(db: Kysely<Tables>, id: string): Promise<void> {
  const service_key = toHex(randomBytes(32));
  await db
    .insertInto("tenant")
    .values({ id, head_revision: 1, audit_size: 0, service_key, created_at_ms: Date.now() })
    .execute();
  const environments = DEFAULT_ENVIRONMENTS.map((env, position) => ({
    tenant: id,
    name: env.name,
    revision: 1,
    removed_revision: null,
    position,
    aliases: JSON.stringify(env.aliases),
    inherits: env.inherits ?? null,
    protected: Number(env.protected),
    description: env.description ?? null,
  }));
  await db.insertInto("environment").values(environments).execute();
}

function withTenant(table: CreateTableBuilder<string>) {
  return table.addColumn("tenant", "text", (c) => c.notNull().references("tenant.id"));
}

function withItemKey(table: CreateTableBuilder<string>) {
  return withTenant(table)
    .addColumn("env", "text", (c) => c.notNull())
    .addColumn("service", "text", (c) => c.notNull())
    .addColumn("key", "text", (c) => c.notNull());
}
