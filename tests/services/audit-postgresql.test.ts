import { literalSecret } from "@llmcfg/config";
import { databaseAuditSink } from "@llmcfg/config/audit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { recordAfter, recordsFrom } from "../conformance/ports/audit-records.ts";
import {
  type AuditPlace,
  testAuditSink,
  testSharedAuditSink,
} from "../conformance/ports/audit-sink.ts";
import { openPostgresql, type Postgresql } from "../support/services/postgresql.ts";

let server: Postgresql | undefined;

beforeAll(async () => {
  server = await openPostgresql();
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

testAuditSink("PostgreSQL", openPlace);
testSharedAuditSink("PostgreSQL", openPlace);

describe("the audit sink on PostgreSQL", () => {
  test("AUD-8 rows are only added: none can be changed, removed or emptied away", async () => {
    const url = await there().createDatabase();
    await using sink = await databaseAuditSink(literalSecret(url));
    await sink.append(recordAfter(undefined));

    for (const statement of [
      "UPDATE config_audit SET event = 'x'",
      "DELETE FROM config_audit",
      "TRUNCATE config_audit",
    ]) {
      await expect(there().query(url, statement)).rejects.toThrow("only added");
    }
    expect(await there().query(url, "SELECT count(*)::int AS n FROM config_audit")).toEqual([
      { n: 1 },
    ]);
  });

  test("AUD-8 instances have a chain each in one table", async () => {
    const url = await there().createDatabase();
    await using a = await databaseAuditSink(literalSecret(url), { instance: "a" });
    await using b = await databaseAuditSink(literalSecret(url), { instance: "b" });
    const [first, second] = recordsFrom(undefined, 2);
    if (first === undefined || second === undefined) throw new TypeError("there are two");

    await a.append(first);
    await a.append(second);
    await b.append(first);

    expect(await a.last?.()).toEqual({ seq: 2, hash: second.hash });
    expect(await b.last?.()).toEqual({ seq: 1, hash: first.hash });
  });

  test("AUD-8 the table may be made beforehand, and the role then needs to insert and read alone", async () => {
    const url = await there().createDatabase();
    await using _maker = await databaseAuditSink(literalSecret(url), { table: "trail" });
    await there().query(
      url,
      "CREATE ROLE writer LOGIN; GRANT INSERT, SELECT ON trail TO writer; REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    );
    const asWriter = new URL(url);
    asWriter.username = "writer";

    await using sink = await databaseAuditSink(literalSecret(asWriter.href), { table: "trail" });
    await sink.append(recordAfter(undefined));

    expect(await there().query(url, "SELECT seq::int, event FROM trail")).toEqual([
      { seq: 1, event: "config_change" },
    ]);
  });

  test("AUD-5 AUD-8 a lost connection fails one call at most, and the next finds a new one", async () => {
    const url = await there().createDatabase();
    await using sink = await databaseAuditSink(literalSecret(url));
    await sink.append(recordAfter(undefined));
    await there().disconnect(url);

    await sink.append(recordAfter(await sink.last?.().catch(() => sink.last?.())));

    expect(await sink.last?.()).toMatchObject({ seq: 2 });
  });

  test("AUD-6 AUD-8 a server that is away is named without the connection", async () => {
    const url = "postgres://app:sk-canary@127.0.0.1:1/none";

    const error: unknown = await databaseAuditSink(literalSecret(url)).catch(
      (thrown: unknown) => thrown,
    );

    expect(error).toMatchObject({ code: "audit_unavailable" });
    expect(String(error)).toContain("ECONNREFUSED");
    expect(String(error)).not.toContain("canary");
  });
});

test.each(["mysql://a:sk-canary@h/d", "postgres://a:sk-canary@[", "sk-canary"])(
  "AUD-6 AUD-8 a connection of another kind is refused without being shown (%#)",
  async (text) => {
    const error: unknown = await databaseAuditSink(literalSecret(text)).catch(
      (thrown: unknown) => thrown,
    );

    expect(error).toMatchObject({ code: "unsupported_database" });
    expect(error).not.toHaveProperty("cause");
    expect(String(error)).not.toContain("canary");
  },
);

async function openPlace(): Promise<AuditPlace> {
  const url = await there().createDatabase();
  return {
    open: () => databaseAuditSink(literalSecret(url), { instance: "a" }),
    stored: async () => {
      await using _sink = await databaseAuditSink(literalSecret(url)); // the table may not be there
      const rows = await there().query(url, "SELECT record FROM config_audit ORDER BY seq");
      return rows.map(({ record }) => String(record));
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

function there(): Postgresql {
  if (server !== undefined) return server;
  throw new Error("there is no PostgreSQL: run tools/services/install.sh postgresql");
}
