import { ConfigLoader, type FileSystem, nodeFileSystem } from "@llmcfg/config";
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

test("P12 LOAD-17 files that never come to rest together are unstable, and not mixed", async () => {
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
      if (path !== two) return bytes;
      await until("the first file is read", () => looks % 3 === 2);
      await folder.save("one.yaml", `server: {host: '${++round}'}\n`);
      return bytes;
    },
  };

  const loading = new ConfigLoader(gatewaySchema, { fs }).addFile(one).addFile(two).load();

  await expect(loading).rejects.toMatchObject({
    code: "source_unstable",
    source: `file:${one}`,
    findings: [{ code: "source_unstable" }],
  });
});
