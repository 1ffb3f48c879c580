import { mkdir, rename, symlink } from "node:fs/promises";
import {
  annotate,
  ConfigLoader,
  type ConfigManager,
  type ConfigNotification,
  ConfigValidator,
  createManager,
  defineSchema,
  field,
  type Json,
  type ManagerOptions,
  type SecretRef,
} from "@llmcfg/config";
import { faultyFileSystem } from "@llmcfg/config/testing";
import { expect, test } from "vitest";
import { z } from "zod";
import { MemorySecrets } from "../../../tests/support/memory-secrets.ts";
import { Folder } from "./support/folder.ts";
import { ManualClock } from "./support/manual-clock.ts";
import { MemorySource } from "./support/memory-source.ts";
import { until } from "./support/until.ts";

const root = z.strictObject({
  key: field.secret().optional(),
  cert: field.material().optional(),
  upstream: z.strictObject({ url: field.url().optional() }).prefault({}),
  note: field.text().default(""),
  secrets: z
    .strictObject({
      backend: z.literal("memory"),
      cache_ttl: field.duration().prefault("5m"),
      enable_rotation: z.boolean().default(true),
      rotation_interval: field.duration().nullable().default(null),
    })
    .nullable()
    .default(null),
});

type Rotating = z.output<typeof root>;

const schema = defineSchema({ name: "rotating", root, secrets: "secrets" });

test("SM-10 a value that changed is noticed at the interval: handles, select subscribers and listeners are told, and there is no new version", async () => {
  await using rotating = await start({ rotation_interval: "30s" });
  const { manager, memory, clock } = rotating;
  const key = manager.current().key as SecretRef;
  const listening = Promise.withResolvers<void>();
  const heard: unknown[] = [];
  const note =
    (name: string) => (next: unknown, previous: unknown, n: ConfigNotification<Rotating>) =>
      void heard.push([name, next === previous, n.rotated, n.diff.isEmpty, n.from === n.to]);
  manager.select("key", note("by path"));
  manager.select("", note("the whole"));
  manager.select((config) => config.key, note("by selector"));
  manager.select("upstream", note("elsewhere"));
  manager.select((config) => config.note, note("elsewhere by selector"));
  manager.subscribe(() => void heard.push("a change"));
  key.onRotate(() => listening.promise);
  memory.put("k", "two");

  clock.advance(29_999);
  const before = key.secretVersion;
  clock.advance(1);
  await until("the rotation", () => key.secretVersion === 2 && heard.length >= 3);

  expect(before).toBe(1);
  expect([await key.reveal(), await key.previous?.reveal()]).toEqual(["two", "one"]);
  const told = [true, ["key"], true, true];
  expect(heard).toEqual([
    ["by path", ...told],
    ["the whole", ...told],
    ["by selector", ...told],
  ]);
  expect([manager.version, manager.current().key]).toEqual([1, key]);
  listening.resolve();
  await until("the end of the previous value", () => key.previous === undefined);
  expect(manager.metrics()).toContain('llmcfg_config_secret_rotations_total{result="ok"} 1\n');
});

test("SM-10 the previous value is kept until a select subscriber has settled, too", async () => {
  await using rotating = await start({ rotation_interval: "30s" });
  const { manager, memory, clock } = rotating;
  const key = manager.current().key as SecretRef;
  const gate = Promise.withResolvers<void>();
  const heard: (string | undefined)[] = [];
  manager.select("key", async () => {
    heard.push(await key.previous?.reveal());
    await gate.promise;
    heard.push(await key.previous?.reveal());
  });
  memory.put("k", "two");

  clock.advance(30_000);
  await until("the subscriber", () => heard.length === 1);
  await settled();
  gate.resolve();
  await until("the end of the previous value", () => key.previous === undefined);

  expect(heard).toEqual(["one", "one"]);
});

test("SM-10 the previous value is kept for a minute at most", async () => {
  await using rotating = await start({ rotation_interval: "30s" });
  const { manager, memory, clock } = rotating;
  const key = manager.current().key as SecretRef;
  key.onRotate(() => new Promise(() => {})); // never settles
  memory.put("k", "two");
  clock.advance(30_000);
  await until("the rotation", () => key.secretVersion === 2);
  const previous = key.previous;

  clock.advance(60_000);
  await until("the end", () => key.previous === undefined);

  await expect(previous?.reveal()).rejects.toMatchObject({ code: "secret_unavailable" });
});

