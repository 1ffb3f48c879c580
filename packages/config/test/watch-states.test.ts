import {
  ConfigLoader,
  type ConfigManager,
  ConfigValidator,
  createManager,
  type FileSystem,
  nodeFileSystem,
  type SourceWatchContext,
} from "@llmcfg/config";
import { expect, test } from "vitest";
import { Folder } from "./support/folder.ts";
import { type Gateway, gatewaySchema } from "./support/gateway-schema.ts";
import { MemorySource } from "./support/memory-source.ts";
import { until } from "./support/until.ts";

const WATCH = { pollInterval: "20ms" };

test("P7 WAT-10 a file whose folder cannot be watched is polled, which the gauge tells of this source alone", async () => {
  await using well = await Folder.create();
  await using ill = await Folder.create();
  const good = await well.write("good.yaml", "server: {host: a}\n");
  const bad = await ill.write("bad.yaml", "server: {port: 8081}\n");
  let isExhausted = true;
  const fs: FileSystem = {
    ...nodeFileSystem,
    watch: (directory, ...about) => {
      if (isExhausted && directory === ill.path) throw new Error("no more watches");
      return nodeFileSystem.watch(directory, ...about);
    },
  };
  await using manager = await createManager({
    loader: new ConfigLoader(gatewaySchema, { fs }).addFile(good).addFile(bad),
    validator: new ConfigValidator(gatewaySchema),
    watch: WATCH,
  });

  await manager.start();
  const before = aliveOf(manager);
  isExhausted = false;
  await until("the recovery", () => manager.status.health === "ok");

  const [illFile, wellFile] = [`file:${bad}`, `file:${good}`];
  expect(before).toEqual(
    [`${illFile} events 0`, `${illFile} poll 1`, `${wellFile} events 1`].toSorted(),
  );
  expect(aliveOf(manager)).toEqual([`${illFile} events 1`, `${wellFile} events 1`].toSorted());
});

test("WAT-10 a stream that does not begin is not alive, and the poll that takes its place is", async () => {
  const source = new MemorySource({}, { id: "memory:a" });
  source.watch = () => Promise.reject(new Error("no stream"));
  await using manager = await managerOf(source);

  await manager.start();

  expect(aliveOf(manager)).toEqual(["memory:a poll 1", "memory:a stream 0"]);
});

test("WAT-10 a stream that says it hears of nothing is not alive until it hears again", async () => {
  const source = new MemorySource({}, { id: "memory:a" });
  let alive: SourceWatchContext["alive"];
  source.watch = async (context) => {
    alive = context.alive;
    return { [Symbol.asyncDispose]: async () => {} };
  };
  await using manager = await managerOf(source);
  await manager.start();

  const seen = [undefined, false, true].map((isAlive) => {
    if (isAlive !== undefined) alive?.(isAlive);
    return aliveOf(manager).join();
  });

  expect(seen).toEqual(["memory:a stream 1", "memory:a stream 0", "memory:a stream 1"]);
  expect(manager.status.sources.find(({ id }) => id === "memory:a")).toMatchObject({
    watching: "stream",
  });
});

test("WAT-8 WAT-10 nothing is alive once the manager has stopped, and nothing is told before it starts", async () => {
  const manager = await managerOf(new MemorySource({}, { id: "memory:a" }));

  const before = aliveOf(manager);
  await manager.start();
  await manager.stop();

  expect(before).toEqual([]);
  expect(aliveOf(manager)).toEqual(["memory:a stream 0"]);
});

async function managerOf(source: MemorySource): Promise<ConfigManager<Gateway>> {
  return await createManager({
    loader: new ConfigLoader(gatewaySchema).addSource(source),
    validator: new ConfigValidator(gatewaySchema),
    watch: WATCH,
  });
}

/** `source mode value` of each sample, sorted. */
function aliveOf(manager: ConfigManager<Gateway>): readonly string[] {
  const samples = manager
    .metrics()
    .matchAll(/^llmcfg_config_watcher_alive\{source="(.*?)",mode="(\w+)"\} (\d)$/gm);
  return [...samples].map(([, ...about]) => about.join(" ")).toSorted();
}
