import { existsSync } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { holdFolder } from "../src/hold-folder.ts";

test("a folder is held by one at a time, and whoever comes second hears which process that is", async () => {
  await using home = await temporaryFolder();
  const folder = join(home.path, "made/here");
  const first = await holdFolder(folder);

  const second = holdFolder(folder);

  await expect(second).rejects.toMatchObject({
    reason: "STORE_UNAVAILABLE",
    message: `the data folder ${folder} is in use by another llmcfg dev (process ${process.pid})`,
  });
  first[Symbol.dispose]();
  using _again = await holdFolder(folder);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
});

test("folders are held apart from each other", async () => {
  await using home = await temporaryFolder();

  using one = await holdFolder(join(home.path, "one"));
  using other = await holdFolder(join(home.path, "other"));

  expect([one, other]).toHaveLength(2);
});

test.skipIf(!existsSync("/proc/self"))(
  "a folder that cannot be made is named, and nothing goes on trying",
  async () => {
    const holding = holdFolder("/proc/nothing/can-be-made");

    await expect(holding).rejects.toMatchObject({
      reason: "STORE_UNAVAILABLE",
      message: "the data folder /proc/nothing/can-be-made cannot be used (ENOENT)",
    });
  },
);

async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "llmcfg-hold-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}
