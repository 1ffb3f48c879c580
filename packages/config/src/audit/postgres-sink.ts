import type { Client, ClientConfig } from "pg";
import { Semaphore } from "../concurrency.ts";
import { ConfigError } from "../errors.ts";
import { systemCode } from "../file-system.ts";
import type { AuditHead, AuditRecord, AuditSink } from "./audit-sink.ts";
import { lineOf } from "./chain.ts";
import { AUDIT_COLUMNS, type DatabaseSettings } from "./database-sink.ts";

/** What of the driver is needed. */
export interface PostgresDriver {
  readonly Client: new (config: ClientConfig) => Client;
}

/** How long a connection or a statement may take. */
const TIMEOUT_MS = 5_000;

const UNIQUE_VIOLATION = "23505";

/** Records in a table of PostgreSQL, committed before `append` resolves; connects again by itself. */
export class PostgresSink implements AuditSink {
  readonly kind = "database";
  readonly #driver: PostgresDriver;
  readonly #reveal: () => Promise<string>;
  readonly #settings: DatabaseSettings;
  readonly #turn = new Semaphore(1);
  #client: Client | undefined;
  #isClosed = false;

  private constructor(
    driver: PostgresDriver,
    reveal: () => Promise<string>,
    settings: DatabaseSettings,
  ) {
    this.#driver = driver;
    this.#reveal = reveal;
    this.#settings = settings;
  }

  /**
   * @param reveal gives the URL, at each connection
   * @throws {ConfigError} `audit_unavailable`
   */
  static async open(
    driver: PostgresDriver,
    reveal: () => Promise<string>,
    settings: DatabaseSettings,
  ): Promise<PostgresSink> {
    const sink = new PostgresSink(driver, reveal, settings);
    await sink.#run("opened", (client) => createTable(client, settings.table));
    return sink;
  }

  async append(record: AuditRecord): Promise<void> {
    const { table, instance } = this.#settings;
    const { seq, timestamp, event, hash } = record;
    const marks = AUDIT_COLUMNS.map((_, i) => `$${i + 1}`).join(", ");
    await this.#run("written", async (client) => {
      await client.query(`INSERT INTO ${table} (${AUDIT_COLUMNS.join(", ")}) VALUES (${marks})`, [
        instance,
        seq,
        timestamp,
        event,
        lineOf(record),
        hash,
      ]);
    });
  }

  /** Every row is committed already. */
  async flush(): Promise<void> {}

  async last(): Promise<AuditHead | undefined> {
    const { table, instance } = this.#settings;
    return await this.#run("read", async (client) => {
      const { rows } = await client.query<{ seq: string; hash: string }>(
        `SELECT seq, hash FROM ${table} WHERE instance = $1 ORDER BY seq DESC LIMIT 1`,
        [instance],
      );
      const [row] = rows;
      return row === undefined ? undefined : { seq: Number(row.seq), hash: row.hash };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await this.#turn.run(() => this.#disconnect());
  }

  async #run<R>(what: string, work: (client: Client) => Promise<R>): Promise<R> {
    return await this.#turn.run(async () => {
      try {
        return await work(await this.#connected());
      } catch (error) {
        const isConflict = systemCode(error) === UNIQUE_VIOLATION;
        if (!isConflict) await this.#disconnect(); // the next call finds a new connection
        throw explained(what, error);
      }
    });
  }

  async #connected(): Promise<Client> {
    if (this.#isClosed) throw new ConfigError("audit_unavailable", "the audit database is closed");
    if (this.#client !== undefined) return this.#client;
    const client = new this.#driver.Client({
      connectionString: await this.#reveal(),
      connectionTimeoutMillis: TIMEOUT_MS,
      query_timeout: TIMEOUT_MS,
      statement_timeout: TIMEOUT_MS,
      application_name: "llmcfg audit",
    });
    client.on("error", () => {
      if (this.#client === client) this.#client = undefined; // the server has gone away
    });
    await client.connect();
    this.#client = client;
    return client;
  }

  async #disconnect(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    try {
      await client?.end();
    } catch {
      // It is gone already.
    }
  }
}

/** Made only where it is missing, so that a role that may only insert and read is enough later. */
async function createTable(client: Client, table: string): Promise<void> {
  const { rows } = await client.query<{ found: string | null }>("SELECT to_regclass($1) AS found", [
    table,
  ]);
  if (rows[0]?.found !== null) return;
  await client.query("BEGIN");
  await client.query("SELECT pg_advisory_xact_lock(hashtext($1))", [table]); // one at a time
  await client.query(`
    CREATE TABLE IF NOT EXISTS ${table} (
      instance text NOT NULL,
      seq bigint NOT NULL,
      time text NOT NULL,
      event text NOT NULL,
      record text NOT NULL,
      hash text NOT NULL,
      PRIMARY KEY (instance, seq)
    );
    CREATE OR REPLACE FUNCTION ${table}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'rows of the audit table are only added'; END $$;
    CREATE OR REPLACE TRIGGER ${table}_only_added
      BEFORE UPDATE OR DELETE OR TRUNCATE ON ${table}
      FOR EACH STATEMENT EXECUTE FUNCTION ${table}_refuse();`);
  await client.query("COMMIT");
}

function explained(what: string, error: unknown): ConfigError {
  if (error instanceof ConfigError) return error;
  const code = systemCode(error);
  if (code === UNIQUE_VIOLATION) {
    const message = "another process of this instance writes the audit table";
    return new ConfigError("audit_conflict", message, { cause: error });
  }
  const because = code === undefined ? "" : `: ${code}`;
  const message = `the audit database cannot be ${what}${because}`;
  return new ConfigError("audit_unavailable", message, { cause: error });
}
