import {
  DEFAULT_ENVIRONMENTS,
  type Environment,
  type ItemVersion,
  LlmcfgError,
  type Revision,
  type ServiceKey,
} from "@llmcfg/core";
import type { Checkpoint, SealedRecord, StoredRecord } from "../../modules/audit/ports.ts";
import type { Change, StoredAnswer } from "../../modules/configs/ports.ts";
import type { Binding, StoredToken } from "../../modules/identity/ports.ts";
import type { WrappedKey } from "../../modules/keys/ports.ts";

/** What a database holds, in this process alone. The stores over one of them share it. */
export class MemoryDatabase {
  readonly tenants: ReadonlyMap<string, MemoryTenant> = new Map([["default", createTenant()]]);

  /** @throws {LlmcfgError} `NOT_FOUND` */
  tenant(id: string): MemoryTenant {
    const found = this.tenants.get(id);
    if (found !== undefined) return found;
    throw new LlmcfgError("NOT_FOUND", `there is no tenant ${id}`, { resource: "tenant" });
  }
}

/** All of one tenant. Whoever changes it checks first and then changes all at once, without await. */
export interface MemoryTenant {
  readonly createdAtMs: number;
  readonly serviceKey: Uint8Array;
  readonly environments: readonly Environment[];
  /** The newest revision; 1 is the creation of the tenant. */
  head: Revision;
  /** One for each revision from 2 on. */
  readonly changes: Change[];
  /** The versions of each item by its path, the first one first. */
  readonly items: Map<string, ItemVersion[]>;
  /** What the current value of each live item refers to, by its path. */
  readonly references: Map<string, readonly ServiceKey[]>;
  /** By {@link pairOf} principal and key. */
  readonly answers: Map<string, StoredAnswer>;
  readonly records: StoredRecord[];
  readonly recordsById: Map<string, StoredRecord>;
  /** Smallest first. */
  readonly checkpoints: Checkpoint[];
  /** By {@link pairOf} scope and name. */
  readonly keys: Map<string, WrappedKey>;
  readonly tokens: Map<string, StoredToken>;
  readonly bindings: Map<string, Binding>;
  readonly actorIds: Map<string, string>;
}

/** Two texts as one key of a map. */
export function pairOf(first: string, second: string): string {
  return JSON.stringify([first, second]);
}

/** Refuses records that are there already: call it before anything is changed. */
export function requireNewRecords(tenant: MemoryTenant, records: readonly SealedRecord[]): void {
  const ids = new Set(records.map((record) => record.id));
  if (ids.size === records.length && !records.some(({ id }) => tenant.recordsById.has(id))) return;
  throw new TypeError("two audit records have the same id");
}

export function addRecords(tenant: MemoryTenant, records: readonly SealedRecord[]): void {
  for (const record of records) {
    const stored = { ...record, seq: tenant.records.length };
    tenant.records.push(stored);
    tenant.recordsById.set(stored.id, stored);
  }
}

function createTenant(): MemoryTenant {
  return {
    createdAtMs: Date.now(),
    serviceKey: crypto.getRandomValues(new Uint8Array(32)),
    environments: DEFAULT_ENVIRONMENTS,
    head: 1,
    changes: [],
    items: new Map(),
    references: new Map(),
    answers: new Map(),
    records: [],
    recordsById: new Map(),
    checkpoints: [],
    keys: new Map(),
    tokens: new Map(),
    bindings: new Map(),
    actorIds: new Map(),
  };
}
