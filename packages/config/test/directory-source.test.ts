import { mkdir, readlink, rename, rm, symlink, unlink, writeFile } from "node:fs/promises";
import {
  ConfigLoader,
  type ConfigManager,
  ConfigValidator,
  createManager,
  type FileSystem,
  type LoadResult,
  nodeFileSystem,
  type ReloadResult,
  systemClock,
  type WatchOptions,
} from "@llmcfg/config";
import { describe, expect, test } from "vitest";
import { TextParser } from "../src/formats/text-parser.ts";
import { nameOf } from "../src/formats/text-position.ts";
import { DirectorySource } from "../src/sources/directory-source.ts";
import { Folder, KINDS_OF_FOLDERS } from "./support/folder.ts";
import { type Gateway, gatewaySchema } from "./support/gateway-schema.ts";
import { until } from "./support/until.ts";

/** Polling so rare that only events can be what is seen. */
const EVENTS: WatchOptions = {
  debounce: "30ms",
  maxWait: "2s",
  pollInterval: "1h",
  rate: { perMinute: 6_000, burst: 100 },
};
const POLLS: WatchOptions = { ...EVENTS, mode: "poll", pollInterval: "20ms" };

test("LOAD-1 LOAD-15 the configuration files of a directory are read in byte order, later ones stronger", async () => {
  await using folder = await Folder.create();
  await folder.write("10-base.yaml", "server: {host: base, port: 1}\n");
  await folder.write("20-more.TOML", '[server]\nhost = "more"\nport = 2\n');
  await folder.write("9-last.json", '{"server": {"host": "last"}}');
  await folder.write("B.yml", "metadata: {owner: upper}\n");
  await folder.write("a.yml", "metadata: {owner: lower}\n");
  await folder.write(".hidden.yaml", "server: {host: hidden}\n");
  await folder.write("README.md", "# no configuration");

  const loaded = await load(folder.path);

  expect(loaded.config.server).toMatchObject({ host: "last", port: 2 });
  expect(loaded.config.metadata.owner).toBe("lower");
  expect(loaded.explain("server.host").layers.map(({ source, wins }) => [source, wins])).toEqual([
    [`file:${folder.at("9-last.json")}`, true],
    [`file:${folder.at("20-more.TOML")}`, false],
    [`file:${folder.at("10-base.yaml")}`, false],
    ["default", false],
  ]);
  expect(loaded.explain("server.port").layers[0]).toMatchObject({
    position: { kind: "file", file: folder.at("20-more.TOML"), line: 3, column: 8 },
  });
});

test("LOAD-2 a directory ranks where it is added among the files", async () => {
  await using folder = await Folder.create();
  await mkdir(folder.at("conf.d"));
  await folder.write("conf.d/one.yaml", "server: {host: directory, port: 2}\n");
  const weak = await folder.write("weak.yaml", "server: {host: weak, port: 1}\n");
  const strong = await folder.write("strong.yaml", "server: {host: strong}\n");

  const loader = new ConfigLoader(gatewaySchema)
    .addFile(weak)
    .addDirectory(folder.at("conf.d"))
    .addFile(strong);
  const { config } = await loader.load();

  expect(config.server).toMatchObject({ host: "strong", port: 2 });
  expect(loader.precedence().map(({ source, kind }) => [source, kind])).toEqual([
    ["overrides", "overrides"],
    [`file:${strong}`, "file"],
    [`directory:${folder.at("conf.d")}`, "directory"],
    [`file:${weak}`, "file"],
    ["default", "default"],
  ]);
});

test("LOAD-3 LOAD-15 what is wrong in one file of a directory names that file, and its line", async () => {
  await using folder = await Folder.create();
  await folder.write("10-good.yaml", "server: {host: good}\n");
  await folder.write("20-bad.yaml", "server:\n  host: [\n");
  await folder.write("30-bad.json", "{");

  const loading = load(folder.path);

  await expect(loading).rejects.toMatchObject({
    code: "source_malformed",
    source: `directory:${folder.path}`,
    findings: [
      { code: "parse_error", source: `file:${folder.at("30-bad.json")}`, position: { line: 1 } },
      { code: "parse_error", source: `file:${folder.at("20-bad.yaml")}`, position: { line: 3 } },
    ],
  });
});

