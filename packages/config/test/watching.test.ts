import {
  mkdir,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  unlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import {
  ConfigLoader,
  type ConfigManager,
  ConfigValidator,
  createManager,
  type FileSystem,
  nodeFileSystem,
  type ReloadResult,
  type WatchOptions,
} from "@llmcfg/config";
import { expect, test } from "vitest";
import { Folder } from "./support/folder.ts";
import { type Gateway, gatewaySchema } from "./support/gateway-schema.ts";
import { MemorySource } from "./support/memory-source.ts";
import { until } from "./support/until.ts";

/** Polling so rare that only events can be what is seen. */
const EVENTS: WatchOptions = {
  debounce: "30ms",
  maxWait: "2s",
  pollInterval: "1h",
  rate: { perMinute: 6_000, burst: 100 },
};
const POLLS: WatchOptions = { ...EVENTS, mode: "poll", pollInterval: "20ms" };

test.each([
  ["events", EVENTS],
  ["poll", POLLS],
] as const)(
  "P1 WAT-1 WAT-3 saves by renaming are seen again and again (%s)",
  async (_mode, watch) => {
    await using watched = await watchFile(hostIs("v0"), watch);
    const { folder, manager } = watched;

    for (const host of ["v1", "v2", "v3"]) {
      await folder.save("gateway.yaml", hostIs(host));
      await until(`the host ${host}`, () => manager.current().server.host === host);
    }

    expect(manager.version).toBe(4);
    const triggers = new Set(manager.history.list().map(({ trigger }) => trigger));
    expect(triggers).toEqual(new Set(["boot", watch === POLLS ? "poll" : "file"]));
  },
);

test("WAT-3 a file that is written in place is seen, with the same size too", async () => {
  await using watched = await watchFile(hostIs("aa"), EVENTS);
  const { folder, manager } = watched;

  for (const host of ["bb", "cc", "dd"]) {
    await folder.write("gateway.yaml", hostIs(host));
    await until(`the host ${host}`, () => manager.current().server.host === host);
  }

  expect(manager.version).toBe(4);
});

test.each([
  ["events", EVENTS],
  ["poll", POLLS],
] as const)("P2 three swaps of ..data in a row are each detected (%s)", async (_mode, watch) => {
  await using folder = await Folder.create();
  await publish(folder, 0);
  await symlink("..data/gateway.yaml", folder.at("gateway.yaml"));
  await using manager = await managerOf(folder.at("gateway.yaml"), watch);

  for (const generation of [1, 2, 3]) {
    await publish(folder, generation);
    await until(
      `generation ${generation}`,
      () => manager.current().server.host === `g${generation}`,
    );
  }

  expect(manager.version).toBe(4);
  expect(manager.explain("server.host").layers[0]?.position).toMatchObject({
    file: folder.at("gateway.yaml"),
    realPath: folder.at("..gen3/gateway.yaml"),
  });
});

test("P2 a link to a file elsewhere is followed to where it leads", async () => {
  await using folder = await Folder.create();
  await mkdir(folder.at("real"));
  await writeFile(folder.at("real/gateway.yaml"), hostIs("one"));
  await mkdir(folder.at("etc"));
  await symlink(folder.at("real/gateway.yaml"), folder.at("etc/gateway.yaml"));
  await using manager = await managerOf(folder.at("etc/gateway.yaml"), EVENTS);

  await writeFile(folder.at("real/gateway.yaml"), hostIs("two"));

  await until("the change", () => manager.current().server.host === "two");

  expect(manager.version).toBe(2);
});

test.each([
  ["events", EVENTS],
  ["poll", POLLS],
] as const)(
  "P6 a file that goes is missed, its last content stays, and it recovers by itself (%s)",
  async (_mode, watch) => {
    await using watched = await watchFile(hostIs("one"), watch);
    const { folder, manager, failures } = watched;
    const before = manager.current();

    await unlink(folder.at("gateway.yaml"));
    await until("the failure", () => failures.length > 0);
    const kept = manager.current();
    await folder.write("gateway.yaml", hostIs("two"));
    await until("the recovery", () => manager.current().server.host === "two");

    expect(failures[0]).toMatchObject({ stage: "read", errors: [{ code: "source_missing" }] });
    expect(kept).toBe(before);
    expect(manager.status.health).toBe("ok");
  },
);

test("P6 the directory itself may go and come back", async () => {
  await using folder = await Folder.create();
  await mkdir(folder.at("etc"));
  await writeFile(folder.at("etc/gateway.yaml"), hostIs("one"));
  await using manager = await managerOf(folder.at("etc/gateway.yaml"), {
    ...EVENTS,
    pollInterval: "30ms",
  });
  const failures = failuresOf(manager);

  await rename(folder.at("etc"), folder.at("gone"));
  await until("the failure", () => failures.length > 0);
  await mkdir(folder.at("etc"));
  await writeFile(folder.at("etc/gateway.yaml"), hostIs("two"));

  await until("the recovery", () => manager.current().server.host === "two");

  expect(failures[0]?.errors).toMatchObject([{ code: "source_missing" }]);
});

test("P5 a writer that truncates and writes in a loop causes no rejected and no false reload", async () => {
  await using watched = await watchFile(bigHost("h0"), EVENTS);
  const { folder, manager, failures } = watched;
  const hosts = new Set<string>();
  manager.subscribe(({ to }) => {
    hosts.add(to.config.server.host);
  });

  for (let i = 1; i <= 60; i++) {
    await truncate(folder.at("gateway.yaml"), 0);
    if (i % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 5)); // a slow writer
    await folder.write("gateway.yaml", bigHost(`h${i}`));
  }
  await until("the last one", () => manager.current().server.host === "h60");

  expect(failures).toEqual([]);
  expect([...hosts].every((host) => /^h[0-9]+$/.test(host))).toBe(true);
});

