import {
  ConfigLoader,
  ConfigValidator,
  createManager,
  defineSchema,
  type FileSystem,
  type Logger,
  nodeFileSystem,
} from "@llmcfg/config";
import { expect, test } from "vitest";
import { z } from "zod";
import { Folder } from "./support/folder.ts";
import { gatewaySchema } from "./support/gateway-schema.ts";
import { eventsOf, manage } from "./support/manage.ts";
import { ManualClock } from "./support/manual-clock.ts";
import { MemorySource } from "./support/memory-source.ts";
import { until } from "./support/until.ts";

test("BOOT-1 a manager begins at version 1, with what the sources say", async () => {
  await using managed = await manage({ version: "2026.11", server: { port: 9000 } });
  const { manager } = managed;

  expect(manager.version).toBe(1);
  expect(manager.current().server.port).toBe(9000);
  expect(manager.snapshot()).toMatchObject({
    version: 1,
    label: "2026.11",
    checksum: manager.checksum,
  });
  expect(manager.effective()).toBe(manager.current());
  expect(manager.status).toMatchObject({
    health: "ok",
    reasons: [],
    lastReload: undefined,
    holds: [],
  });
});

test("BOOT-2 LCS-3 an invalid configuration at boot fails with the whole report, and its source hears why", async () => {
  const source = new MemorySource({ server: { prot: 1, port: 0 } });
  const loader = new ConfigLoader(gatewaySchema).addSource(source);

  const making = createManager({ loader, validator: new ConfigValidator(gatewaySchema) });

  await expect(making).rejects.toMatchObject({ report: { errors: [{}, {}] } });
  expect(source.outcomes).toMatchObject([
    { result: "refused", revision: "1", path: "server.prot" },
  ]);
});

test("BOOT-1 a rule that says no fails the boot", async () => {
  const validator = new ConfigValidator(gatewaySchema).addRule({
    name: "two_providers",
    check: ({ providers }, { report }) => {
      if (providers.length < 2)
        report({ path: "providers", message: `${providers.length} of 2 providers` });
    },
  });

  const making = manage({ providers: [{ id: "a" }] }, { validator });

  await expect(making).rejects.toMatchObject({ report: { errors: [{ rule: "two_providers" }] } });
});

test("VAL-2 the rules of a document that is invalid in itself are listed as skipped at boot", async () => {
  const validator = new ConfigValidator(gatewaySchema).addRule({ name: "later", check: () => {} });

  const making = manage({ server: { port: 0 } }, { validator });

  await expect(making).rejects.toMatchObject({
    report: { skipped: [{ name: "later", reason: "the document is invalid" }] },
  });
});

test("REL-7 a reference that nobody can answer for is not tried again: only its source can mend it", async () => {
  const clock = new ManualClock();
  await using managed = await manage({}, { clock });
  const { manager, source } = managed;
  await manager.start();
  source.put({ providers: [{ id: "a", key: "${secret://nowhere/key}" }] });
  await until("the refusal", () => manager.status.lastReload?.status === "rejected");
  const { length: reads } = source.reads;

  clock.advance(4_000);
  await manager.set({ server: { host: "two" } });

  expect(source.reads).toHaveLength(reads);
});

test("REL-5 a reload resolves with its own result", async () => {
  await using managed = await manage({ server: { port: 1 } });
  const { manager, source } = managed;
  source.put({ server: { port: 1, request_timeout: "5s" } });

  const result = await manager.reload({ actor: "ada" });

  expect(result).toMatchObject({
    status: "applied",
    version: 2,
    previousVersion: 1,
    trigger: "api",
    errors: [],
    vetoes: [],
    reverted: false,
  });
  expect(result.diff?.changes.map(({ path }) => path)).toEqual(["server.request_timeout"]);
  expect(manager.current().server.request_timeout.ms).toBe(5_000);
});

