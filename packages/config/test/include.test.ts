import { mkdir, symlink, unlink } from "node:fs/promises";
import {
  ConfigLoader,
  type ConfigManager,
  ConfigValidator,
  createManager,
  type FileSystem,
  type LoadResult,
  nodeFileSystem,
  type ReloadResult,
  type WatchOptions,
} from "@llmcfg/config";
import { describe, expect, test } from "vitest";
import { Folder } from "./support/folder.ts";
import { type Gateway, gatewaySchema } from "./support/gateway-schema.ts";
import { errorsOf } from "./support/load.ts";
import { until } from "./support/until.ts";

const EVENTS: WatchOptions = {
  debounce: "30ms",
  maxWait: "2s",
  pollInterval: "1h",
  rate: { perMinute: 6_000, burst: 100 },
};

describe("LOAD-14", () => {
  test("CFG-9 LOAD-14 included files rank directly below their includer, later ones stronger", async () => {
    await using folder = await Folder.create();
    await folder.write("weak.yaml", "server: {host: weak, port: 1}\nmetadata: {owner: weak}\n");
    await folder.write("one.yaml", "server: {host: one, port: 2}\nmetadata: {owner: one}\n");
    await folder.write("two.toml", '[server]\nhost = "two"\n');
    const root = await folder.write(
      "gateway.yaml",
      "$include: [one.yaml, two.toml]\nmetadata: {owner: root}\n",
    );

    const loaded = await new ConfigLoader(gatewaySchema)
      .addFile(folder.at("weak.yaml"))
      .addFile(root)
      .load();

    expect(loaded.config.server).toMatchObject({ host: "two", port: 2 });
    expect(loaded.config.metadata.owner).toBe("root");
    expect(layersOf(loaded, "metadata.owner")).toEqual(
      [
        [1, `file:${root}`],
        [3, `file:${folder.at("one.yaml")}`],
        [4, `file:${folder.at("weak.yaml")}`],
        [5, "default"],
      ].map(([rank, source]) => [Number(rank) + 1, source]),
    ); // below the overrides
    expect(loaded.explain("server.host").layers[0]?.position).toMatchObject({
      file: folder.at("two.toml"),
      line: 2,
    });
  });

  test("CFG-9 every format can include, and the directive is no part of the document", async () => {
    await using folder = await Folder.create();
    await folder.write("c.json", '{"server": {"host": "c"}}');
    await folder.write("b.json", '{"$include": ["c.json"], "$schema": "https://x.test/s.json"}');
    const root = await folder.write("a.toml", '"$include" = ["b.json"]\n');

    const { config, document } = await load(root);

    expect(config.server.host).toBe("c");
    expect(Object.keys(document as object).filter((name) => name.startsWith("$"))).toEqual([]);
  });

  test("LOAD-14 a pattern matches configuration files in byte order, and may match none", async () => {
    await using folder = await Folder.create();
    await mkdir(folder.at("conf.d/deep/er"), { recursive: true });
    await folder.write("conf.d/20.yaml", "server: {host: twenty}\n");
    await folder.write("conf.d/10.yaml", "server: {host: ten, port: 10}\n");
    await folder.write("conf.d/.hidden.yaml", "server: {host: hidden}\n");
    await folder.write("conf.d/notes.txt", "nothing");
    await folder.write("conf.d/deep/er/x.yaml", "metadata: {owner: deep}\n");
    const root = await folder.write(
      "gateway.yaml",
      "$include: ['conf.d/*', 'none.d/*.yaml', 'conf.d/**/x.{yaml,json}', '*/none.yaml']\n",
    );

    const { config } = await load(root);

    expect(config.server).toMatchObject({ host: "twenty", port: 10 });
    expect(config.metadata.owner).toBe("deep");
  });

  test("LOAD-14 a pattern never matches the file that it stands in", async () => {
    await using folder = await Folder.create();
    await folder.write("other.yaml", "server: {port: 2}\n");
    const root = await folder.write("gateway.yaml", "$include: ['*.yaml']\nserver: {host: own}\n");

    const { config } = await load(root);

    expect(config.server).toMatchObject({ host: "own", port: 2 });
  });

  test("LOAD-14 P2 a pattern does not match its own file by another name, as in a volume of Kubernetes whose names are links", async () => {
    await using folder = await Folder.create();
    await mkdir(folder.at("..generation"));
    await symlink("..generation", folder.at("..data"));
    const pattern = folder.at("*.yaml");
    await folder.write("..generation/gateway.yaml", `$include: ['${pattern}']\n`);
    await folder.write("..generation/other.yaml", "server: {port: 2}\n");
    for (const name of ["gateway.yaml", "other.yaml"]) {
      await symlink(`..data/${name}`, folder.at(name));
    }

    const { config } = await load(folder.at("gateway.yaml"));

    expect(config.server.port).toBe(2);
  });

  test("LOAD-14 paths are relative to the real directory of the includer, and may be absolute", async () => {
    await using folder = await Folder.create();
    await mkdir(folder.at("real"));
    await mkdir(folder.at("etc"));
    await folder.write("real/gateway.yaml", `$include: [near.yaml, '${folder.at("far.yaml")}']\n`);
    await folder.write("real/near.yaml", "server: {host: near}\n");
    await folder.write("etc/near.yaml", "server: {host: wrong}\n");
    await folder.write("far.yaml", "server: {port: 3}\n");
    await symlink(folder.at("real/gateway.yaml"), folder.at("etc/gateway.yaml"));

    const { config } = await load(folder.at("etc/gateway.yaml"));

    expect(config.server).toMatchObject({ host: "near", port: 3 });
  });

  test("LOAD-14 a file that is reached twice counts once, at its strongest place", async () => {
    await using folder = await Folder.create();
    await folder.write("common.yaml", "providers: {$append: [{id: c, name: c}]}\n");
    await folder.write("one.yaml", "$include: [common.yaml]\nserver: {host: one}\n");
    await folder.write("two.yaml", "$include: [common.yaml]\nserver: {port: 2}\n");
    const root = await folder.write("gateway.yaml", "$include: [one.yaml, two.yaml]\n");

    const { config } = await load(root);

    expect(config.server).toMatchObject({ host: "one", port: 2 });
    expect(config.providers.map(({ id }) => id)).toEqual(["c"]);
  });

  test("WHY-2 two files that include the same one explain it at both places", async () => {
    await using folder = await Folder.create();
    const common = await folder.write("common.yaml", "server: {host: common}\n");
    const one = await folder.write("one.yaml", "$include: [common.yaml]\n");
    const two = await folder.write("two.yaml", "$include: [common.yaml]\n");

    const result = await new ConfigLoader(gatewaySchema).addFile(one).addFile(two).load();

    expect(result.explain("server.host").layers).toMatchObject([
      { source: `file:${common}`, rank: 3, wins: true },
      { source: `file:${common}`, rank: 5, wins: false },
      { source: "default", wins: false },
    ]);
  });

  test.each([
    ["a path that is not there", "$include: [gone.yaml]", "include_missing", 1, 12],
    ["no list", "$include: other.yaml", "include_invalid", 1, 11],
    ["what is no text", "$include:\n  - 1", "include_invalid", 2, 5],
    ["an empty path", "$include: ['']", "include_invalid", 1, 12],
    ["a reference", "$include: ['${env:DIR}/x.yaml']", "include_invalid", 1, 12],
    ["a pattern that is not closed", "$include: ['[a.yaml']", "invalid_glob", 1, 12],
    ["another format", "$include: [notes.txt]", "unsupported_extension", 1, 12],
    ["itself", "$include: [gateway.yaml]", "include_cycle", 1, 12],
  ] as const)("LOAD-14 %s is refused with its place", async (_case, text, code, line, column) => {
    await using folder = await Folder.create();
    const root = await folder.write("gateway.yaml", `${text}\n`);
    await folder.write("notes.txt", "nothing");

    await expect(load(root)).rejects.toMatchObject({
      code: "source_malformed",
      findings: [{ code, source: `file:${root}`, position: { file: root, line, column } }],
    });
  });

  test("LOAD-14 a circle is named with the files that are in it", async () => {
    await using folder = await Folder.create();
    const [a, b, c] = await Promise.all([
      folder.write("a.yaml", "$include: [b.yaml]\n"),
      folder.write("b.yaml", "$include: [c.yaml]\n"),
      folder.write("c.yaml", "$include: [a.yaml]\n"),
    ]);

    await expect(load(a)).rejects.toMatchObject({
      findings: [
        {
          code: "include_cycle",
          source: `file:${c}`,
          message: `files include each other in a circle: ${a} → ${b} → ${c} → ${a}`,
        },
      ],
    });
  });

  test.each([
    [8, { config: { server: { host: "eight" } } }],
    [9, { findings: [{ code: "include_too_deep" }] }],
  ])("LOAD-14 files may include each other 8 deep: %i", async (depth, expected) => {
    await using folder = await Folder.create();
    for (let i = 0; i < depth; i++) await folder.write(`${i}.yaml`, `$include: [${i + 1}.yaml]\n`);
    await folder.write(`${depth}.yaml`, "server: {host: eight}\n");

    const loaded = await load(folder.at("0.yaml")).catch((error: unknown) => error);

    expect(loaded).toMatchObject(expected);
  });

  test("all that is wrong in several files is told together", async () => {
    await using folder = await Folder.create();
    await folder.write("one.yaml", "server: [\n");
    const root = await folder.write("gateway.yaml", "$include: [one.yaml, gone.yaml, 5]\n");

    await expect(load(root)).rejects.toMatchObject({
      findings: [
        { code: "include_invalid", source: `file:${root}` },
        { code: "include_missing", source: `file:${root}` },
        { code: "parse_error", source: `file:${folder.at("one.yaml")}` },
      ],
    });
  });

  test("CFG-9 $include is an error below the top level, and in sources that are no files", async () => {
    await using folder = await Folder.create();
    const root = await folder.write("gateway.yaml", "server:\n  $include: [x.yaml]\n");

    await expect(load(root)).rejects.toMatchObject({
      report: {
        errors: [{ code: "unsupported_directive", path: "server", position: { line: 2 } }],
      },
    });
    expect(await errorsOf({ document: { $include: ["x.yaml"] } })).toMatchObject([
      { code: "unsupported_directive", path: "" },
    ]);
  });
});

