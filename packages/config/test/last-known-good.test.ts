import { chmod, mkdir, readFile, rename, stat, symlink, writeFile } from "node:fs/promises";
import {
  ConfigLoadError,
  ConfigLoader,
  type ConfigManager,
  ConfigValidationError,
  ConfigValidator,
  createManager,
  defineSchema,
  field,
  type Logger,
  type ManagerOptions,
} from "@llmcfg/config";
import { expect, test } from "vitest";
import { z } from "zod";
import { Folder } from "./support/folder.ts";
import { type Gateway, gatewaySchema } from "./support/gateway-schema.ts";
import { ManualClock } from "./support/manual-clock.ts";
import { MemorySource } from "./support/memory-source.ts";
import { until } from "./support/until.ts";

const STATE_KEY = "mK0bq0mXy4x1cUu3mYc1b3V0b2Zfc3RhdGU=";

test("BOOT-4 P20 a process starts from what was accepted last where its file is corrupt, degraded, and recovers by itself", async () => {
  await using folder = await Folder.create();
  await folder.write("gateway.yaml", "version: '7'\nserver: { host: good, port: 9000 }\n");
  await firstRun(folder);
  await folder.write("gateway.yaml", "server: { host: [\n");

  await using manager = await managerOf(folder, { bootPolicy: "last_known_good" });
  const heard = heardOf(manager);
  const atStart = manager.status;
  await manager.start();
  await until("the event", () => heard.includes("boot_from_last_known_good"));
  const { host, port } = manager.current().server;
  const layer = manager.explain("server.host").layers[0];
  await folder.save("gateway.yaml", "server: { host: mended, port: 9000 }\n");
  await until("the mended file", () => manager.status.health === "ok");

  expect(manager.current().server.host).toBe("mended");
  expect({ host, port }).toEqual({ host: "good", port: 9000 });
  expect(layer).toMatchObject({
    source: `file:${folder.at("gateway.yaml")}`,
    wins: true,
    value: "good",
    position: { kind: "file", line: 2 },
  });
  expect(atStart).toMatchObject({ health: "degraded", bootedFrom: "last_known_good" });
  expect(atStart.reasons).toEqual([
    expect.stringMatching(
      /^it runs on the last known good configuration, version 1 \(7\) of .*; the sources were refused: /,
    ),
  ]);
  expect(manager.status).toMatchObject({ health: "ok", bootedFrom: "sources", reasons: [] });
});

test("BOOT-4 the sources are asked again until they are accepted, also where nothing tells of a change", async () => {
  await using folder = await Folder.create();
  const good = new MemorySource({ server: { host: "good" } });
  await run(folder, {}, good);
  const away = new MemorySource({ server: { host: "good" } });
  away.isAway = true;

  await using manager = await managerOf(folder, { bootPolicy: "last_known_good" }, away);
  await manager.start();
  const { bootedFrom } = manager.status;
  away.isAway = false;
  await until("the source is back", () => manager.status.bootedFrom === "sources");

  expect(bootedFrom).toBe("last_known_good");
  expect(manager.current().server.host).toBe("good");
  expect(manager.version).toBe(1);
});

test("BOOT-4 with watch: false the sources are asked again until they are accepted, and not after it", async () => {
  await using folder = await Folder.create();
  await run(folder, {}, new MemorySource({ server: { host: "good" } }));
  const clock = new ManualClock();
  const away = new MemorySource({ server: { host: "newer" } });
  away.isAway = true;
  const options = { bootPolicy: "last_known_good", watch: false, clock } as const;
  await using manager = await managerOf(folder, options, away);
  const asked = away.reads.length;
  await manager.start();

  clock.advance(1_000);
  await until("a try has failed", () => manager.status.lastReload?.status === "rejected");
  const { bootedFrom } = manager.status;
  away.isAway = false;
  await until("the source is accepted", () => {
    clock.advance(1_000);
    return manager.status.bootedFrom === "sources";
  });
  away.put({ server: { host: "newest" } });
  clock.advance(3_600_000);

  expect(bootedFrom).toBe("last_known_good");
  expect(away.reads.length - asked).toBe(2);
  expect(manager.current().server.host).toBe("newer");
});

