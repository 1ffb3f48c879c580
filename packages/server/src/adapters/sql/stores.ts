import type { Kysely } from "kysely";
import type { Clock } from "../../modules/configs/ports.ts";
import { SqlAuditStore } from "./audit-store.ts";
import { SqlConfigStore } from "./config-store.ts";
import { SqlIdentityStore } from "./identity-store.ts";
import { SqlKeyStore } from "./key-store.ts";
import type { Tables } from "./tables.ts";

export interface SqlStores {
  readonly configs: SqlConfigStore;
  readonly audit: SqlAuditStore;
  readonly keys: SqlKeyStore;
  readonly identity: SqlIdentityStore;
}

/**
 * All that is kept, over one database, so that what belongs together is written together.
 *
 * @param db migrated; stays the caller's to close
 */
export function sqlStores(
  db: Kysely<Tables>,
  clock: Clock = { nowMs: () => Date.now() },
): SqlStores {
  return {
    configs: new SqlConfigStore(db, clock),
    audit: new SqlAuditStore(db),
    keys: new SqlKeyStore(db),
    identity: new SqlIdentityStore(db, clock),
  };
}
