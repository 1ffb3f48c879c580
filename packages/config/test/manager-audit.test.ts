import { createHash } from "node:crypto";
import {
  ConfigLoader,
  type ConfigManager,
  ConfigValidator,
  createManager,
  type HistoryEntry,
  type Json,
} from "@llmcfg/config";
import type { AuditRecord } from "@llmcfg/config/audit";
import { expect, test } from "vitest";
import { MemoryTrail } from "../../../tests/conformance/ports/memory-audit-sink.ts";
import { Folder } from "./support/folder.ts";
import { type Gateway, gatewaySchema } from "./support/gateway-schema.ts";
import { eventsOf, type Managed, type ManageOptions, manage } from "./support/manage.ts";
import { ManualClock } from "./support/manual-clock.ts";
import { MemorySource } from "./support/memory-source.ts";
import { until } from "./support/until.ts";

interface Audited extends Managed {
  readonly trail: MemoryTrail;
}

test("BOOT-1 AUD-4 what a process starts with is the first record, with its sources and no values", async () => {
  await using audited = await manageAudited({ version: "2026.1", server: { host: "secret.host" } });
  const { trail, manager } = audited;

  const [record] = trail.records;

  expect(trail.records).toHaveLength(1);
  expect(record).toMatchObject({
    event: "config_loaded",
    seq: 1,
    prev_hash: "0".repeat(64),
    from: 1,
    to: 1,
    trigger: "boot",
    actor: null,
    version: "2026.1",
    checksum: manager.checksum,
    result: "applied",
  });
  expect(record?.["sources"]).toContainEqual({
    id: "llmcfg:llm-gateway",
    hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    revision: "1",
  });
  expect(JSON.stringify(record)).not.toContain("secret.host");
});