test("BOOT-4 with watch: false a reload that is asked for ends the asking, and so does stop", async () => {
  await using folder = await Folder.create();
  await run(folder, {}, new MemorySource({ server: { host: "good" } }));
  const clock = new ManualClock();
  const away = new MemorySource({ server: { host: "newer" } });
  away.isAway = true;
  const options = { bootPolicy: "last_known_good", watch: false, clock } as const;
  await using stopped = await managerOf(folder, options, away);
  await stopped.start();
  const waiting = clock.pending;
  await stopped.stop();
  const left = clock.pending;

  await using manager = await managerOf(folder, options, away);
  await manager.start();
  away.isAway = false;
  const { status } = await manager.reload();
  const asked = away.reads.length;
  clock.advance(3_600_000);

  expect([waiting, left]).toEqual([1, 0]);
  expect([status, manager.status.bootedFrom]).toEqual(["applied", "sources"]);
  expect(away.reads).toHaveLength(asked);
  expect(clock.pending).toBe(0);
});

test("BOOT-4 without the policy a corrupt file fails the boot, whatever is stored", async () => {
  await using folder = await Folder.create();
  await folder.write("gateway.yaml", "server: { host: good }\n");
  await firstRun(folder);
  await folder.write("gateway.yaml", "server: { host: [\n");

  const making = managerOf(folder, {});

  await expect(making).rejects.toBeInstanceOf(ConfigLoadError);
});

test("BOOT-4 a rule that refuses what is stored as well leaves the original error", async () => {
  await using folder = await Folder.create();
  await folder.write("gateway.yaml", "server: { host: good }\n");
  await firstRun(folder);
  await folder.write("gateway.yaml", "server: { prot: 1 }\n");
  const log = new Log();
  const validator = new ConfigValidator(gatewaySchema).addRule({
    name: "never",
    check: (_config, { report }) => report({ path: "server", message: "no" }),
  });

  const making = managerOf(folder, { bootPolicy: "last_known_good", validator, logger: log });

  const hint = "no last known good configuration: that of version 1 is not valid now: no (server)";
  await expect(making).rejects.toMatchObject({
    hint,
    report: { errors: [{ code: "unknown_key" }] },
  });
  expect(log.lines).toEqual([`error ${hint}`]);
});

test.each([
  [
    "is torn",
    async (path: string) => await writeFile(path, (await readFile(path)).subarray(0, -40)),
    "it is damaged or cut off",
  ],
  [
    "was changed",
    (path: string) => edit(path, '"good"', '"evil"'),
    "its digest does not fit its content",
  ],
  [
    "is of another format",
    (path: string) => edit(path, '"schemaVersion":1', '"schemaVersion":2'),
    "it has format 2: expected 1",
  ],
  [
    "is of another schema",
    (path: string) => edit(path, '"scope":"gateway"', '"scope":"other"'),
    'it belongs to the schema "other", not to gateway',
  ],
  [
    "may be read by everybody",
    (path: string) => chmod(path, 0o644),
    "its mode is 0644: chmod it to 600",
  ],
  [
    "is a link",
    async (path: string) => {
      await rename(path, `${path}.elsewhere`);
      await symlink(`${path}.elsewhere`, path);
    },
    "it is a symbolic link",
  ],
  ["is empty", (path: string) => writeFile(path, ""), "no JSON in 0 bytes"],
] as const)(
  "BOOT-4 P20 a stored version that %s is refused, and the original error ends the boot",
  async (_what, spoil, reason) => {
    await using folder = await Folder.create();
    await folder.write("gateway.yaml", "server: { host: good }\n");
    await firstRun(folder);
    await folder.write("gateway.yaml", "server: { host: [\n");
    await spoil(folder.at("state/last-known-good.json"));
    const log = new Log();

    const making = managerOf(folder, { bootPolicy: "last_known_good", logger: log });

    await expect(making).rejects.toBeInstanceOf(ConfigLoadError);
    await expect(making).rejects.toMatchObject({
      source: `file:${folder.at("gateway.yaml")}`,
      findings: [{ code: "parse_error" }],
      hint: expect.stringContaining(reason),
    });
    expect(log.lines).toHaveLength(1);
    expect(log.lines[0]).toContain("last-known-good.json is refused: ");
    expect(log.lines[0]).toContain(reason);
  },
);

