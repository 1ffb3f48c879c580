import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ROOT } from "../support/pages.ts";
import { makeHome, run } from "../support/programs.ts";

/** What leans on the insides of `node:http`, on `node:sqlite`, and on what the kernel tells `fs.watch`. */
const FILES = [
  ...readdirSync(join(ROOT, "packages/server/test/http"))
    .filter((name) => /^(?:ready-reads|on-a-socket).*\.test\.ts$/.test(name))
    .map((name) => `packages/server/test/http/${name}`),
  "packages/config/test/kernel-events.test.ts",
];

test("ready reads, the server on a socket and the watching of files hold under the oldest Node that is supported", async ({
  skip,
}) => {
  const node = node24();
  skip(node === undefined, "there is no Node 24: bash tools/services/node24/install.sh");
  const home = await makeHome();
  onTestFinished(() => home[Symbol.asyncDispose]());
  const options = { env: home.env, cwd: ROOT, timeoutMs: 240_000 };

  const version = await run(`"${node}" --version`, options);
  const vitest = "node_modules/vitest/vitest.mjs run --project unit --reporter json";
  const file = join(home.folder, "report.json");
  await run(`"${node}" ${vitest} --outputFile "${file}" ${FILES.join(" ")}`, options);

  const report = JSON.parse(await readFile(file, "utf8")) as Report; // vitest's own format
  console.log(`endpoint node: real ${version.stdout.trim()}, ${report.numPassedTests} passed`);
  expect(version.stdout).toMatch(/^v24\./);
  expect(failuresOf(report)).toEqual([]);
  expect(report.testResults).toHaveLength(FILES.length);
  expect(report.numPassedTests).toBeGreaterThanOrEqual(20);
}, 300_000);

/** What is read of vitest's report. */
interface Report {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

function failuresOf({ testResults }: Report): readonly string[] {
  return testResults.flatMap(({ message, assertionResults }) => [
    ...(message === "" ? [] : [message]),
    ...assertionResults
      .filter(({ status }) => status !== "passed")
      .map(({ fullName, failureMessages }) => `${fullName}: ${failureMessages.join("\n")}`),
  ]);
}

/** Where `tools/services/node24/install.sh` puts it. */
function node24(): string | undefined {
  const { SERVICES_DIR = join(homedir(), ".cache/llmcfg-services") } = process.env;
  const file = join(SERVICES_DIR, "bin/node24");
  return existsSync(file) ? file : undefined;
}