test("P5 a file that stays empty is refused in the end, and the old content stays", async () => {
  await using watched = await watchFile(hostIs("one"), EVENTS);
  const { folder, manager, failures } = watched;
  const before = manager.current();

  await truncate(folder.at("gateway.yaml"), 0);
  await until("the refusal", () => failures.length > 0);

  expect(failures[0]).toMatchObject({ stage: "read", errors: [{ code: "source_empty" }] });
  expect(manager.current()).toBe(before);
});

test("WAT-6 P9 P11 what happens to other files arms nothing", async () => {
  await using watched = await watchFile(hostIs("one"), EVENTS);
  const { folder, manager } = watched;
  for (let i = 0; i < 50; i++)
    await writeFile(folder.at("audit.jsonl"), `{"n":${i}}\n`, { flag: "a" });

  // The next change of the file itself is seen, so events had every chance to arrive before.
  await folder.save("gateway.yaml", hostIs("two"));
  await until("the change", () => manager.current().server.host === "two");

  expect(reloadsOf(manager)).toBe(1);
});

test("P9 WAT-5 under constant writing a reload comes in time, and a last one at the end", async () => {
  await using watched = await watchFile(hostIs("h0"), {
    ...EVENTS,
    debounce: "200ms",
    maxWait: "500ms",
  });
  const { folder, manager } = watched;
  const writer = new AbortController();
  let last = 0;

  const writing = (async () => {
    while (!writer.signal.aborted) {
      last++;
      await folder.save("gateway.yaml", hostIs(`h${last}`));
      await new Promise((resolve) => setTimeout(resolve, 20)); // far more often than the debounce
    }
  })();
  await until("a reload meanwhile", () => manager.version > 1, 5_000);
  writer.abort();
  await writing;

  await until("the last one", () => manager.current().server.host === `h${last}`);

  expect(watched.failures).toEqual([]);
});

test("P10 a storm of writes is few reloads, and ends with what was written last", async () => {
  await using watched = await watchFile(hostIs("h0"), { ...EVENTS, debounce: "100ms" });
  const { folder, manager } = watched;

  for (let i = 1; i <= 300; i++) await folder.write("gateway.yaml", hostIs(`h${i}`));
  await until("the last one", () => manager.current().server.host === "h300");

  expect(manager.version).toBeLessThanOrEqual(4);
});

