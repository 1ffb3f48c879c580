import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { auditVerify } from "@llmcfg/config/audit";
import type { JsonObject } from "@llmcfg/core";
import { parseJson } from "@llmcfg/core";
import { type StartGatewayOptions, startGatewayConfig } from "@llmcfg/gateway";
import { expect, test } from "vitest";
import { eventFilter } from "../src/audit/event-filter.ts";
import { gatewayDocument, providerDocument } from "./support/load-document.ts";

type Gateway = Awaited<ReturnType<typeof startGatewayConfig>>;

/** A folder with a gateway's file in it, and its audit logs beside it. */
class Place implements AsyncDisposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(): Promise<Place> {
    return new Place(await mkdtemp(join(tmpdir(), "llmcfg-gateway-audit-")));
  }

  at(name: string): string {
    return join(this.folder, name);
  }

  async write(audit: JsonObject | null, members: JsonObject = {}): Promise<void> {
    const auth = { type: "api_key", key: "sk-canary-5511" };
    const providers = [providerDocument({ auth }), providerDocument({ id: "other", auth })];
    const document = gatewayDocument({ providers, observability: { audit }, ...members });
    await writeFile(this.at("gateway.json"), JSON.stringify(document));
  }

  async start(options: Partial<StartGatewayOptions> = {}): Promise<Gateway> {
    const file = this.at("gateway.json");
    return await startGatewayConfig({
      file,
      envPrefix: false,
      manager: { signals: false, watch: false },
      ...options,
    });
  }

  async events(name: string): Promise<readonly string[]> {
    const lines = (await readFile(this.at(name), "utf8")).split("\n").slice(0, -1);
    return lines.map((line) => String((JSON.parse(line) as { event: unknown }).event));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true });
  }
}

test("BOOT-1 AUD-1 what observability.audit names is opened, and says what was loaded and changed", async () => {
  await using place = await Place.create();
  const audit = { required: true, output: { type: "file", path: place.at("logs/audit.jsonl") } };
  await place.write(audit);
  await using gateway = await place.start();

  await place.write(audit, { extensions: { generation: 2 } });
  await gateway.reload({ actor: "dana", reason: "try" });
  await place.write(audit, { server: { port: 0 } });
  await gateway.reload();

  expect(await place.events("logs/audit.jsonl")).toEqual([
    "config_loaded",
    "config_change",
    "config_reload_failed",
  ]);
  expect(await auditVerify(place.at("logs/audit.jsonl"))).toMatchObject({ isValid: true });
  expect(await readFile(place.at("logs/audit.jsonl"), "utf8")).not.toContain("canary");
});

test("AUD-4 the chain goes on over a restart", async () => {
  await using place = await Place.create();
  await place.write({ output: { type: "file", path: place.at("audit.jsonl") } });

  for (let starts = 0; starts < 3; starts++) await (await place.start()).stop();

  expect(await auditVerify(place.at("audit.jsonl"))).toMatchObject({
    isValid: true,
    records: 3,
    findings: [],
  });
});

test("AUD-11 another output is opened beside the old one, and the change is recorded in both", async () => {
  await using place = await Place.create();
  await place.write({ output: { type: "file", path: place.at("old.jsonl") } });
  await using gateway = await place.start();

  await place.write({ output: { type: "file", path: place.at("new.jsonl") } });
  await gateway.reload();
  await place.write(
    { output: { type: "file", path: place.at("new.jsonl") } },
    { extensions: { generation: 2 } },
  );
  await gateway.reload();

  expect(await place.events("old.jsonl")).toEqual(["config_loaded", "config_change"]);
  expect(await place.events("new.jsonl")).toEqual(["config_change", "config_change"]);
  expect(gateway.version).toBe(3);
});

test("AUD-11 REL-2 an output that cannot be opened is a veto: the old trail goes on", async () => {
  await using place = await Place.create();
  await place.write({ output: { type: "file", path: place.at("old.jsonl") } });
  await using gateway = await place.start();
  const before = gateway.current();

  await place.write({ output: { type: "file", path: place.at("old.jsonl/below") } });
  const result = await gateway.reload();

  expect(result).toMatchObject({
    status: "rejected",
    stage: "prepare",
    vetoes: [{ participant: "audit" }],
  });
  expect(gateway.current()).toBe(before);
  expect(await place.events("old.jsonl")).toEqual(["config_loaded", "config_reload_failed"]);
});