test("VAL-4 a finding about a value of a directory has the file, the place and the text", async () => {
  await using folder = await Folder.create();
  await folder.write("10-base.yaml", "server:\n  port: 70000\n");

  const loading = load(folder.path);

  await expect(loading).rejects.toMatchObject({
    report: {
      errors: [
        {
          path: "server.port",
          source: `file:${folder.at("10-base.yaml")}`,
          position: { kind: "file", file: folder.at("10-base.yaml"), line: 2, column: 9 },
          snippet: expect.stringContaining("  port: 70000"),
        },
      ],
    },
  });
});

test.each([
  ["there is no such directory", "gone", "source_missing"],
  ["it holds no configuration", "empty", "source_missing"],
  ["it is a file", "file.yaml", "source_unreadable"],
  ["one of its files is empty", "hollow", "source_empty"],
  ["one of its files is a directory", "nested", "source_unreadable"],
] as const)("LOAD-15 LOAD-17 a directory fails where %s", async (_case, name, code) => {
  await using folder = await Folder.create();
  await mkdir(folder.at("empty"));
  await folder.write("empty/.hidden.yaml", "server: {host: hidden}\n");
  await folder.write("file.yaml", "server: {host: file}\n");
  await mkdir(folder.at("hollow"));
  await folder.write("hollow/a.yaml", "# nothing\n");
  await mkdir(folder.at("nested/a.yaml"), { recursive: true });

  await expect(load(folder.at(name))).rejects.toMatchObject({ code });
});

test("LOAD-4 an optional directory may be absent, or without configuration", async () => {
  await using folder = await Folder.create();

  const loader = new ConfigLoader(gatewaySchema)
    .addDirectory(folder.path, { optional: true })
    .addDirectory(folder.at("gone"), { optional: true });

  expect((await loader.load()).config.server.host).toBe("localhost");
});

test("LOAD-13 names and places of files do not count, only what they hold in their order", async () => {
  await using one = await Folder.create();
  await using two = await Folder.create();
  for (const [folder, names] of [
    [one, ["10.yaml", "20.yaml"]],
    [two, ["a.yaml", "b.yaml"]],
  ] as const) {
    await folder.write(names[0], "server: {host: weak, port: 1}\n");
    await folder.write(names[1], "server: {host: strong}\n");
  }

  const hashes = [];
  for (const folder of [one, two]) {
    await using manager = await manage(folder.path, EVENTS);
    hashes.push([manager.checksum, manager.status.sources.map(({ state }) => state)]);
  }

  expect(hashes[0]).toEqual(hashes[1]);
});