test("P10 automatic reloads beyond the rate are deferred, manual ones are not", async () => {
  const rate = { perMinute: 1, burst: 1 };
  await using watched = await watchFile(hostIs("h0"), { ...EVENTS, rate });
  const { folder, manager } = watched;
  let deferred = 0;
  manager.events.addEventListener("reload_deferred", () => deferred++);

  await folder.save("gateway.yaml", hostIs("h1"));
  await until("the first", () => manager.current().server.host === "h1");
  await folder.save("gateway.yaml", hostIs("h2"));
  await until("the deferral", () => deferred === 1);
  const held = manager.current().server.host;
  const manual = await manager.reload();

  expect(held).toBe("h1");
  expect(manual.status).toBe("applied");
  expect(manager.current().server.host).toBe("h2");
});

test.each(["EMFILE", "ENOSPC"])(
  "P7 WAT-10 where watching fails with %s, files are polled, which is told once",
  async (code) => {
    await using folder = await Folder.create();
    const file = await folder.write("gateway.yaml", hostIs("one"));
    const fs: FileSystem = {
      ...nodeFileSystem,
      watch: () => {
        throw Object.assign(new Error(`${code}: no more watches`), { code });
      },
    };
    const loader = new ConfigLoader(gatewaySchema, { fs }).addFile(file);
    await mkdir(folder.at("conf.d"));
    await folder.write("conf.d/more.yaml", "metadata: {}\n");
    loader.addDirectory(folder.at("conf.d"));
    const watch = { ...EVENTS, pollInterval: "20ms" };
    const log: string[] = [];
    const warn = (_fields: object, message: string) => void log.push(message);
    await using manager = await createManager({
      loader,
      validator: new ConfigValidator(gatewaySchema),
      watch,
      logger: { debug: warn, info: warn, warn, error: warn },
    });
    let troubles = 0;
    manager.events.addEventListener("watcher", () => troubles++);

    await manager.start();
    await folder.save("gateway.yaml", hostIs("two"));
    await until("the change", () => manager.current().server.host === "two");

    expect(troubles).toBe(2); // one for each folder
    expect(log).toEqual([
      expect.stringMatching(/^changes of .* are not heard of: files are polled$/),
    ]);
    expect(manager.status.sources.find(({ kind }) => kind === "file")).toMatchObject({
      watching: "poll",
    });
    expect(manager.metrics()).toMatch(
      /^llmcfg_config_watcher_alive\{source="file:.*",mode="events"\} 0$/m,
    );
    expect(manager.status.reasons).toEqual([`files are polled: ${code}: no more watches`]);
  },
);

test("P8 a change without any event is found by the poll that always runs", async () => {
  await using folder = await Folder.create();
  const file = await folder.write("gateway.yaml", hostIs("one"));
  const deaf: FileSystem = { ...nodeFileSystem, watch: () => ({ [Symbol.dispose]: () => {} }) };
  const loader = new ConfigLoader(gatewaySchema, { fs: deaf }).addFile(file);
  const watch = { ...EVENTS, pollInterval: "20ms" };
  await using manager = await createManager({
    loader,
    validator: new ConfigValidator(gatewaySchema),
    watch,
  });
  await manager.start();

  await folder.save("gateway.yaml", hostIs("two"));

  await until("the change", () => manager.current().server.host === "two");

  expect(manager.history.size).toBe(1);
});

test("P13 the watch set follows the configuration: a file that it begins to use is watched", async () => {
  await using watched = await watchFile("metadata: {owner: ada}\n", EVENTS);
  const { folder, manager } = watched;
  const owner = await folder.write("owner.txt", "grace\n");

  await folder.save("gateway.yaml", `metadata: {owner: "\${file:${owner}}"}\n`);
  await until("the reference", () => manager.current().metadata.owner === "grace");
  await folder.save("owner.txt", "edsger\n");

  await until("its change", () => manager.current().metadata.owner === "edsger");

  expect(manager.version).toBe(3);
});

test("P13 WAT-2 a file that is referred to instead of equal text is watched too", async () => {
  await using watched = await watchFile("metadata: {owner: ada}\n", EVENTS);
  const { folder, manager } = watched;
  const owner = await folder.write("owner.txt", "ada\n");

  await folder.save("gateway.yaml", `metadata: {owner: "\${file:${owner}}"}\n`);
  await until("the reload that changes nothing", () => manager.status.lastReload !== undefined);
  await folder.save("owner.txt", "grace\n");

  await until("the change", () => manager.current().metadata.owner === "grace");

  expect(manager.version).toBe(2);
});

