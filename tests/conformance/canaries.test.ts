import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const VITEST = join(ROOT, "node_modules/vitest/vitest.mjs");
const CONFIG = join(ROOT, "tests/support/canaries/leaking.config.ts");

/** What the suite must notice, by the tests of the fixture. */
const LEAKS: readonly (readonly [test: string, leak: string])[] = [
  ["stdout", '"canary-stdout" came out of stdout, raw'],
  ["console", '"canary-console" came out of console.error, raw'],
  ["base64", '"canary-base64" came out of console.log, base64-encoded'],
  ["error", '"canary-error" came out of ConfigError, raw'],
  ["log", '"canary-log" came out of log, raw'],
  ["file", '"canary-file" came out of a file, raw'],
  ["environment", "the variable CANARY_API_KEY came out of console.log, raw"],
  ["helper", "version 1 of db came out of console.log, raw"],
  ["warning", '"canary-warning" came out of a warning of the process, raw'],
];

test("TNT-3 the watch over the suites fails a test for a canary in each place it may come out of, and no other test", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "llmcfg-leaking-"));
  const report = join(folder.path, "report.json");
  const output = ["--reporter=json", `--outputFile=${report}`];

  const run = spawnSync(process.execPath, [VITEST, "run", "--config", CONFIG, ...output], {
    cwd: ROOT,
    env: { ...process.env, NODE_OPTIONS: "" },
  });

  const tests = resultsIn(readFileSync(report, "utf8"));
  expect(run.status).toBe(1);
  expect(tests.map(({ title, status }) => [title, status])).toEqual([
    ...LEAKS.map(([title]) => [title, "failed"]),
    ["nothing", "passed"],
  ]);
  for (const [title, leak] of LEAKS)
    expect(tests.find((found) => found.title === title)?.failureMessages.join()).toContain(leak);
});

interface TestResult {
  readonly title: string;
  readonly status: string;
  readonly failureMessages: readonly string[];
}

function resultsIn(report: string): readonly TestResult[] {
  const { testResults } = JSON.parse(report) as {
    readonly testResults: readonly { readonly assertionResults: readonly TestResult[] }[];
  }; // the shape of Jest's reports
  return testResults.flatMap(({ assertionResults }) => assertionResults);
}