describe.each(KINDS_OF_FOLDERS)("in a folder on %s", (_kind, parent) => {
  test.each([
    ["events", EVENTS],
    ["poll", POLLS],
  ] as const)(
    "LOAD-15 WAT-2 WAT-3 files that come, change, are renamed and go are seen (%s)",
    async (_mode, watch) => {
      await using folder = await Folder.create(parent);
      await folder.write("10.yaml", hostIs("base"));
      await using manager = await manage(folder.path, watch);
      const failures = failuresOf(manager);
      const becomes = (host: string) =>
        until(`the host ${host}`, () => manager.current().server.host === host);

      await folder.save("20.yaml", hostIs("added"));
      await becomes("added");
      await folder.write("20.yaml", hostIs("written"));
      await becomes("written");
      await folder.save("20.yaml", hostIs("saved"));
      await becomes("saved");
      await rename(folder.at("20.yaml"), folder.at("05.yaml"));
      await becomes("base");
      await unlink(folder.at("10.yaml"));
      await becomes("saved");

      expect(failures).toEqual([]);
    },
  );

  test.each([
    ["events", EVENTS],
    ["poll", POLLS],
  ] as const)(
    "P2 LOAD-15 a mounted ConfigMap is followed through swaps that add and drop keys (%s)",
    async (_mode, watch) => {
      await using folder = await Folder.create(parent);
      await publish(folder, 1, { "a.yaml": hostIs("one"), "b.yaml": "metadata: {owner: b}\n" });
      await using manager = await manage(folder.path, watch);
      const failures = failuresOf(manager);
      const becomes = (host: string, owner: string | null) =>
        until(`generation ${host}`, () => {
          const { server, metadata } = manager.current();
          return server.host === host && metadata.owner === owner;
        });

      await publish(folder, 2, { "a.yaml": hostIs("two"), "b.yaml": "metadata: {owner: bb}\n" });
      await becomes("two", "bb");
      await publish(folder, 3, { "a.yaml": hostIs("three") });
      await becomes("three", null);
      await publish(folder, 4, { "a.yaml": hostIs("four"), "c.yaml": "metadata: {owner: c}\n" });
      await becomes("four", "c");

      expect(failures).toEqual([]);
      expect(manager.explain("server.host").layers[0]).toMatchObject({
        source: `file:${folder.at("a.yaml")}`,
        position: { realPath: folder.at("..2026_11_25_00_00_04.1/a.yaml") },
      });
    },
  );
});

test("LOAD-15 P6 when the last file goes the content stays, and it recovers by itself", async () => {
  await using folder = await Folder.create();
  await folder.write("10.yaml", hostIs("one"));
  await using manager = await manage(folder.path, EVENTS);
  const failures = failuresOf(manager);
  const before = manager.current();

  await unlink(folder.at("10.yaml"));
  await until("the failure", () => failures.length > 0);
  const kept = manager.current();
  await folder.write("20.yaml", hostIs("two"));
  await until("the recovery", () => manager.current().server.host === "two");

  expect(failures[0]).toMatchObject({ stage: "read", errors: [{ code: "source_missing" }] });
  expect(kept).toBe(before);
});

test("P13 a file that came and is refused is watched too: mending it is seen", async () => {
  await using folder = await Folder.create();
  await folder.write("10.yaml", hostIs("one"));
  await using manager = await manage(folder.path, EVENTS);
  const failures = failuresOf(manager);

  await folder.write("20.yaml", "server: {port: 70000}\n");
  await until("the failure", () => failures.length > 0);
  await folder.write("20.yaml", "server: {port: 7000}\n");

  await until("the mended port", () => manager.current().server.port === 7000);

  expect(manager.status.health).toBe("ok");
});

test("P11 WAT-6 hidden files and logs beside the configuration cause no reload", async () => {
  await using folder = await Folder.create();
  await folder.write("10.yaml", hostIs("one"));
  await using manager = await manage(folder.path, EVENTS);

  for (let i = 0; i < 20; i++) {
    await writeFile(folder.at("audit.jsonl"), `${i}\n`, { flag: "a" });
    await folder.write(`.10.yaml.sw${i}`, "vim");
  }
  await folder.write("10.yaml", hostIs("two"));
  await until("the change", () => manager.current().server.host === "two");

  expect(reloadsOf(manager)).toBe(1);
});

test("P12 a swap between two reads never mixes generations", async () => {
  await using folder = await Folder.create();
  await publish(folder, 1, { "a.yaml": hostIs("g1"), "b.yaml": "metadata: {owner: g1}\n" });
  let isSwapped = false;
  const fs: FileSystem = {
    ...nodeFileSystem,
    readFile: async (path) => {
      const bytes = await nodeFileSystem.readFile(path);
      if (isSwapped || !path.endsWith("b.yaml")) return bytes;
      isSwapped = true; // b is read, a is not
      await publish(folder, 2, { "a.yaml": hostIs("g2"), "b.yaml": "metadata: {owner: g2}\n" });
      return bytes;
    },
  };

  const { config } = await new ConfigLoader(gatewaySchema, { fs }).addDirectory(folder.path).load();

  expect(isSwapped).toBe(true);
  expect([config.server.host, config.metadata.owner]).toEqual(["g2", "g2"]);
});