test("REL-2 REL-5 S4 a reload that fails leaves the very same object, and says where it failed", async () => {
  await using managed = await manage({ server: { port: 1 } });
  const { manager, source } = managed;
  const before = manager.current();
  const seen = eventsOf(manager);
  source.put({ server: { prot: 1 } });

  const result = await manager.reload();

  expect(result).toMatchObject({
    status: "rejected",
    stage: "structure",
    version: 1,
    diff: undefined,
  });
  expect(result.errors).toMatchObject([{ code: "unknown_key", path: "server.prot" }]);
  expect(manager.current()).toBe(before);
  expect(manager.version).toBe(1);
  expect(manager.history.size).toBe(0);
  expect(seen.map(([name]) => name)).toEqual(["reload_failed", "degraded"]);
  expect(manager.status).toMatchObject({ health: "degraded", lastReload: { status: "rejected" } });
});

test.each([
  ["merge", { providers: { $apend: [] } }],
  ["structure", { server: { port: 0 } }],
  ["cross_field", { routing: { fallback: "nobody" } }],
  ["references", { providers: [{ id: "a", key: "${secret:x}" }] }],
  ["rules", { server: { host: "forbidden" } }],
])(
  "P22 whatever fails in stage %s, the object stays, and the next good content is taken",
  async (stage, document) => {
    const validator = new ConfigValidator(gatewaySchema).addRule({
      name: "host",
      check: ({ server }, { report }) => {
        if (server.host === "forbidden") report({ path: "server.host", message: "not this one" });
      },
    });
    await using managed = await manage({ server: { host: "one" } }, { validator });
    const { manager, source } = managed;
    const before = manager.current();

    source.put(document);
    const failed = await manager.reload();
    const kept = manager.current();
    source.put({ server: { host: "two" } });
    const healed = await manager.reload();

    expect(failed).toMatchObject({ status: "rejected", stage });
    expect(kept).toBe(before);
    expect(healed).toMatchObject({ status: "applied", version: 2 });
    expect(manager.status.health).toBe("ok");
  },
);

test("P22 a defect in the schema's own code is a rejected reload, and is told as such", async () => {
  const root = z.strictObject({ host: z.string().default("one") });
  const schema = defineSchema({
    name: "defective",
    root,
    derive: (draft) => {
      if (draft.get("host") === "two") throw new Error("no such host");
    },
  });
  const source = new MemorySource({ host: "one" });
  const loader = new ConfigLoader(schema).addSource(source);
  await using manager = await createManager({ loader, validator: new ConfigValidator(schema) });
  const before = manager.current();
  source.put({ host: "two" });

  const result = await manager.reload();

  expect(result).toMatchObject({
    status: "rejected",
    errors: [{ message: "the reload failed unexpectedly: no such host" }],
  });
  expect(manager.current()).toBe(before);
  expect(manager.status.health).toBe("degraded");
});

test("LOAD-4 LOAD-17 a source that was there and is gone fails the reload", async () => {
  await using folder = await Folder.create();
  const file = await folder.write("gateway.yaml", "server: {port: 1}\n");
  const loader = new ConfigLoader(gatewaySchema).addFile(file, { optional: true });
  await using manager = await createManager({
    loader,
    validator: new ConfigValidator(gatewaySchema),
  });
  const before = manager.current();
  await folder[Symbol.asyncDispose]();

  const result = await manager.reload();

  expect(result).toMatchObject({
    status: "rejected",
    stage: "read",
    errors: [{ code: "source_missing" }],
  });
  expect(manager.current()).toBe(before);
});

test("LOAD-11 a source that cannot be reached keeps its last value, and is stale until it can", async () => {
  const clock = new ManualClock();
  await using managed = await manage({ server: { port: 1 } }, { clock });
  const { manager, source } = managed;
  const seen = eventsOf(manager);

  source.isAway = true;
  const away = await manager.reload();
  const stale = manager.status;
  clock.advance(60_000);
  await manager.reload();
  const still = manager.status.sources.find(({ kind }) => kind === "llmcfg");
  source.isAway = false;
  const back = await manager.reload();

  expect(away.status).toBe("unchanged");
  expect(stale.health).toBe("degraded");
  expect(still).toMatchObject({ state: "unreachable", staleSince: new Date(1_000_000) });
  expect(back.status).toBe("unchanged");
  expect(manager.status).toMatchObject({ health: "ok" });
  expect(seen.map(([name]) => name)).toEqual(["source_stale", "degraded", "source_recovered"]);
});

