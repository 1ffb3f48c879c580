import { readFile } from "node:fs/promises";
import { VERSION } from "@llmcfg/client";
import { expect, test } from "vitest";

test("the version that requests and reports name is that of the package", async () => {
  const text = await readFile(new URL("../package.json", import.meta.url), "utf8");

  expect(JSON.parse(text)).toMatchObject({ version: VERSION });
});