test("LOAD-18 of a directory only the file that changed is parsed again", async () => {
  await using folder = await Folder.create();
  for (let i = 10; i < 20; i++) await folder.write(`${i}.yaml`, hostIs(String(i)));
  await using parser = new CountingParser();
  const source = new DirectorySource(
    folder.path,
    {},
    { fs: nodeFileSystem, clock: systemClock, parser },
  );
  const { signal } = new AbortController();
  const context = { previous: undefined, field: () => undefined, signal };
  await source.read(context);
  const atFirst = parser.parsed.length;

  await folder.write("13.yaml", hostIs("new"));
  const { state } = await source.read(context);

  expect(state).toBe("ok");
  expect(atFirst).toBe(10);
  expect(parser.parsed.slice(atFirst)).toEqual([folder.at("13.yaml")]);
});

test("HIS-10 a rollback holds the whole directory until its content is another one", async () => {
  await using folder = await Folder.create();
  await folder.write("10.yaml", hostIs("one"));
  await using manager = await manage(folder.path, false);
  await folder.write("20.yaml", hostIs("two"));
  await manager.reload();

  await manager.rollback({ version: 1 });
  const held = await manager.reload();
  const host = manager.current().server.host;
  await folder.write("20.yaml", hostIs("three"));
  await manager.reload();

  expect(held).toMatchObject({ status: "unchanged", holds: [`directory:${folder.path}`] });
  expect(host).toBe("one");
  expect(manager.current().server.host).toBe("three");
});

class CountingParser extends TextParser {
  readonly parsed: string[] = [];

  override async parse(...[bytes, options]: Parameters<TextParser["parse"]>) {
    this.parsed.push(nameOf(options.origin));
    return await super.parse(bytes, options);
  }
}

async function load(directory: string): Promise<LoadResult<Gateway>> {
  return await new ConfigLoader(gatewaySchema).addDirectory(directory).load();
}

async function manage(
  directory: string,
  watch: WatchOptions | false,
): Promise<ConfigManager<Gateway>> {
  return await managerOf(new ConfigLoader(gatewaySchema).addDirectory(directory), watch);
}

async function managerOf(
  loader: ConfigLoader<Gateway>,
  watch: WatchOptions | false,
): Promise<ConfigManager<Gateway>> {
  const validator = new ConfigValidator(gatewaySchema);
  const manager = await createManager({ loader, validator, watch });
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

function reloadsOf(manager: ConfigManager<Gateway>): number {
  const counts = manager.metrics().matchAll(/^llmcfg_config_reload_total\{.*\} (\d+)$/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

function hostIs(host: string): string {
  return `server: {host: '${host}'}\n`;
}

/** As the kubelet does: the new generation first, then the swap, then names that came or went. */
async function publish(
  folder: Folder,
  generation: number,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  const name = `..2026_11_25_00_00_0${generation}.1`;
  await mkdir(folder.at(name));
  for (const [file, text] of Object.entries(files)) await folder.write(`${name}/${file}`, text);
  const old = await readlink(folder.at("..data")).catch(() => undefined);
  await symlink(name, folder.at("..data_tmp"));
  await rename(folder.at("..data_tmp"), folder.at("..data"));
  for (const file of Object.keys(files)) {
    await symlink(`..data/${file}`, folder.at(file)).catch(() => {}); // it is there already
  }
  for (const file of ["a.yaml", "b.yaml", "c.yaml"]) {
    if (!(file in files)) await rm(folder.at(file), { force: true });
  }
  if (old !== undefined) await rm(folder.at(old), { recursive: true });
}