test("VAL-4 a finding in an included file shows its text", async () => {
  await using folder = await Folder.create();
  const included = await folder.write("limits.yaml", "server:\n  port: 70000\n");
  const root = await folder.write("gateway.yaml", "$include: [limits.yaml]\n");

  await expect(load(root)).rejects.toMatchObject({
    report: {
      errors: [
        {
          source: `file:${included}`,
          position: { file: included, line: 2, column: 9 },
          snippet: expect.stringContaining("  port: 70000"),
        },
      ],
    },
  });
});

test("WAT-2 P13 an include that is added and then edited is seen, as are new matches of patterns", async () => {
  await using folder = await Folder.create();
  await mkdir(folder.at("conf.d"));
  const root = await folder.write("gateway.yaml", hostIs("root"));
  await using manager = await manage(root);
  const becomes = (port: number) =>
    until(`the port ${port}`, () => manager.current().server.port === port);

  await mkdir(folder.at("other"));
  await folder.write("other/limits.yaml", "server: {port: 1}\n");
  await folder.write("gateway.yaml", `$include: [other/limits.yaml, 'conf.d/*.yaml']\n`);
  await becomes(1);
  await folder.write("other/limits.yaml", "server: {port: 2}\n");
  await becomes(2);
  await folder.save("other/limits.yaml", "server: {port: 3}\n");
  await becomes(3);
  await folder.write("conf.d/new.yaml", "server: {port: 4}\n");
  await becomes(4);
  await unlink(folder.at("conf.d/new.yaml"));
  await becomes(3);

  expect(manager.version).toBe(6);
});

