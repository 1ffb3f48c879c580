import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { isLlmcfgError } from "@llmcfg/core";
import { Kysely, sql } from "kysely";
import { expect, test } from "vitest";
import { at, draftOf, sealedRecord } from "../../../../tests/conformance/ports/drafts.ts";
import { migrate } from "../../src/adapters/sql/migrations.ts";
import { sqlStores } from "../../src/adapters/sql/stores.ts";
import type { Tables } from "../../src/adapters/sql/tables.ts";
import { nodeSqlite } from "../../src/adapters/sqlite/dialect.ts";
import { toStoreError } from "../../src/adapters/sqlite/errors.ts";
import { openSqlite } from "../../src/adapters/sqlite/open.ts";
import { temporaryFolder } from "./temporary-folder.ts";

test("a full disk refuses writes, whole, and lets them through once there is space", async () => {
  await using db = await openSqlite(":memory:");
  const { configs, audit } = sqlStores(db);
  const large = draftOf(1, { key: "a" }, { key: "b", value: "x".repeat(1_000_000) });
  const record = sealedRecord({ payload: "x".repeat(1_000_000) });
  const { page_count } = (await sql<{ page_count: number }>`pragma page_count`.execute(db))
    .rows[0]!;

  await limitPages(db, page_count + 20);
  const commit = await configs.commit("default", large).catch(reasonOf);
  const append = await audit.append("default", [record]).catch(reasonOf);
  const whileFull = [await configs.headRevision("default"), await audit.size("default")];
  await limitPages(db, 1_000_000);

  expect([commit, append]).toEqual(["STORAGE_FULL", "AUDIT_UNAVAILABLE"]);
  expect(whileFull).toEqual([1, 0]);
  expect(await configs.findVersion("default", at("a"), 1)).toBeUndefined();
  expect(await configs.commit("default", large)).toEqual({ kind: "committed", revision: 2 });
  await audit.append("default", [record]);
  expect(await audit.size("default")).toBe(3);
});

test("a store that another process holds is unavailable for writes, and read all the while", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "store.db");
  await using db = await openSqlite(file, { maxWaitMs: 20 });
  const { configs, audit } = sqlStores(db);
  using other = new DatabaseSync(file);

  other.exec("begin immediate");
  const commit = await configs.commit("default", draftOf(1, { key: "a" })).catch((e: unknown) => e);
  const append = await audit.append("default", [sealedRecord()]).catch(reasonOf);
  const head = await configs.headRevision("default");
  other.exec("rollback");

  expect(commit).toMatchObject({
    reason: "STORE_UNAVAILABLE",
    message: "another process holds the store: nothing was written",
    details: { retryAfter: 1 },
  });
  expect(append).toBe("AUDIT_UNAVAILABLE");
  expect(head).toBe(1);
  const later = await configs.commit("default", draftOf(1, { key: "a" }));
  expect(later).toEqual({ kind: "committed", revision: 2 });
});

test("LAW-07 a commit that the disk does not confirm is not acknowledged, and says that its outcome is unknown", async () => {
  const disk = new FailingDatabase(":memory:");
  await using db = new Kysely<Tables>({ dialect: nodeSqlite(disk) });
  await migrate(db);
  const { configs, audit } = sqlStores(db);

  disk.isBroken = true;
  const commit = await configs.commit("default", draftOf(1, { key: "a" })).catch((e: unknown) => e);
  const append = await audit.append("default", [sealedRecord()]).catch(reasonOf);
  disk.isBroken = false;

  expect(commit).toMatchObject({
    reason: "STORE_UNAVAILABLE",
    message: "the store cannot be read or written: the outcome of the write is unknown",
    details: { retryAfter: 5 },
  });
  expect(append).toBe("AUDIT_UNAVAILABLE");
  const later = await configs.commit("default", draftOf(1, { key: "a" }));
  expect(later).toEqual({ kind: "committed", revision: 2 });
});

/** Extended result codes as https://www.sqlite.org/rescode.html has them. */
test.each([
  ["SQLITE_BUSY", 5, "STORE_UNAVAILABLE"],
  ["SQLITE_BUSY_SNAPSHOT", 517, "STORE_UNAVAILABLE"],
  ["SQLITE_LOCKED", 6, "STORE_UNAVAILABLE"],
  ["SQLITE_PROTOCOL", 15, "STORE_UNAVAILABLE"],
  ["SQLITE_READONLY_DBMOVED", 1032, "STORE_UNAVAILABLE"],
  ["SQLITE_IOERR_READ", 266, "STORE_UNAVAILABLE"],
  ["SQLITE_IOERR_FSYNC", 1034, "STORE_UNAVAILABLE"],
  ["SQLITE_CANTOPEN", 14, "STORE_UNAVAILABLE"],
  ["SQLITE_FULL", 13, "STORAGE_FULL"],
  ["SQLITE_CORRUPT_INDEX", 779, "INTEGRITY_FAILED"],
  ["SQLITE_NOTADB", 26, "INTEGRITY_FAILED"],
])("%s is %s for a caller", (_name, errcode, reason) => {
  const error = Object.assign(new Error("x"), { code: "ERR_SQLITE_ERROR", errcode });

  const translated = toStoreError(error, "statement");

  expect(translated).toMatchObject({ reason, cause: error });
});

test.each([
  ["a constraint that fails", Object.assign(new Error("x"), { errcode: 1555 })],
  ["a statement that is wrong", Object.assign(new Error("x"), { errcode: 1 })],
  ["an error of ours", new TypeError("x")],
  ["what is no error", "x"],
])("%s is a defect and stays as it is", (_name, error) => {
  expect(toStoreError(error, "statement")).toBe(error);
});

/** A database whose disk confirms nothing once it is broken, as it is when fsync fails. */
class FailingDatabase extends DatabaseSync {
  isBroken = false;

  override exec(text: string): void {
    if (!this.isBroken || text !== "commit") return super.exec(text);
    const error = new Error("disk I/O error");
    throw Object.assign(error, { code: "ERR_SQLITE_ERROR", errcode: 1034 }); // IOERR_FSYNC
  }
}

async function limitPages(db: Kysely<Tables>, pages: number): Promise<void> {
  await sql`pragma max_page_count = ${sql.lit(pages)}`.execute(db);
}

function reasonOf(error: unknown): unknown {
  return isLlmcfgError(error) ? error.reason : error;
}