test.each<[string, Json, number]>([
  ["rotation_interval is it", { rotation_interval: "45s", cache_ttl: "10s" }, 45_000],
  ["without it cache_ttl is", { cache_ttl: "70s" }, 70_000],
  ["without both it is five minutes", {}, 300_000],
])("SM-10 the interval: %s", async (_name, block, intervalMs) => {
  await using rotating = await start(block);
  const { manager, memory, clock } = rotating;
  const key = manager.current().key as SecretRef;
  memory.put("k", "two");

  clock.advance(intervalMs - 1);
  await settled();
  const early = key.secretVersion;
  clock.advance(1);
  await until("the rotation", () => key.secretVersion === 2);

  expect(early).toBe(1);
});

test.each<[string, Json]>([
  ["enable_rotation is false", { enable_rotation: false }],
  ["there is no secrets block", null],
])("SM-10 nothing is fetched again where %s", async (_name, block) => {
  await using rotating = await start(block);
  const { manager, memory, clock } = rotating;
  memory.put("k", "two");

  clock.advance(3_600_000);
  await settled();

  expect((manager.current().key as SecretRef).secretVersion).toBe(1);
});

test("SM-10 what cannot be fetched is counted, keeps its value, and is asked for again", async () => {
  await using rotating = await start({ rotation_interval: "30s" });
  const { manager, memory, clock } = rotating;
  const key = manager.current().key as SecretRef;
  memory.isAway = true;
  memory.put("k", "two");
  clock.advance(30_000);
  const failed = 'llmcfg_config_secret_rotations_total{result="failed"} 1\n';
  await until("the failure", () => manager.metrics().includes(failed));
  const kept = await key.reveal();

  memory.isAway = false;
  clock.advance(30_000);
  await until("the rotation", () => key.secretVersion === 2);

  expect(kept).toBe("one");
});

test("SM-10 changes of the configuration do not put the interval off, and a new one counts at once", async () => {
  await using rotating = await start({ rotation_interval: "30s" });
  const { manager, source, memory, clock } = rotating;
  const key = manager.current().key as SecretRef;
  memory.put("k", "two");

  clock.advance(20_000);
  source.put(documentOf({ rotation_interval: "30s" }, { note: "changed" }));
  await manager.reload();
  clock.advance(10_000);
  await until("the first rotation", () => key.secretVersion === 2);
  source.put(documentOf({ rotation_interval: "10s" }));
  await manager.reload();
  memory.put("k", "three");
  clock.advance(10_000);
  await until("the second rotation", () => key.secretVersion === 3);

  expect(manager.version).toBe(3);
});

test("SM-10 a select subscriber that is busy hears once of a change and a rotation it missed", async () => {
  await using rotating = await start({ rotation_interval: "30s" });
  const { manager, source, memory, clock } = rotating;
  const key = manager.current().key as SecretRef;
  const gate = Promise.withResolvers<void>();
  const heard: unknown[] = [];
  manager.select("", async (_next, _previous, { from, to, rotated, skipped, diff }) => {
    heard.push([from.version, to.version, rotated, skipped, diff.isEmpty]);
    await gate.promise;
  });
  const change = async (note: string) => {
    source.put(documentOf({ rotation_interval: "30s" }, { note }));
    await manager.reload();
  };
  await change("one");
  await until("the first", () => heard.length === 1);

  await change("two");
  memory.put("k", "two");
  clock.advance(30_000);
  await until("the rotation", () => key.secretVersion === 2);
  gate.resolve();
  await until("the second", () => heard.length === 2);

  expect(heard).toEqual([
    [1, 2, undefined, 0, false],
    [2, 3, ["key"], 0, false],
  ]);
});

test("SM-10 stopping ends the timer, and waits for what is being fetched", async () => {
  const { manager, memory, clock } = await start({ rotation_interval: "30s" });
  const gate = memory.hold();
  clock.advance(30_000);
  await until("the question", () => memory.asked > 1);

  const stopped = manager.stop();
  gate.resolve();
  await stopped;

  expect(clock.pending).toBe(0);
});