test.each([
  ["that is missing", async () => {}],
  [
    "whose value is invalid",
    async (folder: Folder) => void (await folder.write("new/limits.yaml", "server: {port: 0}\n")),
  ],
] as const)(
  "P13 an include %s is watched though it was refused: mending it is seen",
  async (_case, prepare) => {
    await using folder = await Folder.create();
    await mkdir(folder.at("new"));
    const root = await folder.write("gateway.yaml", hostIs("root"));
    await using manager = await manage(root);
    const failures = failuresOf(manager);

    await prepare(folder);
    await folder.write("gateway.yaml", "$include: [new/limits.yaml]\n");
    await until("the failure", () => failures.length > 0);
    await folder.write("new/limits.yaml", "server: {port: 7}\n");

    await until("the mended port", () => manager.current().server.port === 7);

    expect(manager.status.health).toBe("ok");
  },
);

test("P6 an include that goes is a failure that keeps the old content", async () => {
  await using folder = await Folder.create();
  await folder.write("limits.yaml", "server: {port: 7}\n");
  const root = await folder.write("gateway.yaml", "$include: [limits.yaml]\n");
  await using manager = await manage(root);
  const failures = failuresOf(manager);

  await unlink(folder.at("limits.yaml"));
  await until("the failure", () => failures.length > 0);
  const kept = manager.current().server.port;
  await folder.write("limits.yaml", "server: {port: 8}\n");
  await until("the recovery", () => manager.current().server.port === 8);

  expect(failures[0]).toMatchObject({ errors: [{ code: "include_missing" }] });
  expect(kept).toBe(7);
});