test.each([
  ["another key", STATE_KEY, `${STATE_KEY}2`, "it does not open with this stateKey"],
  ["no key", STATE_KEY, undefined, "it is sealed, and there is no stateKey"],
  ["a key where none was", undefined, STATE_KEY, "it is not sealed, and there is a stateKey"],
])("BOOT-4 with %s the stored version is refused", async (_what, before, after, reason) => {
  await using folder = await Folder.create();
  await folder.write("gateway.yaml", "server: { host: good }\n");
  await run(folder, before === undefined ? {} : { stateKey: before });
  await folder.write("gateway.yaml", "server: { host: [\n");
  const log = new Log();
  const key = after === undefined ? {} : { stateKey: after };

  const making = managerOf(folder, { bootPolicy: "last_known_good", logger: log, ...key });

  await expect(making).rejects.toBeInstanceOf(ConfigLoadError);
  expect(log.lines[0]).toContain(reason);
});

test("BOOT-4 SEC-3 a literal secret is stored only where a key seals it", async () => {
  await using folder = await Folder.create();
  await folder.write("gateway.yaml", "providers: [{ id: a, key: sk-canary-7 }]\n");
  const log = new Log();
  await run(folder, { logger: log });
  const plain = await readFile(folder.at("state/last-known-good.json"), "utf8");
  await folder.write("gateway.yaml", "x: [\n");
  await using without = await managerOf(folder, { bootPolicy: "last_known_good", logger: log });
  const [reason] = without.status.reasons;
  const hadKey = without.current().providers[0]?.key;

  await folder.write("gateway.yaml", "providers: [{ id: a, key: sk-canary-7 }]\n");
  await run(folder, { stateKey: STATE_KEY });
  const sealed = await readFile(folder.at("state/last-known-good.json"), "utf8");
  await folder.write("gateway.yaml", "x: [\n");
  await using whole = await managerOf(folder, {
    bootPolicy: "last_known_good",
    stateKey: STATE_KEY,
    logger: log,
  });

  expect(plain).not.toContain("sk-canary-7");
  expect(hadKey).toBeUndefined();
  expect(reason).toContain(
    "without the literal secrets at providers[a].key, which were not stored",
  );
  expect(log.lines[0]).toBe(
    "warn the last known good configuration lacks literal secrets, which only a stateKey would let it hold: providers[a].key",
  );
  expect(sealed).not.toContain("sk-canary-7");
  expect(sealed).not.toContain("providers");
  expect(await whole.current().providers[0]?.key?.reveal()).toBe("sk-canary-7");
});

test("BOOT-4 SEC-3 a reference is stored without the secret that is its default, and with it where a key seals it", async () => {
  await using folder = await Folder.create();
  const good = "providers: [{ id: a, key: '${env:UNSET_KEY:-sk-canary-9}' }]\n";
  const bad = "x: [\n";
  const log = new Log();
  await folder.write("gateway.yaml", good);
  await run(folder, { logger: log });
  const plain = await readFile(folder.at("state/last-known-good.json"), "utf8");

  await run(folder, { stateKey: STATE_KEY });
  await folder.write("gateway.yaml", bad);
  await using whole = await managerOf(folder, {
    bootPolicy: "last_known_good",
    stateKey: STATE_KEY,
  });

  expect(plain).not.toContain("sk-canary-9");
  expect(plain).toContain("${env:UNSET_KEY}");
  expect(log.lines.join("\n")).toContain("lacks literal secrets");
  expect(log.lines.join("\n")).toContain("providers[a].key");
  expect(await whole.current().providers[0]?.key?.reveal()).toBe("sk-canary-9");
});

test("BOOT-4 what the schema says is no secret is stored whole, as a text and as a default", async () => {
  await using folder = await Folder.create();
  const url = () => field.secret({ isPublic: (text) => !text.includes("@") });
  const root = z.strictObject({ a: url(), b: url(), c: url().optional() });
  const schema = defineSchema({ name: "stored", root });
  const text =
    "a: redis://one\nb: '${env:UNSET_URL:-redis://two}'\nc: 'redis://:sk-canary-5@three'\n";
  await folder.write("a.yaml", text);
  await using manager = await createManager({
    loader: new ConfigLoader(schema).addFile(folder.at("a.yaml")).addEnv({ prefix: "NONE_" }),
    validator: new ConfigValidator(schema),
    stateDir: folder.at("state"),
  });
  await manager.start();

  const stored = await readFile(folder.at("state/last-known-good.json"), "utf8");

  expect(stored).toContain("redis://one");
  expect(stored).toContain("${env:UNSET_URL:-redis://two}");
  expect(stored).not.toContain("sk-canary-5");
});