test("REL-4 content that amounts to the same is no new version, no history, no notification", async () => {
  await using managed = await manage({ server: { port: 1, request_timeout: "90s" } });
  const { manager, source } = managed;
  const before = manager.current();
  const notified: number[] = [];
  manager.subscribe(({ to }) => {
    notified.push(to.version);
  });

  const same = await manager.reload();
  source.put({ server: { request_timeout: "1m 30s", port: 1 } });
  const respelled = await manager.reload();

  expect([same.status, respelled.status]).toEqual(["unchanged", "unchanged"]);
  expect(manager.current()).toBe(before);
  expect(manager.history.size).toBe(0);
  expect(notified).toEqual([]);
});

test("REL-4 positions are those of the newest content, also when nothing else changed", async () => {
  await using managed = await manage({ server: { port: 1 } });
  const { manager, source } = managed;
  source.put({ server: { port: 1, host: "localhost" } });

  await manager.reload();

  expect(manager.explain("server.port").layers[0]?.position).toMatchObject({ revision: "2" });
});

test("REL-4 text behind ${env:…} and ${file:…} that changed is a change of the configuration", async () => {
  await using folder = await Folder.create();
  const file = await folder.write("owner", "ada\n");
  const variables: Record<string, string> = { HOST: "one" };
  const document = { server: { host: "${env:HOST}" }, metadata: { owner: `\${file:${file}}` } };
  await using managed = await manage(document, { variables });
  const { manager } = managed;

  const still = await manager.reload();
  variables["HOST"] = "two";
  const byVariable = await manager.reload();
  await folder.write("owner", "grace\n");
  const byFile = await manager.reload();

  expect([still, byVariable, byFile].map(({ status }) => status)).toEqual([
    "unchanged",
    "applied",
    "applied",
  ]);
  expect(manager.current()).toMatchObject({
    server: { host: "two" },
    metadata: { owner: "grace" },
  });
});

test("REL-3 unchanged parts are identical from one version to the next", async () => {
  const providers = [{ id: "a", tags: { x: "1" } }, { id: "b" }];
  await using managed = await manage({ server: { port: 1 }, providers });
  const { manager, source } = managed;
  const before = manager.current();
  source.put({ server: { port: 1, host: "other" }, providers: [...providers, { id: "c" }] });

  await manager.reload();

  const after = manager.current();
  expect(after).not.toBe(before);
  expect(after.server.request_timeout).toBe(before.server.request_timeout);
  expect(after.routing).toBe(before.routing);
  expect(after.providers[0]).toBe(before.providers[0]);
  expect(after.providers[1]).toBe(before.providers[1]);
  expect(Object.isFrozen(after.providers[2]?.tags)).toBe(true);
});

test("REL-6 P14 commands take turns, and each gets its own result", async () => {
  await using managed = await manage({ server: { host: "one" } });
  const { manager, source } = managed;
  source.put({ server: { host: "two" } });

  const [reload, set, rollback] = await Promise.all([
    manager.reload(),
    manager.set({ logging: { level: "debug" } }),
    manager.rollback(0),
  ]);

  expect([reload, set, rollback].map(({ status, version }) => [status, version])).toEqual([
    ["applied", 2],
    ["applied", 3],
    ["applied", 4],
  ]);
  expect(manager.current()).toMatchObject({ server: { host: "two" }, logging: { level: "info" } });
});

test("P10 reloads that wait for the same turn are one", async () => {
  await using managed = await manage({});
  const { manager, source } = managed;
  const before = source.reads.length;

  const results = await Promise.all(Array.from({ length: 20 }, () => manager.reload()));

  expect(source.reads.length - before).toBe(1);
  expect(new Set(results).size).toBe(1);
});

