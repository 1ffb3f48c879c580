import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { literalSecret } from "@llmcfg/config";
import { databaseAuditSink, fileAuditSink } from "@llmcfg/config/audit";
import { type AuditPlace, testAuditSink, testSharedAuditSink } from "./audit-sink.ts";
import { MemoryTrail } from "./memory-audit-sink.ts";

testAuditSink("memory", openMemory);
testAuditSink("file", openFile);
testAuditSink("sqlite", openSqlite);
testSharedAuditSink("file", openFile);
testSharedAuditSink("sqlite", openSqlite);

async function openMemory(): Promise<AuditPlace> {
  const trail = new MemoryTrail();
  return {
    open: async () => trail.sink(),
    stored: async () => trail.records.map((record) => JSON.stringify(record)),
    [Symbol.asyncDispose]: async () => {},
  };
}

async function openFile(): Promise<AuditPlace> {
  const folder = await mkdtemp(join(tmpdir(), "llmcfg-audit-"));
  const path = join(folder, "deep", "audit.jsonl");
  return {
    open: () => fileAuditSink(path),
    stored: async () => (await readFile(path, "utf8")).split("\n").slice(0, -1),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

async function openSqlite(): Promise<AuditPlace> {
  const folder = await mkdtemp(join(tmpdir(), "llmcfg-audit-"));
  const path = join(folder, "audit.db");
  return {
    open: () => databaseAuditSink(literalSecret(`sqlite:${path}`), { instance: "a" }),
    stored: async () => {
      using database = new DatabaseSync(path);
      const rows = database.prepare("SELECT record FROM config_audit ORDER BY seq").all();
      return rows.map((row) => String(row["record"]));
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