test("REL-7 a reference to a file that is not there yet is tried again until it is", async () => {
  await using watched = await watchFile("metadata: {owner: ada}\n", EVENTS);
  const { folder, manager } = watched;
  const owner = folder.at("owner.txt");

  await folder.save("gateway.yaml", `metadata: {owner: "\${file:${owner}}"}\n`);
  await until("the refusal", () => manager.status.lastReload?.status === "rejected");
  await folder.save("owner.txt", "grace\n");

  await until("the change", () => manager.current().metadata.owner === "grace");

  expect(manager.status.health).toBe("ok");
});

test("WAT-10 a source whose watch does not begin is read at intervals, which is told by its name", async () => {
  const source = new MemorySource({ server: { host: "one" } });
  source.watch = () => Promise.reject(new Error("no stream"));
  await using manager = await createManager({
    loader: new ConfigLoader(gatewaySchema).addSource(source),
    validator: new ConfigValidator(gatewaySchema),
    watch: { ...EVENTS, pollInterval: "20ms" },
  });
  await manager.start();

  source.put({ server: { host: "two" } });
  await until("the change", () => manager.current().server.host === "two");

  const { reasons, sources } = manager.status;
  expect(reasons).toEqual([`${source.id} is read at intervals: no stream`]);
  expect(sources.find(({ id }) => id === source.id)).toMatchObject({ watching: "poll" });
});

test("WAT-10 P7 once a directory can be watched again, nothing is said against it any more", async () => {
  await using folder = await Folder.create();
  const file = await folder.write("gateway.yaml", hostIs("one"));
  let isExhausted = true;
  const fs: FileSystem = {
    ...nodeFileSystem,
    watch: (...about) => {
      if (isExhausted) throw new Error("no more watches");
      return nodeFileSystem.watch(...about);
    },
  };
  await using manager = await createManager({
    loader: new ConfigLoader(gatewaySchema, { fs }).addFile(file),
    validator: new ConfigValidator(gatewaySchema),
    watch: { ...EVENTS, pollInterval: "20ms" },
  });
  await manager.start();
  const before = manager.status.health;

  isExhausted = false;
  await until("the recovery", () => manager.status.health === "ok");

  expect(before).toBe("degraded");
  expect(manager.status.sources.find(({ kind }) => kind === "file")).toMatchObject({
    watching: "events",
  });
});

test("WAT-2 an optional file that appears is seen", async () => {
  await using folder = await Folder.create();
  const loader = new ConfigLoader(gatewaySchema).addFile(folder.at("local.yaml"), {
    optional: true,
  });
  await using manager = await createManager({
    loader,
    validator: new ConfigValidator(gatewaySchema),
    watch: EVENTS,
  });
  await manager.start();

  await folder.save("local.yaml", hostIs("local"));

  await until("the change", () => manager.current().server.host === "local");

  expect(manager.version).toBe(2);
});

test("WAT-2 a change between boot and the beginning of watching is not lost", async () => {
  await using folder = await Folder.create();
  const file = await folder.write("gateway.yaml", hostIs("one"));
  const loader = new ConfigLoader(gatewaySchema).addFile(file);
  await using manager = await createManager({
    loader,
    validator: new ConfigValidator(gatewaySchema),
    watch: EVENTS,
  });
  await folder.save("gateway.yaml", hostIs("two"));

  await manager.start();

  await until("the change", () => manager.current().server.host === "two");

  expect(manager.version).toBe(2);
});

test("P6 a bad edit is refused as often as it is looked at, and mended by the next good one", async () => {
  await using watched = await watchFile(hostIs("one"), EVENTS);
  const { folder, manager, failures } = watched;

  await folder.save("gateway.yaml", "server: {prot: 1}\n");
  await until("the refusal", () => failures.length === 1);
  await utimes(folder.at("gateway.yaml"), new Date(), new Date(Date.now() - 60_000));
  await until("the second look", () => reloadsOf(manager) >= 2);
  await folder.save("gateway.yaml", hostIs("two"));
  await until("the mending", () => manager.current().server.host === "two");

  expect(failures[0]?.errors).toMatchObject([{ position: { line: 1, column: 10 } }]);
  expect(manager.status.health).toBe("ok");
});