test("AUD-11 turned on or off while it runs, the change itself is recorded", async () => {
  await using place = await Place.create();
  await place.write(null);
  await using gateway = await place.start();
  const audit = { output: { type: "file", path: place.at("audit.jsonl") } };

  await place.write(audit);
  await gateway.reload();
  await place.write({ ...audit, enabled: false });
  await gateway.reload();
  await place.write({ ...audit, enabled: false }, { extensions: { generation: 2 } });
  await gateway.reload();

  expect(gateway.version).toBe(4);
  expect(await place.events("audit.jsonl")).toEqual(["config_change", "config_change"]);
});

test("AUD-11 a change of another participant that fails leaves the old output alone in use", async () => {
  await using place = await Place.create();
  await place.write({ output: { type: "file", path: place.at("old.jsonl") } });
  await using gateway = await place.start();
  const pool = gateway.addParticipant({
    name: "pool",
    prepare: async () => ({
      commit: () => {
        throw new Error("port is taken");
      },
      abort: () => {},
    }),
  });
  await place.write({ output: { type: "file", path: place.at("new.jsonl") } });
  await gateway.reload();
  pool.unsubscribe();

  await gateway.set({ extensions: { generation: 2 } });

  expect(await place.events("old.jsonl")).toEqual([
    "config_loaded",
    "config_reload_failed",
    "config_change",
  ]);
});

test("AUD-5 required, and the log's folder is in the way: the gateway does not start", async () => {
  await using place = await Place.create();
  await writeFile(place.at("file"), "");
  await place.write({
    required: true,
    output: { type: "file", path: place.at("file/audit.jsonl") },
  });

  const starting = place.start();

  await expect(starting).rejects.toMatchObject({ code: "audit_unavailable" });
});

test("BOOT-3 a check opens no sink", async () => {
  await using place = await Place.create();
  await place.write({ required: true, output: { type: "file", path: place.at("audit.jsonl") } });

  await using _checked = await place.start({ checkOnly: true });

  await expect(readFile(place.at("audit.jsonl"))).rejects.toThrow("ENOENT");
});

test("AUD-8 a database is named by a secret, and no record or error shows it", async () => {
  await using place = await Place.create();
  const connection = `sqlite:${place.at("audit.db")}`;
  await place.write({ output: { type: "database", connection_string: connection } });
  await using _gateway = await place.start();

  using database = new DatabaseSync(place.at("audit.db"), { readOnly: true });
  const rows = database.prepare("SELECT seq, event, record FROM config_audit").all();

  expect(rows).toMatchObject([{ seq: 1, event: "config_loaded" }]);
  expect(parseJson(String(rows[0]?.["record"]))).not.toHaveProperty("connection_string");
  expect(JSON.stringify(rows)).not.toContain("sqlite:");
});

test("AUD-10 TNT-2 only the events asked for are recorded, and the mandatory ones", async () => {
  await using place = await Place.create();
  const audit = { events: ["auth.*"], output: { type: "file", path: place.at("audit.jsonl") } };
  await place.write(audit);
  await using gateway = await place.start();

  await gateway.resolveSecrets();
  await gateway.set({ extensions: { generation: 2 } });

  expect(await place.events("audit.jsonl")).toEqual(["config_loaded", "config_change"]);
});

test.each([
  [["auth.*"], "auth_failed", true],
  [["auth.*"], "authorization_denied", false],
  [["secret.*"], "secret_accessed", true],
  [["secret_rotated"], "secret_accessed", false],
  [["config.*"], "config_change", true],
  [["auth_failed"], "config_loaded", true],
  [["auth_failed"], "secret_resolution_failed", true],
  [["request.*"], "request_started", true],
  [["provider.*"], "provider_health_changed", true],
  [["circuit.*"], "circuit_opened", true],
  [["auth_failed"], "unheard_of", false],
] as const)("AUD-10 %j and %s: %s", (events, event, isRecorded) => {
  const records = eventFilter(events);

  expect(records(event)).toBe(isRecorded);
});