test("BOOT-4 where a literal is left out no weaker layer's secret takes its place", async () => {
  await using folder = await Folder.create();
  await folder.write("base.yaml", "providers: [{ id: a, key: '${env:BASE_KEY}' }]\n");
  await folder.write("gateway.yaml", "providers: { $merge: { a: { key: sk-canary-8 } } }\n");
  const variables = { BASE_KEY: "sk-base" };
  const open = (options: Partial<ManagerOptions<Gateway>>) => {
    const loader = new ConfigLoader(gatewaySchema)
      .addFile(folder.at("base.yaml"))
      .addFile(folder.at("gateway.yaml"))
      .addEnv({ variables });
    return managerOf(folder, options, undefined, loader);
  };
  await using first = await open({ logger: new Log() });
  await first.start();
  await first.stop();
  await folder.write("gateway.yaml", "x: [\n");

  await using second = await open({ bootPolicy: "last_known_good", logger: new Log() });

  expect(second.current().providers).toMatchObject([{ id: "a" }]);
  expect(second.current().providers[0]?.key).toBeUndefined();
});

test("BOOT-4 references are stored as they were written and resolved anew, operators and environment included", async () => {
  await using folder = await Folder.create();
  await folder.write(
    "gateway.yaml",
    [
      "version: ${env:RELEASE}",
      "logging: { fields: { $append: [trace] } }",
      "providers: [{ id: a, key: '${env:KEY}' }]",
      "extensions: { free: { deep: [1, two, null] } }",
    ].join("\n"),
  );
  const variables: Record<string, string> = {
    RELEASE: "1.0",
    KEY: "sk-canary-1",
    GATEWAY_SERVER__PORT: "9100",
    GATEWAY_PROVIDERS__A__KEY: "sk-canary-2",
  };
  const open = (options: Partial<ManagerOptions<Gateway>>) => {
    const loader = new ConfigLoader(gatewaySchema)
      .addFile(folder.at("gateway.yaml"))
      .addEnv({ variables });
    return managerOf(folder, options, undefined, loader);
  };
  await using first = await open({});
  await first.start();
  const { checksum } = first;
  const before = JSON.stringify(first.current());
  await first.stop();
  const stored = await readFile(folder.at("state/last-known-good.json"), "utf8");
  await folder.write("gateway.yaml", "x: [\n");

  await using second = await open({ bootPolicy: "last_known_good", logger: new Log() });

  expect(second.checksum).toBe(checksum);
  expect(JSON.stringify(second.current())).toBe(before);
  expect(second.current().logging.fields).toEqual(["token", "trace"]);
  expect(await second.current().providers[0]?.key?.reveal()).toBe("sk-canary-2");
  expect(stored).not.toMatch(/sk-canary/);
});

test("BOOT-4 P18 what was booted can be changed and gone back to, and the sources' next version follows", async () => {
  await using folder = await Folder.create();
  await folder.write("gateway.yaml", "server: { host: good, port: 1000 }\n");
  await firstRun(folder);
  await folder.write("gateway.yaml", "x: [\n");
  await using manager = await managerOf(folder, {
    bootPolicy: "last_known_good",
    logger: new Log(),
  });

  const set = await manager.set({ server: { host: "by hand" } });
  await folder.write("gateway.yaml", "server: { host: new, port: 2000 }\n");
  const reload = await manager.reload();
  const { host } = manager.current().server;
  const back = await manager.rollback({ version: 1 });
  const again = await manager.reload();

  expect(set).toMatchObject({ status: "applied", version: 2 });
  expect(reload).toMatchObject({ status: "applied", version: 3, restartRequired: ["server.port"] });
  expect(host).toBe("by hand"); // the overrides outrank the file
  expect(back).toMatchObject({ status: "applied", holdDurable: true });
  expect(again).toMatchObject({ status: "unchanged" });
  expect(manager.current().server).toMatchObject({ host: "good", port: 1000 });
});

test("BOOT-4 what is stored for other sources is not used", async () => {
  await using folder = await Folder.create();
  await folder.write("gateway.yaml", "server: { host: good }\n");
  await firstRun(folder);
  await folder.write("other.yaml", "x: [\n");
  const log = new Log();
  const loader = new ConfigLoader(gatewaySchema).addFile(folder.at("other.yaml"));

  const making = managerOf(
    folder,
    { bootPolicy: "last_known_good", logger: log },
    undefined,
    loader,
  );

  await expect(making).rejects.toMatchObject({ source: `file:${folder.at("other.yaml")}` });
  expect(log.lines[0]).toContain("which the loader does not have");
});