test("SM-13 a file behind a secret or a material field that changes is a rotation; behind text it is a change", async () => {
  await using folder = await Folder.create();
  await folder.write("key", "one");
  await folder.write("cert.pem", "cert one");
  await folder.write("note", "hello");
  const source = new MemorySource({
    key: `\${file:${folder.at("key")}}`,
    cert: folder.at("cert.pem"),
    note: `\${file:${folder.at("note")}}`,
  });
  await using manager = await managed(source, {
    watch: { debounce: "10ms", pollInterval: "50ms" },
  });
  const { key, cert } = manager.current();
  const events: string[] = [];
  for (const name of ["change", "secret_rotated", "reload_failed"]) {
    manager.events.addEventListener(name, () => void events.push(name));
  }

  await folder.write("key", "two");
  await until("the key", () => key?.secretVersion === 2);
  await folder.write("cert.pem", "cert two");
  await until("the certificate", () => cert?.secretVersion === 2);
  const versions = manager.version;
  const reloads = manager.metrics().includes("config_reload_total{");
  await folder.write("note", "changed");
  await until("the note", () => manager.current().note === "changed");

  expect([await key?.reveal(), await cert?.reveal()]).toEqual(["two", "cert two"]);
  expect([versions, reloads, manager.version]).toEqual([1, false, 2]);
  expect(events).toEqual(["secret_rotated", "secret_rotated", "change"]);
});

test("SM-13 a file behind a field that says so is not watched; new content of it is new to the next who reads it", async () => {
  await using folder = await Folder.create();
  await mkdir(folder.at("quiet"));
  await mkdir(folder.at("watched"));
  const quiet = await folder.write("quiet/ca.pem", "one");
  const watched = await folder.write("watched/ca.pem", "one");
  const ca = annotate(field.material(), { watch: false });
  const both = defineSchema({
    name: "both",
    root: z.strictObject({ quiet: ca, watched: field.material() }),
  });
  const fs = faultyFileSystem();
  const loader = new ConfigLoader(both, { fs }).addSource(new MemorySource({ quiet, watched }));
  await using manager = await createManager({ loader, validator: new ConfigValidator(both) });
  await manager.start();
  const { quiet: handle } = manager.current();

  await folder.write("quiet/ca.pem", "two");

  const places = fs.calls.filter(({ operation }) => operation === "watch").map(({ path }) => path);
  expect(places).toEqual([folder.at("watched")]);
  expect([handle.secretVersion, await handle.reveal(), handle.secretVersion]).toEqual([
    1,
    "two",
    2,
  ]);
});

test("SM-13 a mounted volume that is exchanged whole rotates every secret in it", async () => {
  await using folder = await Folder.create();
  for (const name of ["one", "two"]) {
    await mkdir(folder.at(`..${name}`));
    await folder.write(`..${name}/key`, name);
  }
  await symlink("..one", folder.at("..data"));
  await symlink("..data/key", folder.at("key"));
  const source = new MemorySource({ key: `\${file:${folder.at("key")}}` });
  await using manager = await managed(source, {
    watch: { debounce: "10ms", pollInterval: "50ms" },
  });
  const { key } = manager.current();

  await symlink("..two", folder.at("..new"));
  await rename(folder.at("..new"), folder.at("..data"));
  await until("the rotation", () => key?.secretVersion === 2);

  expect([await key?.reveal(), manager.version]).toEqual(["two", 1]);
});

/** Secrets that can be held back, or be away. */
class SlowSecrets extends MemorySecrets {
  isAway = false;
  asked = 0;
  #gate: Promise<void> = Promise.resolve();

  hold(): { readonly resolve: () => void } {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = promise;
    return { resolve };
  }

  override async getSecret(...asked: Parameters<MemorySecrets["getSecret"]>) {
    this.asked++;
    await this.#gate;
    if (this.isAway) throw new Error("connection refused");
    return await super.getSecret(...asked);
  }
}

function documentOf(secrets: Json, more: Readonly<Record<string, Json>> = {}): Json {
  const block = secrets === null ? null : { backend: "memory", ...(secrets as object) };
  return { key: "${secret:k}", secrets: block, ...more };
}

async function managed(
  source: MemorySource,
  options: Partial<ManagerOptions<Rotating>> & { readonly memory?: MemorySecrets } = {},
): Promise<ConfigManager<Rotating>> {
  const { memory, clock, ...rest } = options;
  const loader = new ConfigLoader(schema, clock === undefined ? {} : { clock }).addSource(source);
  if (memory !== undefined) loader.withSecretsManager(memory);
  const validator = new ConfigValidator(schema);
  const manager = await createManager({ loader, validator, ...rest });
  await manager.start();
  return manager;
}

/** A manager with the secret `k`, which is `one`, and time that stands still. */
async function start(secrets: Json) {
  const clock = new ManualClock();
  const memory = new SlowSecrets();
  memory.put("k", "one");
  const source = new MemorySource(documentOf(secrets));
  const manager = await managed(source, { clock, memory });
  return { clock, memory, source, manager, [Symbol.asyncDispose]: () => manager.stop() };
}

/** Lets what is due run. */
async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}