test("LCS-2 whole revisions need no debounce and know no rate: each is applied at once", async () => {
  const source = new MemorySource({ server: { host: "h0" } });
  const loader = new ConfigLoader(gatewaySchema).addSource(source);
  const watch: WatchOptions = {
    debounce: "1m",
    maxWait: "10m",
    pollInterval: "1h",
    rate: { perMinute: 1, burst: 1 },
  };
  await using manager = await createManager({
    loader,
    validator: new ConfigValidator(gatewaySchema),
    watch,
  });
  await manager.start();

  for (let i = 1; i <= 20; i++) {
    source.put({ server: { host: `h${i}` } });
    await until(`revision ${i}`, () => manager.current().server.host === `h${i}`);
  }

  expect(manager.version).toBe(21);
});

test("LCS-2 of revisions that come during a reload the newest is next, and it is the last", async () => {
  const source = new MemorySource({ server: { host: "h0" } });
  const loader = new ConfigLoader(gatewaySchema).addSource(source);
  await using manager = await createManager({
    loader,
    validator: new ConfigValidator(gatewaySchema),
    watch: EVENTS,
  });
  await manager.start();

  for (let i = 1; i <= 500; i++) source.put({ server: { host: `h${i}` } });
  await until("the newest", () => manager.current().server.host === "h500");
  await until("its report", () => source.outcomes.at(-1)?.revision === "501");

  expect(manager.version).toBeLessThanOrEqual(3);
});

test("LOAD-17 an optional source that was away at boot is asked again until it answers", async () => {
  const source = new MemorySource({ server: { host: "one" } });
  source.isAway = true;
  const loader = new ConfigLoader(gatewaySchema).addSource(source, { optional: true });
  await using manager = await createManager({
    loader,
    validator: new ConfigValidator(gatewaySchema),
    watch: EVENTS,
  });
  await manager.start();
  source.isAway = false;

  await until("its values", () => manager.current().server.host === "one");

  expect(manager.status.health).toBe("ok");
});

interface Watched extends AsyncDisposable {
  readonly folder: Folder;
  readonly manager: ConfigManager<Gateway>;
  readonly failures: readonly ReloadResult[];
}

async function watchFile(text: string, watch: WatchOptions): Promise<Watched> {
  const folder = await Folder.create();
  const manager = await managerOf(await folder.write("gateway.yaml", text), watch);
  return {
    folder,
    manager,
    failures: failuresOf(manager),
    [Symbol.asyncDispose]: async () => {
      await manager.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function managerOf(file: string, watch: WatchOptions): Promise<ConfigManager<Gateway>> {
  const loader = new ConfigLoader(gatewaySchema).addFile(file);
  const manager = await createManager({
    loader,
    validator: new ConfigValidator(gatewaySchema),
    watch,
  });
  await manager.start();
  return manager;
}

function failuresOf(manager: ConfigManager<Gateway>): readonly ReloadResult[] {
  const failures: ReloadResult[] = [];
  manager.events.addEventListener("reload_failed", (event) => {
    failures.push((event as CustomEvent<ReloadResult>).detail);
  });
  return failures;
}

/** All reloads but the boot, whatever they came to. */
function reloadsOf(manager: ConfigManager<Gateway>): number {
  const counts = manager.metrics().matchAll(/^llmcfg_config_reload_total\{.*\} ([0-9]+)$/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

function hostIs(host: string): string {
  return `server: {host: ${host}}\n`;
}

/** Large enough to be written in more than one piece. */
function bigHost(host: string): string {
  const filler = Array.from(
    { length: 200 },
    (_, i) => `  k${i}: some text that makes the file long\n`,
  );
  return `extensions:\n${filler.join("")}server:\n  host: ${host}\n`;
}

/** What the kubelet does: a new directory, and `..data` renamed onto it. */
async function publish(folder: Folder, generation: number): Promise<void> {
  const name = `..gen${generation}`;
  await mkdir(folder.at(name));
  await writeFile(folder.at(`${name}/gateway.yaml`), hostIs(`g${generation}`));
  await symlink(name, folder.at("..data_tmp"));
  await rename(folder.at("..data_tmp"), folder.at("..data"));
  if (generation > 0) await rm(folder.at(`..gen${generation - 1}`), { recursive: true });
  await readFile(folder.at("..data/gateway.yaml"));
}
