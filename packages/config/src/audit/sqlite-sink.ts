import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ConfigError } from "../errors.ts";
import { makeFolder } from "../make-folder.ts";
import type { AuditHead, AuditRecord, AuditSink } from "./audit-sink.ts";
import { lineOf } from "./chain.ts";
import { AUDIT_COLUMNS, type DatabaseSettings } from "./database-sink.ts";

/** What SQLite calls a row that is there already. */
const CONSTRAINT_PRIMARY_KEY = 1_555;

/** Records in a table of a SQLite file; each is on disk before `append` resolves. */
export class SqliteSink implements AuditSink {
  readonly kind = "database";
  readonly #database: DatabaseSync;
  readonly #settings: DatabaseSettings;

  private constructor(database: DatabaseSync, settings: DatabaseSettings) {
    this.#database = database;
    this.#settings = settings;
  }

  /** @throws {ConfigError} `audit_unavailable` */
  static async open(path: string, settings: DatabaseSettings): Promise<SqliteSink> {
    await makeFile(path);
    return explained("opened", () => {
      const database = new DatabaseSync(path);
      try {
        database.exec("PRAGMA busy_timeout = 5000;"); // first: the others may have to wait
        database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
        database.exec(tableOf(settings.table));
        return new SqliteSink(database, settings);
      } catch (error) {
        database.close();
        throw error;
      }
    });
  }

  async append(record: AuditRecord): Promise<void> {
    const { table, instance } = this.#settings;
    const { seq, timestamp, event, hash } = record;
    const marks = AUDIT_COLUMNS.map(() => "?").join(", ");
    explained("written", () => {
      this.#database
        .prepare(`INSERT INTO ${table} (${AUDIT_COLUMNS.join(", ")}) VALUES (${marks})`)
        .run(instance, seq, timestamp, event, lineOf(record), hash);
    });
  }

  /** Every row is on disk already. */
  async flush(): Promise<void> {}

  async last(): Promise<AuditHead | undefined> {
    const { table, instance } = this.#settings;
    const row = explained("read", () =>
      this.#database
        .prepare(`SELECT seq, hash FROM ${table} WHERE instance = ? ORDER BY seq DESC LIMIT 1`)
        .get(instance),
    );
    return row === undefined ? undefined : { seq: Number(row["seq"]), hash: String(row["hash"]) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#database.isOpen) this.#database.close();
  }
}

/** The file is readable by its owner alone from its first moment; so are those SQLite puts beside it. */
async function makeFile(path: string): Promise<void> {
  if (path === ":memory:") return;
  try {
    await makeFolder(dirname(path));
    await (await open(path, "a", 0o600)).close();
  } catch (error) {
    throw toConfigError("opened", error);
  }
}

function tableOf(table: string): string {
  const refuse = (what: "UPDATE" | "DELETE") =>
    `CREATE TRIGGER IF NOT EXISTS ${table}_no_${what.toLowerCase()} BEFORE ${what} ON ${table}
     BEGIN SELECT RAISE(ABORT, 'rows of the audit table are only added'); END;`;
  return `
    CREATE TABLE IF NOT EXISTS ${table} (
      instance TEXT NOT NULL,
      seq INTEGER NOT NULL,
      time TEXT NOT NULL,
      event TEXT NOT NULL,
      record TEXT NOT NULL,
      hash TEXT NOT NULL,
      PRIMARY KEY (instance, seq)
    ) STRICT;
    ${refuse("UPDATE")}
    ${refuse("DELETE")}`;
}

function explained<R>(what: string, work: () => R): R {
  try {
    return work();
  } catch (error) {
    throw toConfigError(what, error);
  }
}

function toConfigError(what: string, cause: unknown): ConfigError {
  const code = cause instanceof Error && "errcode" in cause ? cause.errcode : undefined;
  if (code === CONSTRAINT_PRIMARY_KEY) {
    const message = "another process of this instance writes the audit table";
    return new ConfigError("audit_conflict", message, { cause });
  }
  const message = `the audit database cannot be ${what}`;
  return new ConfigError("audit_unavailable", message, { cause });
}
