import { execFile } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { Folder } from "./support/folder.ts";

const index = join(import.meta.dirname, "../src/index.ts");

test("DOC the example of the package runs as it stands, and ends by itself", async () => {
  await using folder = await Folder.create();
  const source = await readFile(index, "utf8");
  const example = /```ts\n([\s\S]*?)```/.exec(source)?.[1]?.replaceAll(/^ \* ?/gm, "") ?? "";
  await folder.write("greeter.yaml", "greeting: good day\n");
  // Beside this test, so that the names of packages resolve as they do here.
  const script = join(import.meta.dirname, `.example-${process.pid}.ts`);
  await writeFile(script, example);
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(script));

  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--conditions=@llmcfg/source", script],
    { cwd: folder.path, env: { GREETER_TIMEOUT: "7s" }, timeout: 20_000 },
  );

  expect(stdout).toContain("good day 7000");
  expect(stdout).toContain('greeting = "good day"');
  expect(stdout).toContain("greeter.yaml:1:11");
});