test("AUD-2 AUD-4 a change is recorded with counts, labels, checksums, who, why and where", async () => {
  await using audited = await manageAudited({ version: "1", server: { port: 1 } });
  const { manager, source, trail } = audited;
  const before = manager.checksum;
  source.put({ version: "2", server: { port: 2, host: "new.host" }, providers: [{ id: "a" }] });

  await manager.reload({ actor: "dana", reason: "more load" });

  expect(trail.records[1]).toMatchObject({
    event: "config_change",
    seq: 2,
    from: 1,
    to: 2,
    actor: "dana",
    reason: "more load",
    trigger: "api",
    result: "applied",
    diff: {
      summary: "3 changes, 1 additions, 0 removals",
      changes: 3,
      additions: 1,
      removals: 0,
      restart_required: 1,
    },
    old_version: "1",
    new_version: "2",
    old_checksum: before,
    new_checksum: manager.checksum,
    paths: ["version", "server.host", "server.port", "providers[a]"],
  });
  expect(trail.records[1]?.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(trail.records[1]?.["duration_ms"]).toBeTypeOf("number");
  expect(JSON.stringify(trail.records)).not.toContain("new.host");
});

test("AUD-3 HIS-6 a rollback is recorded with its target as it was asked", async () => {
  await using audited = await manageAudited({ version: "one", server: { host: "a" } });
  const { manager, trail } = audited;
  const first = manager.checksum;
  await manager.set({ version: "two" });
  const second = manager.checksum;

  await manager.rollback({ label: "one" }, { actor: "dana", reason: "latency" });

  expect(trail.records[2]).toMatchObject({
    event: "config_rollback",
    version: "label one",
    current_version: "two",
    rolled_back_version: "one",
    current_checksum: second,
    rolled_back_checksum: first,
    actor: "dana",
    reason: "latency",
    trigger: "rollback",
    from: 2,
    to: 3,
  });
});

test("AUD-3 a rollback to an index is told from one to the version with that number", async () => {
  await using audited = await manageAudited({ server: { host: "a" } });
  const { manager, trail } = audited;
  const { checksum } = manager;
  const before = new Date("2100-01-01T00:00:00Z");

  for (const target of [1, { version: 1 }, { index: 1 }, { checksum }, { before }]) {
    for (const host of ["b", "c"]) await manager.set({ server: { host } });
    await manager.rollback(target);
  }

  const targets = trail.records.flatMap(({ event, version }) =>
    event === "config_rollback" ? [version] : [],
  );
  expect(targets).toEqual([
    "index 1",
    "version 1",
    "index 1",
    `checksum ${checksum}`,
    "before 2100-01-01T00:00:00.000Z",
  ]);
});

test("TNT-4 AUD-4 records and history tell which content a source had, never by a plain hash", async () => {
  await using folder = await Folder.create();
  const [first, second] = ["server: { host: a }\n", "server: { host: b }\n"] as const;
  const file = await folder.write("gateway.yaml", first);
  const { manager, trail } = await openTrail(file);
  await using _ = manager;
  for (const text of [second, first, "server: { port: -1 }\n"]) {
    await folder.write("gateway.yaml", text);
    await manager.reload();
  }

  const [loaded, changed, back, refused] = trail.records.map(fileHashIn);
  const kept = manager.history.list().map(fileHashIn);

  expect(back).toBe(loaded);
  expect(new Set([loaded, changed, refused]).size).toBe(3);
  expect(kept).toEqual([changed, loaded]);
  for (const text of [first, second]) {
    const plain = createHash("sha256").update(text).digest("hex");
    expect([loaded, changed]).not.toContain(plain);
  }
});

test("TNT-4 hashes of sources can be compared where a key is shared, and nowhere else", async () => {
  await using folder = await Folder.create();
  const file = await folder.write("gateway.yaml", "server: { host: a }\n");
  const key = "0123456789abcdef";
  const hashes: unknown[] = [];
  for (const checksumKey of [key, key, `${key} of others`, undefined, undefined]) {
    const { manager, trail } = await openTrail(file, checksumKey);
    hashes.push(...trail.records.map(fileHashIn));
    await manager.stop();
  }

  expect(hashes).toHaveLength(5);
  expect(hashes[0]).toBe(hashes[1]);
  expect(new Set(hashes).size).toBe(4);
});

test("REL-4 what is unchanged makes no record", async () => {
  await using audited = await manageAudited({ server: { host: "a" } });
  const { manager, source, trail } = audited;
  source.put({ server: { host: "a" } });

  const { status } = await manager.reload();

  expect(status).toBe("unchanged");
  expect(trail.records).toHaveLength(1);
});

test("REL-7 AUD-4 a failed reload is recorded with stage and findings, and no values", async () => {
  await using audited = await manageAudited({});
  const { manager, source, trail } = audited;
  source.put({ server: { port: 0, prot: "do-not-show" } });

  await manager.reload();

  expect(trail.records[1]).toMatchObject({
    event: "config_reload_failed",
    from: 1,
    to: 1,
    result: "rejected",
    stage: "structure",
    findings: [
      { code: "unknown_key", path: "server.prot" },
      { code: expect.any(String), path: "server.port" },
    ],
    sources: expect.arrayContaining([expect.objectContaining({ revision: "2" })]),
  });
  expect(JSON.stringify(trail.records)).not.toContain("do-not-show");
});

test("TXN-3 a veto and its reason are in the record", async () => {
  await using audited = await manageAudited({});
  const { manager, trail } = audited;
  manager.addParticipant({
    name: "pool",
    prepare: async () => {
      throw new Error("no port is free");
    },
  });

  await manager.set({ server: { host: "b" } });

  expect(trail.records[1]).toMatchObject({
    event: "config_reload_failed",
    stage: "prepare",
    vetoes: [{ participant: "pool", reason: "no port is free", path: null }],
    paths: ["server.host"],
  });
});

test("AUD-4 of many paths 200 are named, and the others counted", async () => {
  await using audited = await manageAudited({});
  const { manager, trail } = audited;
  const tags = Object.fromEntries(Array.from({ length: 250 }, (_, i) => [`t${i}`, "x"]));

  await manager.set({ metadata: { tags } });

  expect(trail.records[1]?.["paths"]).toHaveLength(200);
  expect(trail.records[1]).toMatchObject({ paths_omitted: 50, diff: { additions: 250 } });
});

test("REL-8 that a restart is due is recorded once for each set of places", async () => {
  await using audited = await manageAudited({ server: { port: 1 } });
  const { manager, trail } = audited;

  await manager.set({ server: { port: 2 } });
  await manager.set({ server: { host: "b" } });
  await manager.set({ server: { port: 3 } });
  await manager.set({ server: { port: 1 } });
  await manager.set({ server: { port: 4 } });

  const due = trail.records.filter(({ event }) => event === "config_restart_required");
  expect(due).toMatchObject([
    { paths: ["server.port"], from: 2, result: "pending", trigger: "set" },
    { paths: ["server.port"], from: 6 },
  ]);
});

test("AUD-5 REL-1 where it is required, the record is durable before anything changes", async () => {
  const trail = new MemoryTrail();
  const audit = { required: true, sink: trail.sink() };
  await using managed = await manage({ server: { host: "a" } }, { audit });
  const { manager } = managed;
  const seen: string[] = [];
  manager.addParticipant({
    name: "pool",
    prepare: async () => ({
      commit: () => {
        seen.push(`commit after ${trail.records.length} records and ${trail.flushes} flushes`);
      },
      abort: () => {},
    }),
  });

  await manager.set({ server: { host: "b" } });

  expect(seen).toEqual(["commit after 2 records and 2 flushes"]);
});

test("AUD-5 REL-2 a required record that cannot be written blocks the swap, and the object stays", async () => {
  const trail = new MemoryTrail();
  const audit = { required: true, sink: trail.sink() };
  const clock = new ManualClock();
  await using managed = await manage({ server: { host: "a" } }, { audit, clock });
  const { manager } = managed;
  const before = manager.current();
  const seen = eventsOf(manager);
  const steps: string[] = [];
  manager.addParticipant({
    name: "pool",
    prepare: async () => ({
      commit: () => void steps.push("commit"),
      abort: () => void steps.push("abort"),
    }),
  });
  trail.failure = new Error("no space left");

  const result = await manager.set({ server: { host: "b" } });

  expect(result).toMatchObject({
    status: "rejected",
    stage: "audit",
    version: 1,
    errors: [{ code: "audit_unavailable" }],
  });
  expect(manager.current()).toBe(before);
  expect(manager.history.size).toBe(0);
  expect(steps).toEqual(["abort"]);
  expect(manager.status.health).toBe("degraded");
  expect(manager.status.reasons.join()).toContain("no space left");
  expect(seen.map(([name]) => name)).toContain("reload_failed");
});

test("AUD-5 REL-7 the same change is taken once records can be written again, and the refusal is recorded", async () => {
  const trail = new MemoryTrail();
  const audit = { required: true, sink: trail.sink() };
  const clock = new ManualClock();
  await using managed = await manage({ server: { host: "a" } }, { audit, clock });
  const { manager } = managed;
  trail.failure = new Error("no space left");
  await manager.set({ server: { host: "b" } });
  trail.failure = undefined;

  const result = await manager.set({ server: { host: "b" } });

  expect(result).toMatchObject({ status: "applied", version: 2 });
  expect(trail.records.map(({ event }) => event)).toEqual([
    "config_loaded",
    "config_reload_failed",
    "config_change",
  ]);
  expect(trail.records[1]).toMatchObject({ stage: "audit", seq: 2 });
  expect(manager.status.health).toBe("ok");
});

test("AUD-5 a record that is not required and cannot be written is metric, event and health; and is tried again", async () => {
  const trail = new MemoryTrail();
  const clock = new ManualClock();
  await using managed = await manage({ server: { host: "a" } }, { audit: trail.sink(), clock });
  const { manager } = managed;
  const failures: unknown[] = [];
  manager.events.addEventListener("audit_failed", (event) => {
    failures.push((event as CustomEvent<{ error: Error }>).detail.error.message);
  });
  trail.failure = new Error("connection refused");

  const result = await manager.set({ server: { host: "b" } });
  const degraded = manager.status;
  const metrics = manager.metrics();
  trail.failure = undefined;
  clock.advance(1_000);
  await until("the record", () => trail.records.length === 2);

  expect(result).toMatchObject({ status: "applied", version: 2 });
  expect(degraded).toMatchObject({ health: "degraded" });
  expect(degraded.reasons.join()).toContain("connection refused");
  expect(metrics).toContain("llmcfg_config_audit_failures_total 1\n");
  expect(failures).toEqual(["connection refused"]);
  expect(trail.records[1]).toMatchObject({ event: "config_change", seq: 2 });
  await until("the recovery", () => manager.status.health === "ok");
});

test("AUD-5 BOOT-1 a process does not start where a record is required and cannot be written", async () => {
  const trail = new MemoryTrail();
  trail.failure = new Error("read-only file system");

  const making = manage({}, { audit: { required: true, sink: trail.sink() } });

  await expect(making).rejects.toThrow("read-only file system");
  expect(trail.openSinks).toBe(1); // the sink is still the caller's
});

test("BOOT-1 AUD-5 it starts, degraded, where the record is not required", async () => {
  const trail = new MemoryTrail();
  trail.failure = new Error("read-only file system");

  await using managed = await manage({}, { audit: trail.sink() });

  expect(managed.manager.status).toMatchObject({ health: "degraded" });
});

test("AUD-4 a boot that is refused is recorded too, and the sink stays open for its owner", async () => {
  const trail = new MemoryTrail();
  const loader = new ConfigLoader(gatewaySchema).addSource(
    new MemorySource({ server: { port: 0 } }),
  );
  const validator = new ConfigValidator(gatewaySchema);

  const making = createManager({ loader, validator, audit: trail.sink(), actor: "deploy" });

  await expect(making).rejects.toThrow("1 error");
  expect(trail.records).toMatchObject([
    {
      event: "config_validation_failed",
      actor: "deploy",
      trigger: "boot",
      findings: [{ path: "server.port" }],
    },
  ]);
  expect(trail.openSinks).toBe(1);
});

test("TXN-5 a change that was recorded and taken back is followed by a record of that", async () => {
  const trail = new MemoryTrail();
  await using managed = await manage({}, { audit: { required: true, sink: trail.sink() } });
  const { manager } = managed;
  manager.addParticipant({
    name: "pool",
    prepare: async () => ({
      commit: () => {
        throw new Error("port is taken");
      },
      abort: () => {},
    }),
  });

  await manager.set({ server: { host: "b" } });

  expect(trail.records.slice(1)).toMatchObject([
    { event: "config_change", from: 1, to: 2 },
    { event: "config_reload_failed", stage: "commit", reverted: true, to: 1 },
  ]);
});

test("SM-10 TNT-2 rotation and each access of a secret are recorded with place and caller", async () => {
  const variables: Record<string, string> = { KEY: "first-value", OTHER: "other-value" };
  await using audited = await manageAudited(
    {
      providers: [
        { id: "a", key: "${env:KEY}" },
        { id: "b", key: "${env:KEY}" },
        { id: "c", key: "literal-value" },
      ],
    },
    { variables },
  );
  const { manager, trail } = audited;
  const [a, , c] = manager.current().providers;
  const settled = Promise.withResolvers<void>();
  a?.key?.onRotate(() => settled.promise); // keeps the value before

  await a?.key?.reveal({ caller: "upstream" });
  await c?.key?.withBytes(() => {});
  variables["KEY"] = "second-value";
  await a?.key?.reveal({ caller: "upstream" });
  await a?.key?.previous?.reveal({ caller: "late" });
  await manager.resolveSecrets("providers[b]", { caller: "export" });

  await until("all records", () => trail.records.length === 7);
  settled.resolve();
  const both = ["providers[a].key", "providers[b].key"];
  expect(trail.records.slice(1)).toMatchObject([
    { event: "secret_accessed", reference: "${env:KEY}", paths: both, caller: "upstream" },
    { event: "secret_accessed", reference: "[literal]", paths: ["providers[c].key"], caller: null },
    { event: "secret_rotated", reference: "${env:KEY}", paths: both },
    { event: "secret_accessed", caller: "upstream", secret_version: 2 },
    { event: "secret_accessed", caller: "late", secret_version: 1 },
    { event: "secret_accessed", caller: "export" },
  ]);
  expect(JSON.stringify(trail.records)).not.toMatch(/-value/);
});

test("TNT-2 loading, checking and refreshing secrets is no access", async () => {
  const variables = { KEY: "first-value" };
  await using audited = await manageAudited(
    { providers: [{ id: "a", key: "${env:KEY}" }] },
    { variables },
  );
  const { manager, trail } = audited;

  await manager.reload({ refreshSecrets: true });
  await manager.set({ server: { host: "b" } });

  expect(trail.records.map(({ event }) => event)).toEqual(["config_loaded", "config_change"]);
});

test("AUD-10 a secret that cannot be resolved is recorded: in a reload, and once where it is used", async () => {
  const variables: Record<string, string | undefined> = { KEY: "first-value" };
  await using audited = await manageAudited(
    { providers: [{ id: "a", key: "${env:KEY}" }] },
    { variables },
  );
  const { manager, source, trail } = audited;
  const key = manager.current().providers[0]?.key;
  delete variables["KEY"];

  await key?.reveal({ caller: "upstream" }).catch(() => {});
  await key?.reveal({ caller: "upstream" }).catch(() => {});
  source.put({ providers: [{ id: "b", key: "${env:NOT_THERE}" }] });
  await manager.reload();

  const failed = trail.records.filter(({ event }) => event === "secret_resolution_failed");
  expect(failed).toMatchObject([
    { paths: ["providers[a].key"], reference: "${env:KEY}", caller: "upstream" },
    { paths: ["providers[b].key"], trigger: "api" },
  ]);
});

test("AUD-6 TNT-3 no record holds a secret, whatever happens", async () => {
  const canary = "sk-canary-3f9a";
  await using audited = await manageAudited(
    { providers: [{ id: "a", key: canary }] },
    { variables: { KEY: canary } },
  );
  const { manager, source, trail } = audited;

  source.put({ providers: [{ id: "a", key: "${env:KEY}" }], server: { port: canary } });
  await manager.reload();
  source.put({ providers: [{ id: "a", key: "${env:KEY}" }], server: { host: canary } });
  await manager.reload();
  await manager.set({
    providers: { $append: [{ id: "b", key: canary, wieght: canary }] },
  });
  await manager.rollback(0);
  await manager.resolveSecrets();

  await until("the access", () => trail.records.at(-1)?.event === "secret_accessed");
  const text = JSON.stringify(trail.records);
  for (const form of [canary, toBase64(canary), Buffer.from(canary).toString("hex")]) {
    expect(text).not.toContain(form);
  }
  expect(trail.records.length).toBeGreaterThan(4);
});

test("AUD-4 WAT-8 the end of a manager writes what waits and closes the sink", async () => {
  const trail = new MemoryTrail();
  const managed = await manage({}, { audit: trail.sink() });
  trail.failure = new Error("away");
  await managed.manager.set({ server: { host: "b" } });
  trail.failure = undefined;

  await managed.manager.stop();

  expect(trail.records.map(({ event }) => event)).toEqual(["config_loaded", "config_change"]);
  expect(trail.openSinks).toBe(0);
});

async function openTrail(
  file: string,
  checksumKey?: string,
): Promise<{ readonly manager: ConfigManager<Gateway>; readonly trail: MemoryTrail }> {
  const trail = new MemoryTrail();
  const manager = await createManager({
    loader: new ConfigLoader(gatewaySchema).addFile(file),
    validator: new ConfigValidator(gatewaySchema),
    audit: trail.sink(),
    watch: false,
    ...(checksumKey === undefined ? {} : { checksumKey }),
  });
  return { manager, trail };
}

/** Of the file among the sources of a record or version. */
function fileHashIn(told: AuditRecord | HistoryEntry): string | undefined {
  const sources = told["sources"] as readonly { readonly id: string; readonly hash: string }[]; // AUD-4
  return sources.find(({ id }) => id.startsWith("file:"))?.hash;
}

async function manageAudited(document: Json, options: ManageOptions = {}): Promise<Audited> {
  const trail = new MemoryTrail();
  const managed = await manage(document, { ...options, audit: trail.sink() });
  return { ...managed, trail };
}

function toBase64(text: string): string {
  return Buffer.from(text).toString("base64");
}
