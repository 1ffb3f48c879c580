import { hostname } from "node:os";
import { ConfigError } from "../errors.ts";
import { importDriver } from "../import-driver.ts";
import { readQuietly } from "../values/secret-handle.ts";
import type { SecretRef } from "../values/secret-ref.ts";
import type { AuditSink } from "./audit-sink.ts";

/** Into which table audit records go. */
export interface DatabaseAuditOptions {
  /** Default `config_audit`; made if it is not there. */
  readonly table?: string;
  /**
   * Whose chain it is, among those in the table; default: the name of the machine. It must stay the
   * same when the process starts again.
   */
  readonly instance?: string;
}

/** The options of a database sink, complete and checked. */
export interface DatabaseSettings {
  /** Made of lower-case letters, digits and `_` alone, so that it needs no quotes. */
  readonly table: string;
  readonly instance: string;
}

/** What the table of every engine holds, one row a record. */
export const AUDIT_COLUMNS = ["instance", "seq", "time", "event", "record", "hash"] as const;

/**
 * One table to which rows are only added: instance, sequence, time, event, record, hash. Each
 * instance has a chain of its own in it.
 *
 * @param connection `postgres://user:password@host/database`, or `sqlite:/var/lib/gateway/audit.db`;
 *   asked for again at each new connection, so that a rotated password is found
 * @throws {ConfigError} `audit_unavailable`, `unsupported_database`, `invalid_option`,
 *   `driver_missing`; none of them shows the connection
 */
export async function databaseAuditSink(
  connection: SecretRef,
  options: DatabaseAuditOptions = {},
): Promise<AuditSink> {
  const settings = toSettings(options);
  const url = await readQuietly(connection);
  if (url.startsWith("sqlite:")) {
    const { SqliteSink } = await import("./sqlite-sink.ts");
    return await SqliteSink.open(url.slice("sqlite:".length), settings);
  }
  if (/^postgres(ql)?:\/\//.test(url) && URL.canParse(url)) {
    const { default: pg } = await importDriver("pg", () => import("pg"));
    const { PostgresSink } = await import("./postgres-sink.ts");
    const reveal = () => readQuietly(connection);
    return await PostgresSink.open(pg, reveal, settings);
  }
  const message = "the connection of the audit database is of no kind that is known";
  const hint = "begin it with postgres:// or sqlite:";
  throw new ConfigError("unsupported_database", message, { hint });
}

function toSettings(options: DatabaseAuditOptions): DatabaseSettings {
  const { table = "config_audit", instance = hostname() } = options;
  if (!/^[a-z_][a-z0-9_]{0,50}$/.test(table)) {
    const message = `the table "${table}" is no name for the audit table`;
    throw new ConfigError("invalid_option", message, {
      hint: "use lower-case letters, digits and _, 51 at most",
    });
  }
  if (instance === "") throw new ConfigError("invalid_option", "the instance has an empty name");
  return { table, instance };
}