test("BOOT-4 the folder has mode 0700 and its files 0600; a folder that anybody may write to is refused", async () => {
  await using folder = await Folder.create();
  await folder.write("gateway.yaml", "server: { host: good }\n");
  await firstRun(folder);
  const modes = await Promise.all(
    ["state", "state/last-known-good.json", "state/status.json"].map(
      async (name) => (await stat(folder.at(name))).mode & 0o777,
    ),
  );
  await mkdir(folder.at("open"));
  await chmod(folder.at("open"), 0o777);

  const making = managerOf(folder, { stateDir: folder.at("open") });

  await expect(making).rejects.toMatchObject({ code: "state_unsafe" });
  expect(modes).toEqual([0o700, 0o600, 0o600]);
});

test("BOOT-4 what cannot be written is told, and the process serves on", async () => {
  await using folder = await Folder.create();
  await folder.write("gateway.yaml", "server: { host: good }\n");
  await folder.write("state", "a file, no folder");
  const log = new Log();

  await using manager = await managerOf(folder, { logger: log });
  await manager.start();

  expect(manager.status.health).toBe("degraded");
  expect(manager.status.reasons).toContainEqual(
    expect.stringMatching(/last-known-good\.json cannot be written: EEXIST/),
  );
  expect(manager.current().server.host).toBe("good");
});

test.each([
  [{ bootPolicy: "last_known_good" }, "bootPolicy last_known_good needs a stateDir"],
  [{ stateKey: STATE_KEY }, "stateKey needs a stateDir"],
  [
    { stateDir: "/nowhere", stateKey: "short" },
    "stateKey is too short: expected at least 32 characters",
  ],
  [{ watch: { settleTimeout: "2m" } }, "settleTimeout in milliseconds is 120000: expected 0–60000"],
] as const)("BOOT-4 options that cannot work are refused: %j", async (options, message) => {
  const making = createManager({
    loader: new ConfigLoader(gatewaySchema).addSource(new MemorySource({})),
    validator: new ConfigValidator(gatewaySchema),
    ...options,
  });

  await expect(making).rejects.toMatchObject({ code: "invalid_option", message });
});

test("BOOT-2 an error of another kind than a refused configuration is thrown as it is", async () => {
  await using folder = await Folder.create();
  await folder.write("gateway.yaml", "server: { port: 0 }\n");

  const making = managerOf(folder, { bootPolicy: "last_known_good", logger: new Log() });

  await expect(making).rejects.toBeInstanceOf(ConfigValidationError);
});

class Log implements Logger {
  readonly lines: string[] = [];
  debug(): void {}
  info(): void {}
  warn(_fields: object, message: string): void {
    this.lines.push(`warn ${message}`);
  }
  error(_fields: object, message: string): void {
    this.lines.push(`error ${message}`);
  }
}

async function managerOf(
  folder: Folder,
  options: Partial<ManagerOptions<Gateway>>,
  source?: MemorySource,
  given?: ConfigLoader<Gateway>,
): Promise<ConfigManager<Gateway>> {
  const own = new ConfigLoader(gatewaySchema);
  const loader =
    given ??
    (source === undefined ? own.addFile(folder.at("gateway.yaml")) : own.addSource(source));
  return await createManager({
    loader,
    validator: new ConfigValidator(gatewaySchema),
    stateDir: folder.at("state"),
    watch: { debounce: "10ms", pollInterval: "1h" },
    ...options,
  });
}

async function firstRun(folder: Folder): Promise<void> {
  await run(folder, {});
}

/** A process that accepts what there is, and ends. */
async function run(
  folder: Folder,
  options: Partial<ManagerOptions<Gateway>>,
  source?: MemorySource,
): Promise<void> {
  await using manager = await managerOf(folder, { logger: new Log(), ...options }, source);
  await manager.start();
}

function heardOf(manager: ConfigManager<Gateway>): readonly string[] {
  const heard: string[] = [];
  manager.events.addEventListener("boot_from_last_known_good", ({ type }) => heard.push(type));
  return heard;
}

async function edit(path: string, from: string, to: string): Promise<void> {
  const text = await readFile(path, "utf8");
  if (!text.includes(from)) throw new Error(`there is no ${from}`);
  await writeFile(path, text.replaceAll(from, to));
}