test("P12 an include that is saved while its includer is read is not mixed with it", async () => {
  await using folder = await Folder.create();
  const root = await folder.write("gateway.yaml", "$include: [limits.yaml]\nserver: {host: g1}\n");
  await folder.write("limits.yaml", "metadata: {owner: g1}\n");
  let isSaved = false;
  const fs: FileSystem = {
    ...nodeFileSystem,
    readFile: async (path) => {
      if (!isSaved && path.endsWith("limits.yaml")) {
        isSaved = true; // the includer is read already
        await folder.save("gateway.yaml", "$include: [limits.yaml]\nserver: {host: g2}\n");
        await folder.save("limits.yaml", "metadata: {owner: g2}\n");
      }
      return await nodeFileSystem.readFile(path);
    },
  };

  const { config } = await new ConfigLoader(gatewaySchema, { fs }).addFile(root).load();

  expect([config.server.host, config.metadata.owner]).toEqual(["g2", "g2"]);
});

test("HIS-10 a hold is of the file with all that it includes", async () => {
  await using folder = await Folder.create();
  await folder.write("limits.yaml", "server: {port: 1}\n");
  const root = await folder.write("gateway.yaml", "$include: [limits.yaml]\n");
  await using manager = await manage(root, false);
  await folder.write("limits.yaml", "server: {port: 2}\n");
  await manager.reload();

  await manager.rollback({ version: 1 });
  const held = await manager.reload();
  const port = manager.current().server.port;

  expect(held).toMatchObject({ status: "unchanged", holds: [`file:${root}`] });
  expect(port).toBe(1);
});

async function load(path: string): Promise<LoadResult<Gateway>> {
  return await new ConfigLoader(gatewaySchema).addFile(path).load();
}

function layersOf(loaded: LoadResult<Gateway>, path: string) {
  return loaded.explain(path).layers.map(({ rank, source }) => [rank, source]);
}

async function manage(
  path: string,
  watch: WatchOptions | false = EVENTS,
): Promise<ConfigManager<Gateway>> {
  const loader = new ConfigLoader(gatewaySchema).addFile(path);
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

function hostIs(host: string): string {
  return `server: {host: '${host}'}\n`;
}
