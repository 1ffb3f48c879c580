import { resolve } from "node:path";
import { expect, test } from "vitest";
import { makeHome, start } from "../support/programs.ts";

const ROOT = resolve(import.meta.dirname, "../..");

test.each([
  ["start", ["--port", "0"]],
  ["example", []],
])(
  "a signal to npm run %s ends what it runs, in order",
  async (script, flags) => {
    await using home = await makeHome();
    const args = ["run", "-s", script, "--", "-o", "json", ...flags];
    await using npm = await start("npm", args, { env: home.env, cwd: ROOT });
    const { pid } = JSON.parse(npm.firstLine) as { readonly pid: number }; // what both print

    const code = await npm.stop("SIGTERM");

    expect(code).toBe(0);
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  },
  60_000,
);
