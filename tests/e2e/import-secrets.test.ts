import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Home, makeHome, type RunningProgram, run, start } from "../support/programs.ts";

const CANARY = "sk-canary-91d2";
const LITELLM = `model_list:
  - model_name: gpt-4o
    litellm_params: { model: openai/gpt-4o, api_key: ${CANARY} }
`;
const IMPORT =
  "llmcfg gateway import litellm config.yaml --move-secrets-to llmcfg --env production --service edge --yes --confirm=production";
const KEY = "production/edge/imported/litellm/openai/auth.key";

let home: Home;
let dev: RunningProgram;

beforeAll(async () => {
  home = await makeHome();
  dev = await start("llmcfg", ["dev"], { env: home.env });
  await dev.waitForLine((line) => line.startsWith("Ready in"));
  await writeFile(join(home.folder, "config.yaml"), LITELLM);
});

afterAll(async () => {
  await dev.stop("SIGKILL");
  await home[Symbol.asyncDispose]();
});

test("GWI-3 --move-secrets-to llmcfg: the credential is a sensitive key of the service, and printed nowhere", async () => {
  const imported = await run(`${IMPORT} --to gateway.yaml`, { env: home.env });
  const again = await run(IMPORT, { env: home.env });
  const listed = await run("llmcfg list production/edge", { env: home.env });
  const revealed = await run(`llmcfg get ${KEY} --reveal`, { env: home.env });

  expect([imported.code, imported.stdout]).toEqual([0, ""]);
  const document = await readFile(join(home.folder, "gateway.yaml"), "utf8");
  expect([again.code, again.stdout]).toEqual([0, document]);
  expect(document).toContain("key: ${secret:imported/litellm/openai/auth.key}\n");
  expect(document).toContain("backend: llmcfg\n");
  expect(listed.stdout).toMatch(/imported\/litellm\/openai\/auth\.key .*\(sensitive\)/);
  expect(revealed.stdout).toBe(`${CANARY}\n`);
  const shown = [imported.stderr, again.stderr, again.stdout, listed.stdout, document].join("");
  expect(shown).not.toContain(CANARY);
});

test("GWI-3 another value under the key is kept: exit 6", async () => {
  await writeFile(join(home.folder, "config.yaml"), LITELLM.replace(CANARY, `${CANARY}-other`));

  const { code, stdout, stderr } = await run(IMPORT, { env: home.env });
  const revealed = await run(`llmcfg get ${KEY} --reveal`, { env: home.env });

  expect([code, stdout]).toEqual([6, ""]);
  expect(stderr).toContain(`${KEY} has another value already`);
  expect(stderr).not.toContain(CANARY);
  expect(revealed.stdout).toBe(`${CANARY}\n`);
});