test("REL-8 restart-class values are accepted, run at their boot value, and are listed", async () => {
  await using managed = await manage({ server: { port: 1 } });
  const { manager, source } = managed;
  const seen = eventsOf(manager);

  source.put({ server: { port: 2, host: "other" } });
  const changed = await manager.reload();
  const pending = manager.status.pendingRestart;
  const running = manager.effective();
  source.put({ server: { port: 1, host: "other" } });
  const returned = await manager.reload();

  expect(changed.restartRequired).toEqual(["server.port"]);
  expect(pending).toEqual([{ path: "server.port", running: 1, accepted: 2, since: 2 }]);
  expect(running.server).toMatchObject({ port: 1, host: "other" });
  expect(returned.restartRequired).toEqual([]);
  expect(manager.effective()).toBe(manager.current());
  expect(seen.filter(([name]) => name === "pending_restart")).toHaveLength(1);
});

test("SM-11 a reload can ask the secret backends again; a value that changed makes no version", async () => {
  const variables: Record<string, string> = { KEY: "sk-1" };
  await using managed = await manage(
    { providers: [{ id: "a", key: "${env:KEY}" }] },
    { variables },
  );
  const { manager } = managed;
  const seen = eventsOf(manager);
  variables["KEY"] = "sk-2";

  const result = await manager.reload({ refreshSecrets: true });

  const key = manager.current().providers[0]?.key;
  expect(result).toMatchObject({ status: "unchanged", version: 1 });
  expect(key?.secretVersion).toBe(2);
  expect(await key?.reveal()).toBe("sk-2");
  const rotated = { reference: "${env:KEY}", paths: ["providers[a].key"] };
  expect(seen).toEqual([["secret_rotated", rotated]]);
});

test("API-2 a snapshot is pinned through an asynchronous call tree", async () => {
  await using managed = await manage({ server: { host: "one" } });
  const { manager } = managed;
  const changed = Promise.withResolvers<void>();

  const inside = manager.runWithSnapshot(async () => {
    await changed.promise;
    return [
      manager.snapshot().version,
      manager.snapshot().config.server.host,
      manager.current().server.host,
    ];
  });
  await manager.set({ server: { host: "two" } });
  changed.resolve();

  expect(await inside).toEqual([1, "one", "two"]);
  expect(manager.snapshot().version).toBe(2);
});

test("§16.6 set patches the overrides, and operators work over what was set before", async () => {
  await using managed = await manage({ logging: { fields: ["a"] } });
  const { manager, source } = managed;

  await manager.set({ logging: { fields: { $append: ["b"] } } }, { actor: "ada" });
  await manager.set({ logging: { fields: { $append: ["c"] } } });
  const refused = await manager.set({ server: { port: 0 } });
  source.put({ logging: { fields: ["z"] } });
  await manager.reload();

  expect(refused).toMatchObject({ status: "rejected", errors: [{ path: "server.port" }] });
  expect(manager.current().logging.fields).toEqual(["z", "b", "c"]);
  expect(manager.current().server.port).toBe(8080);
});

test("§16.6 secrets at or under a path can be revealed together", async () => {
  const variables: Record<string, string> = { A: "sk-a", B: "sk-b" };
  const providers = [
    { id: "a", key: "${env:A}" },
    { id: "b", key: "${env:B}" },
  ];
  await using managed = await manage({ providers }, { variables });
  const { manager } = managed;

  const all = await manager.resolveSecrets();
  const one = await manager.resolveSecrets("providers[b]");
  delete variables["A"];
  const failing = manager.resolveSecrets("providers");

  expect([...all]).toEqual([
    ["providers[a].key", "sk-a"],
    ["providers[b].key", "sk-b"],
  ]);
  expect([...one.keys()]).toEqual(["providers[b].key"]);
  await expect(failing).rejects.toMatchObject({
    name: "SecretResolutionError",
    failures: [{ path: "providers[a].key", reference: "${env:A}" }],
  });
});

test("WAT-8 stop releases everything, the sources too, and is idempotent; commands are refused then", async () => {
  const managed = await manage({});
  const { manager, source } = managed;
  await Promise.all([manager.start(), manager.start()]);

  await Promise.all([manager.stop(), manager.stop()]);

  expect(source.isDisposed).toBe(true);
  await expect(manager.reload()).rejects.toMatchObject({ code: "stopped" });
  expect(manager.current().server.port).toBe(8080);
});

