/**
 * Keeps the suites of the configuration library under watch (TNT-3): each file of them fails in which
 * a canary comes out of anything but what reveals secrets. Canaries are the texts `canary-…` in the
 * file itself, what the helpers of tests store as secrets, and two variables of the environment.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { CanaryWatch } from "./canary-watch.ts";
import { watchPlanted } from "./planted.ts";

const SUITES = /\/packages\/(?:config|gateway)\/test\/|\/leaking\.fixture\.ts$/;
const VARIABLES = ["CANARY_API_KEY", "CANARY_PASSWORD"];

/** From the start: classes of errors remember which `Error` they were made on. */
const watch: CanaryWatch = await CanaryWatch.start();

beforeAll(async () => {
  const { testPath: filepath = "" } = expect.getState();
  if (!SUITES.test(filepath)) return await watch[Symbol.asyncDispose]();
  for (const name of VARIABLES) {
    process.env[name] = `canary${randomBytes(12).toString("hex")}`;
    watch.plant(`the variable ${name}`, process.env[name]);
  }
  const literals = readFileSync(filepath, "utf8").match(/\bcanary-\w+(?:-\w+)*/g) ?? [];
  for (const text of new Set(literals)) watch.plant(`"${text}"`, text);
  watchPlanted(watch);
});

afterEach(requireNoLeak);

afterAll(async () => {
  try {
    requireNoLeak();
  } finally {
    await watch[Symbol.asyncDispose]();
  }
});

/** @throws {Error} that names what came out and where */
function requireNoLeak(): void {
  const leaks = watch.takeLeaks();
  if (leaks.length > 0) throw new Error(`secrets came out:\n${leaks.join("\n")}`);
}
