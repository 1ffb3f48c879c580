import { mkdir, rename, rm, symlink } from "node:fs/promises";
import {
  type ConfigLoadError,
  ConfigLoader,
  type FileSystem,
  nodeFileSystem,
} from "@llmcfg/config";
import { expect, test } from "vitest";
import { Folder } from "./support/folder.ts";
import { gatewaySchema } from "./support/gateway-schema.ts";
import { until } from "./support/until.ts";

test("LOAD-7 a file above the limit is refused by its size: it is never read", async () => {
  await using folder = await Folder.create();
  const file = await folder.write("gateway.yaml", "x".repeat(101));
  let reads = 0;
  const fs: FileSystem = {
    ...nodeFileSystem,
    readFile: (path) => {
      reads++;
      return nodeFileSystem.readFile(path);
    },
  };

  const loading = new ConfigLoader(gatewaySchema, { fs, limits: { maxBytes: 100 } })
    .addFile(file)
    .load();

  await expect(loading).rejects.toMatchObject({
    code: "source_malformed",
    findings: [{ code: "too_large", message: "there are 101 bytes: expected at most 100" }],
  });
  expect(reads).toBe(0);
});

test("P12 P2 a file whose link leads elsewhere while it is read is not missing, though the one before is gone", async () => {
  await using folder = await Folder.create();
  for (const generation of ["..one", "..two"]) {
    await mkdir(folder.at(generation));
    await folder.write(`${generation}/gateway.yaml`, `server: {host: ${generation.slice(2)}}\n`);
  }
  await symlink("..one", folder.at("..data"));
  await symlink("..data/gateway.yaml", folder.at("gateway.yaml"));
  let isSwapped = false;
  const fs: FileSystem = {
    ...nodeFileSystem,
    realpath: async (path) => {
      const real = await nodeFileSystem.realpath(path);
      if (!isSwapped) {
        isSwapped = true; // as the kubelet does it
        await symlink("..two", folder.at("..data_tmp"));
        await rename(folder.at("..data_tmp"), folder.at("..data"));
        await rm(folder.at("..one"), { recursive: true });
      }
      return real;
    },
  };

  const { config } = await new ConfigLoader(gatewaySchema, { fs })
    .addFile(folder.at("gateway.yaml"))
    .load();

  expect(config.server.host).toBe("two");
});

test.each([
  ["come to rest after a while are read then", 8],
  ["never come to rest together are unstable, and not mixed", Number.POSITIVE_INFINITY],
])("P12 LOAD-17 files that %s", async (_what, changes) => {
  await using folder = await Folder.create();
  const one = await folder.write("one.yaml", "server: {host: '0'}\n");
  const two = await folder.write("two.yaml", "metadata: {owner: '0'}\n");
  let looks = 0; // in each round the first file is looked at twice to be read, then once more
  let round = 0;
  const fs: FileSystem = {
    ...nodeFileSystem,
    stat: (path) => {
      if (path === one) looks++;
      return nodeFileSystem.stat(path);
    },
    readFile: async (path) => {
      const bytes = await nodeFileSystem.readFile(path);
      if (path !== two || round === changes) return bytes;
      await until("the first file is read", () => looks % 3 === 2);
      await folder.save("one.yaml", `server: {host: '${++round}'}\n`);
      return bytes;
    },
  };

  const loading = new ConfigLoader(gatewaySchema, { fs })
    .addFile(one)
    .addFile(two)
    .load()
    .then(({ config }) => config.server.host)
    .catch(({ code, source }: ConfigLoadError) => ({ code, source }));

  const unstable = { code: "source_unstable", source: `file:${one}` };
  expect(await loading).toEqual(changes === 8 ? "8" : unstable);
});
