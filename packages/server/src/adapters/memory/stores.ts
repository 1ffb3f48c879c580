import type { Clock } from "../../modules/configs/ports.ts";
import { MemoryAuditStore } from "./audit-store.ts";
import { MemoryConfigStore } from "./config-store.ts";
import { MemoryDatabase } from "./database.ts";
import { MemoryIdentityStore } from "./identity-store.ts";
import { MemoryKeyStore } from "./key-store.ts";

export interface MemoryStores {
  readonly configs: MemoryConfigStore;
  readonly audit: MemoryAuditStore;
  readonly keys: MemoryKeyStore;
  readonly identity: MemoryIdentityStore;
}

/** All that is kept, in this process alone: it ends with it. New but for the tenant `default`. */
export function memoryStores(clock: Clock = { nowMs: () => Date.now() }): MemoryStores {
  const db = new MemoryDatabase();
  return {
    configs: new MemoryConfigStore(db, clock),
    audit: new MemoryAuditStore(db),
    keys: new MemoryKeyStore(db),
    identity: new MemoryIdentityStore(db, clock),
  };
}