test("§16.6 an aborted command is not carried out", async () => {
  await using managed = await manage({});
  const { manager } = managed;

  const aborted = manager.set({ server: { host: "x" } }, { signal: AbortSignal.abort() });

  await expect(aborted).rejects.toMatchObject({ name: "AbortError" });
  expect(manager.version).toBe(1);
});

test("P21 the metrics tell of failed reloads", async () => {
  await using managed = await manage({});
  const { manager, source } = managed;
  source.put({ server: { prot: 1 } });
  await manager.reload();

  const failed = manager.metrics();
  source.put({ server: { host: "x" } });
  await manager.reload();
  const healed = manager.metrics();

  expect(failed).toContain('llmcfg_config_reload_total{result="rejected",trigger="api"} 1');
  expect(failed).toContain("llmcfg_config_last_reload_successful 0");
  expect(healed).toContain("llmcfg_config_last_reload_successful 1");
  expect(healed).toContain("llmcfg_config_version 2");
  expect(healed.endsWith("# EOF\n")).toBe(true);
});

test("P21 the logger hears once why a change was refused, and again once another one is", async () => {
  const errors: (readonly [object, string])[] = [];
  const logger: Logger = {
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: (fields, message) => void errors.push([fields, message]),
  };
  await using managed = await manage({ server: { host: "one" } }, { logger });

  for (const content of [{ nme: 1 }, { server: { host: "two" } }, { nme: 1 }]) {
    managed.source.put(content);
    await managed.manager.reload();
    await managed.manager.reload();
  }

  const message = expect.stringMatching(
    /^a change was refused, version 1 stays: .*nme {2}unknown key/,
  );
  expect(errors).toEqual([
    [{ version: 1, trigger: "api", stage: "structure" }, message],
    [
      { version: 2, trigger: "api", stage: "structure" },
      expect.stringContaining("version 2 stays"),
    ],
  ]);
});

test("P21 health says which content is refused, where and why, until it is mended", async () => {
  await using managed = await manage({});
  const { manager, source } = managed;
  source.put({ server: { prot: 1 } });
  await manager.reload();

  const refused = manager.status;
  source.put({ server: { host: "x" } });
  await manager.reload();

  expect(refused).toMatchObject({
    health: "degraded",
    reasons: [
      'newer content is refused: server.prot (memory: @2 by user:ada): unknown key; did you mean "port"?',
    ],
  });
  expect(manager.status).toMatchObject({ health: "ok", reasons: [] });
});

test("WAT-9 REL-11 SIGHUP reloads, if it is asked for", async () => {
  await using managed = await manage({}, { signals: true, watch: false });
  const { manager, source } = managed;
  await manager.start();
  source.put({ server: { host: "other" } });

  process.emit("SIGHUP");
  await until("the reload", () => manager.version === 2);

  expect(manager.history.list()[0]?.trigger).toBe("boot");
  expect(manager.explain("server.host").acceptedIn).toMatchObject({
    version: 2,
    trigger: "signal",
  });
});

test("P12 files of different generations are never mixed: a swap between two reads starts again", async () => {
  await using folder = await Folder.create();
  const one = await folder.write("one.yaml", "server: {host: old}\n");
  const two = await folder.write("two.yaml", "metadata: {owner: old}\n");
  let isSwapped = false;
  const fs: FileSystem = {
    ...nodeFileSystem,
    readFile: async (path) => {
      const bytes = await nodeFileSystem.readFile(path);
      if (path === one && !isSwapped) {
        isSwapped = true; // after the first file was read, before the set is complete
        await folder.save("one.yaml", "server: {host: new}\n");
        await folder.save("two.yaml", "metadata: {owner: new}\n");
      }
      return bytes;
    },
  };

  const { config } = await new ConfigLoader(gatewaySchema, { fs }).addFile(one).addFile(two).load();

  expect([config.server.host, config.metadata.owner]).toEqual(["new", "new"]);
});
