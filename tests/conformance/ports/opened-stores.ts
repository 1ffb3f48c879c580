/**
 * How the contract suites get at the stores, and the engines they are run for. An engine that joins
 * is one more function here and one more call in each `*.test.ts`.
 *
 * @module
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memoryStores } from "../../../packages/server/src/adapters/memory/stores.ts";
import { sqlStores } from "../../../packages/server/src/adapters/sql/stores.ts";
import { openSqlite } from "../../../packages/server/src/adapters/sqlite/open.ts";
import type { AuditStore } from "../../../packages/server/src/modules/audit/ports.ts";
import type { Clock, ConfigStore } from "../../../packages/server/src/modules/configs/ports.ts";
import type { IdentityStore } from "../../../packages/server/src/modules/identity/ports.ts";
import type { KeyStore } from "../../../packages/server/src/modules/keys/ports.ts";

/** Stores over one database, which is empty but for the tenant `default` at revision 1. */
export interface OpenedStores extends AsyncDisposable {
  readonly configs: ConfigStore;
  readonly audit: AuditStore;
  readonly keys: KeyStore;
  readonly identity: IdentityStore;
}

export type OpenStores = (clock?: Clock) => Promise<OpenedStores>;

export const openMemory: OpenStores = async (clock) => ({
  ...memoryStores(clock),
  [Symbol.asyncDispose]: async () => {},
});

export const openSqliteFile: OpenStores = async (clock) => {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "llmcfg-"));
  stack.defer(() => rm(folder, { recursive: true }));
  const db = stack.use(await openSqlite(join(folder, "store.db")));

  const opened = stack.move();
  return { ...sqlStores(db, clock), [Symbol.asyncDispose]: () => opened.disposeAsync() };
};
