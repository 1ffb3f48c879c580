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
    super({ database: { prepare: preparing(db), close: () => db.close() } });
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

/** Kept prepared; the queries are few, but those with lists have a text for each length. */
const MAX_STATEMENTS = 500;

/** Prepares each text once. */
function preparing(db: DatabaseSync): (sql: string) => SqliteStatement {
  const statements = new Map<string, SqliteStatement>();
  return (sql) => {
    const statement = statements.get(sql) ?? prepare(db, sql);
    if (statements.size < MAX_STATEMENTS) statements.set(sql, statement);
    return statement;
  };
}

/** A statement in the shape that Kysely expects; it passes on the values that we bind. */
function prepare(db: DatabaseSync, sql: string): SqliteStatement {
  const statement = translating("statement", () => db.prepare(sql));
  return {
    reader: statement.columns().length > 0,
    all: (values) => translating("statement", () => statement.all(...(values as SQLInputValue[]))),
    run: (values) => translating("statement", () => statement.run(...(values as SQLInputValue[]))),
    // One of its own: two that are read row by row at the same time would disturb each other.
    iterate: (values) => db.prepare(sql).iterate(...(values as SQLInputValue[])),
  };
}

function translating<T>(step: Step, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw toStoreError(error, step);
  }
}
