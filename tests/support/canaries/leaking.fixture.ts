/* oxlint-disable vitest/expect-expect -- what is expected stands in the test that runs this file */

/**
 * What {@link ../canaries/setup.ts} must notice: each of these tests lets a canary out, but the last.
 * Run by `tests/conformance/canaries.test.ts` alone.
 *
 * @module
 */

import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError } from "@llmcfg/config";
import { test } from "vitest";
import { MemorySecrets } from "../memory-secrets.ts";
import { hearOutput } from "./planted.ts";

test("stdout", () => void process.stdout.write("the key is canary-stdout\n"));

test("console", () => console.error({ key: "canary-console" }));

test("base64", () => console.log(Buffer.from("user:canary-base64").toString("base64")));

test("error", () => void new ConfigError("refused", "the key canary-error is refused"));

test("log", () => hearOutput("log", ["refused", { key: "canary-log" }]));

test("file", async () => {
  const folder = await mkdtemp(join(tmpdir(), "llmcfg-leak-"));
  await using handle = await open(join(folder, "status.json"), "w");
  await handle.writeFile(JSON.stringify({ key: "canary-file" }));
  await rm(folder, { recursive: true });
});

test("environment", () => console.log(JSON.stringify(process.env["CANARY_API_KEY"])));

test("helper", () => {
  const secrets = new MemorySecrets();
  secrets.put("db", "a password of the database");
  console.log("connected with a password of the database");
});

test("warning", async () => {
  process.emitWarning("the key is canary-warning");
  await new Promise((resolve) => setImmediate(resolve));
});

test("nothing", () => void new ConfigError("refused", "the key is refused"));
