import { statfsSync, watch } from "node:fs";
import { mkdir, readFile, rename, symlink, unlink } from "node:fs/promises";
import {
  ConfigLoader,
  type ConfigManager,
  ConfigValidator,
  createManager,
  type ReloadResult,
} from "@llmcfg/config";
import { describe, expect, test } from "vitest";
import { Folder, KINDS_OF_FOLDERS } from "./support/folder.ts";
import { type Gateway, gatewaySchema } from "./support/gateway-schema.ts";
import { until } from "./support/until.ts";

/** What `statfs` says of those that kernels may treat differently. See statfs(2). */
const FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0xef53, "ext4"],
  [0x01021994, "tmpfs"],
  [0x58465342, "xfs"],
  [0x9123683e, "btrfs"],
  [0x794c7630, "overlay"],
]);

const PLACES = KINDS_OF_FOLDERS.map(([, path]) => {
  const { type } = statfsSync(path);
  return [FILE_SYSTEMS.get(type) ?? `file system ${type.toString(16)}`, path] as const;
});

describe.each(PLACES)("the kernel's events on %s: what the watching rests on", (_kind, parent) => {
  test("P1 WAT-1 a watch on a file sees the first save by renaming, and nothing after it", async () => {
    await using folder = await Folder.create(parent);
    const path = await folder.write("gateway.yaml", "0");
    using seen = listen(folder);
    let ofFile = 0;
    using _watch = disposable(watch(path, () => ofFile++));

    await folder.save("gateway.yaml", "1");
    await seen.all();
    const afterFirst = ofFile;
    await folder.save("gateway.yaml", "2");
    await folder.write("gateway.yaml", "3");
    await seen.all();

    expect(afterFirst).toBeGreaterThan(0);
    expect(ofFile).toBe(afterFirst);
    expect(seen.names.filter((name) => name === "gateway.yaml").length).toBeGreaterThan(1);
  });

  test("P2 a swap of ..data never tells the name of the file", async () => {
    await using folder = await Folder.create(parent);
    await publish(folder, 0);
    using seen = listen(folder);

    for (const generation of [1, 2, 3]) await publish(folder, generation);
    await seen.all();

    expect(seen.names).toContain("..data");
    expect(seen.names).not.toContain("gateway.yaml");
  });

  test("P5 who reads a file while it is written in place sees it empty or in part", async () => {
    await using folder = await Folder.create(parent);
    const whole = "x".repeat(1_000_000);
    const path = await folder.write("gateway.yaml", whole);

    const sizes = new Set<number>();
    await until("a read of less than all", async () => {
      const [, ...read] = await Promise.all([
        folder.write("gateway.yaml", whole),
        ...Array.from({ length: 3 }, () => readFile(path)),
      ]);
      for (const { length } of read) sizes.add(length);
      return [...sizes].some((size) => size < whole.length);
    });

    expect(Math.max(...sizes)).toBeLessThanOrEqual(whole.length);
  });
});

describe.each(PLACES)("a manager over a file on %s, by events alone", (_kind, parent) => {
  test("P1 WAT-3 saves by renaming and writes in place, of the same size too, are seen in any order", async () => {
    await using folder = await Folder.create(parent);
    await folder.write("gateway.yaml", hostIs("aa"));
    await using opened = await manage(folder);

    for (const [host, how] of [
      ["bb", "save"],
      ["cc", "write"],
      ["dd", "save"],
      ["ee", "save"],
      ["ff", "write"],
      ["gg", "write"],
    ] as const) {
      await folder[how]("gateway.yaml", hostIs(host));
      await opened.becomes(host);
    }

    expect(opened.failures).toEqual([]);
    expect(opened.manager.version).toBe(7);
  });

  test("P2 swaps of ..data in a row are each seen", async () => {
    await using folder = await Folder.create(parent);
    await publish(folder, 0);
    await using opened = await manage(folder);

    for (const generation of [1, 2, 3]) {
      await publish(folder, generation);
      await opened.becomes(`g${generation}`);
    }

    expect(opened.failures).toEqual([]);
    expect(opened.manager.version).toBe(4);
  });

  test("P6 WAT-3 what is deleted or renamed away is missed, and what comes back is seen, saved after that too", async () => {
    await using folder = await Folder.create(parent);
    await folder.write("gateway.yaml", hostIs("one"));
    await using opened = await manage(folder);
    const before = opened.manager.current();

    await unlink(folder.at("gateway.yaml"));
    await opened.fails(1);
    const kept = opened.manager.current();
    await folder.write("gateway.yaml", hostIs("two"));
    await opened.becomes("two");
    await rename(folder.at("gateway.yaml"), folder.at("elsewhere.yaml"));
    await opened.fails(2);
    await rename(folder.at("elsewhere.yaml"), folder.at("gateway.yaml"));
    await until("health", () => opened.manager.status.health === "ok");
    await folder.save("gateway.yaml", hostIs("three"));
    await opened.becomes("three");

    expect(kept).toBe(before);
    const codes = opened.failures.flatMap(({ errors }) => errors.map(({ code }) => code));
    expect(new Set(codes)).toEqual(new Set(["source_missing"]));
  });
});

function hostIs(host: string): string {
  return `server: {host: ${host}}\n`;
}

/** As a kubelet does: a link to `..data`, which is a link that is replaced. */
async function publish(folder: Folder, generation: number): Promise<void> {
  const name = `..gen${generation}`;
  await mkdir(folder.at(name));
  await folder.write(`${name}/gateway.yaml`, hostIs(`g${generation}`));
  await symlink(name, folder.at("..data_tmp"));
  await rename(folder.at("..data_tmp"), folder.at("..data"));
  if (generation === 0) await symlink("..data/gateway.yaml", folder.at("gateway.yaml"));
}

interface Listening extends Disposable {
  /** Names that events of the folder told. */
  readonly names: readonly string[];
  /** Resolves once all events of what has happened so far have come, of every watch: they keep order. */
  all(): Promise<void>;
}

function listen(folder: Folder): Listening {
  const names: string[] = [];
  const watcher = watch(folder.path, (_event, name) => names.push(name ?? ""));
  let fences = 0;
  return {
    names,
    all: async () => {
      const fence = `fence-${fences++}`;
      await folder.write(fence, "");
      await until("the fence", () => names.includes(fence));
    },
    [Symbol.dispose]: () => watcher.close(),
  };
}

function disposable(watcher: { close(): void }): Disposable {
  return { [Symbol.dispose]: () => watcher.close() };
}

interface Opened extends AsyncDisposable {
  readonly manager: ConfigManager<Gateway>;
  readonly failures: readonly ReloadResult[];
  becomes(host: string): Promise<void>;
  /** Waits for as many failures at the least. */
  fails(times: number): Promise<void>;
}

async function manage(folder: Folder): Promise<Opened> {
  const manager = await createManager({
    loader: new ConfigLoader(gatewaySchema).addFile(folder.at("gateway.yaml")),
    validator: new ConfigValidator(gatewaySchema),
    watch: {
      debounce: "30ms",
      pollInterval: "1h", // by events alone
      rate: { perMinute: 6_000, burst: 100 },
    },
  });
  const failures: ReloadResult[] = [];
  manager.events.addEventListener(
    "reload_failed",
    (event) => failures.push((event as CustomEvent<ReloadResult>).detail), // what the event carries
  );
  await manager.start();
  return {
    manager,
    failures,
    becomes: (host) => until(`the host ${host}`, () => manager.current().server.host === host),
    fails: (times) => until(`failure ${times}`, () => failures.length >= times),
    [Symbol.asyncDispose]: () => manager.stop(),
  };
}
