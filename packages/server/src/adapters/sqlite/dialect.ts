import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  SqliteAdapter,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type SqliteStatement,
} from "kysely";
import type { Step } from "../sql/outages.ts";
import { toStoreError } from "./errors.ts";

/** Kysely's dialect for SQLite, over a connection of Node's own driver, which it closes. */
export function nodeSqlite(db: DatabaseSync): Dialect {
  return {
    createDriver: () => new ImmediateDriver(db),
    createAdapter: () => new TransactionalAdapter(),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: (kysely) => new SqliteIntrospector(kysely),
  };
}

/**
 * Takes the write lock when a transaction begins: one that read first and wrote later would be
 * refused if another process wrote in between.
 */
class ImmediateDriver extends SqliteDriver {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    super({ database: { prepare: (sql) => prepare(db, sql), close: () => db.close() } });
    this.#db = db;
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("begin immediate"));
  }

  override async commitTransaction(): Promise<void> {
    translating("commit", () => this.#db.exec("commit"));
  }

  /** SQLite may have rolled back by itself, as it does when the disk is full. */
  override async rollbackTransaction(): Promise<void> {
    if (this.#db.isTransaction) translating("statement", () => this.#db.exec("rollback"));
  }
}

/** Lets migrations run in a transaction, which SQLite can and Kysely does not expect. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** A statement in the shape that Kysely expects; it passes on the values that we bind. */
function prepare(db: DatabaseSync, sql: string): SqliteStatement {
  const statement = translating("statement", () => db.prepare(sql));
  return {
    reader: statement.columns().length > 0,
    all: (values) => translating("statement", () => statement.all(...(values as SQLInputValue[]))),
    run: (values) => translating("statement", () => statement.run(...(values as SQLInputValue[]))),
    iterate: (values) => statement.iterate(...(values as SQLInputValue[])),
  };
}

function translating<T>(step: Step, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw toStoreError(error, step);
  }
}
