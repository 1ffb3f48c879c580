import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PACKAGES, type PackedPackages, packPackages } from "../support/packed-packages.ts";
import { makeHome, startDev } from "../support/programs.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const RECORD = join(ROOT, "tests/support/record-loaded.ts");
const DRIVERS = /\/node_modules\/(?:pg|@aws-sdk|@smithy|@google-cloud|google-gax|@azure)\//;

/** What the quickstart of each README prints, as the README says. */
const QUICKSTARTS = [
  {
    name: "core",
    env: {},
    prints: ['{"a":"ü","b":1}', "inference/timeout-seconds", "INVALID_ARGUMENT"],
  },
  {
    name: "config",
    env: { GREETER_TIMEOUT: "9s" },
    prints: ["good day 9000", "greeter.yaml:1:11"],
  },
  {
    name: "gateway",
    env: { OPENAI_API_KEY: "sk-1", ANTHROPIC_API_KEY: "sk-2" },
    prints: ["8080 openai anthropic", "gateway.yaml:13:21"],
  },
];

const owned = new AsyncDisposableStack();
let packed: PackedPackages;

beforeAll(async () => {
  packed = owned.use(await packPackages());
  for (const name of PACKAGES) await writeQuickstart(name);
}, 120_000);

afterAll(async () => {
  await owned.disposeAsync();
});

test.each(PACKAGES)(
  "the package %s has what it needs, says what it is, and nothing else",
  async (name) => {
    const folder = join(packed.folder, "node_modules/@llmcfg", name);
    const manifest: unknown = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));

    expect((await readdir(folder)).toSorted()).toEqual([
      "LICENSE",
      "README.md",
      "dist",
      "package.json",
      "src",
    ]);
    expect(await readdir(join(folder, "dist"))).not.toContain(".tsbuildinfo");
    expect(await readFile(join(folder, "LICENSE"), "utf8")).toContain("Apache License");
    expect(manifest).toMatchObject({
      license: "Apache-2.0",
      description: expect.stringMatching(/\w/),
    });
  },
);

test.each(PACKAGES)("publint and attw find nothing wrong with %s", async (name) => {
  const checks = Promise.all([
    packed.succeed(`publint --strict ${packed.tarballOf(name)}`),
    packed.succeed(`attw --profile esm-only ${packed.tarballOf(name)}`),
  ]);

  await expect(checks).resolves.toHaveLength(2); // one that finds something ends with 1
});

test.each(QUICKSTARTS)(
  "the quickstart of $name runs by import and by require, without a driver",
  async ({ name, env, prints }) => {
    for (const program of [`${name}.ts`, `${name}-required.cjs`]) {
      const loaded = join(packed.folder, `${program}.loaded`);

      const stdout = await packed.succeed(`node --import ${RECORD} ${program}`, {
        ...env,
        LOADED: loaded,
      });
      const modules = await readFile(loaded, "utf8");

      for (const text of prints) expect(stdout).toContain(text);
      expect(modules).toContain(`/@llmcfg/${name}/dist/index.js`);
      expect(modules.split("\n").filter((url) => DRIVERS.test(url))).toEqual([]);
    }
  },
);

test("a driver that is loaded is seen", async () => {
  const loaded = join(packed.folder, "pg.loaded");

  await packed.succeed(`node --import ${RECORD} -e 'import("pg")'`, { LOADED: loaded });

  expect(await readFile(loaded, "utf8")).toMatch(DRIVERS);
});

test("the quickstart of client runs against a development server", async () => {
  await using home = await makeHome();
  await using server = await startDev(home, "--port", "0");
  const env = { LLMCFG_ADDR: server.url, LLMCFG_TOKEN: server.token };

  const imported = await packed.succeed("node client.ts", env);
  const required = await packed.succeed("node client-required.cjs", env);

  expect([imported, required]).toEqual(["30 FRESH\n", "30 FRESH\n"]);
});

test("every entry point and every quickstart is well typed under strict, declarations too", async () => {
  const entries = await entryPoints();
  const imports = entries.map((entry, i) => `export * as e${i} from "${entry}";`);
  const requires = entries.map((entry, i) => `import e${i} = require("${entry}");\nvoid e${i};`);
  await writeFile(join(packed.folder, "entries.ts"), imports.join("\n"));
  await writeFile(join(packed.folder, "entries-required.cts"), requires.join("\n"));
  await writeFile(
    join(packed.folder, "tsconfig.json"),
    JSON.stringify({ compilerOptions, include: ["*.ts", "*.cts"] }),
  );

  await packed.succeed("tsc -p .");

  expect(entries).toContain("@llmcfg/config/testing");
});

test("every entry point loads by import and by require, and none loads a driver", async () => {
  const loaded = join(packed.folder, "entries.loaded");
  const entries = await entryPoints();
  const requires = entries.map((entry) => `require("${entry}");`);
  const imports = entries.map((entry) => `import "${entry}";`);
  await writeFile(join(packed.folder, "all.cjs"), requires.join("\n"));
  await writeFile(join(packed.folder, "all.mjs"), imports.join("\n"));

  await packed.succeed(`node --import ${RECORD} all.mjs`, { LOADED: loaded });
  await packed.succeed(`node --import ${RECORD} all.cjs`, { LOADED: loaded });
  const modules = (await readFile(loaded, "utf8")).split("\n");

  expect(
    modules.filter((url) => /\/@llmcfg\/\w+\/dist\/.*index\.js$/.test(url)).length,
  ).toBeGreaterThan(9);
  expect(modules.filter((url) => DRIVERS.test(url))).toEqual([]);
});

const compilerOptions = {
  strict: true,
  noEmit: true,
  module: "nodenext",
  target: "es2024",
  lib: ["es2024", "esnext.disposable"],
  types: ["node"],
};

async function entryPoints(): Promise<readonly string[]> {
  const manifests = PACKAGES.map(async (name) => {
    const text = await readFile(
      join(packed.folder, "node_modules/@llmcfg", name, "package.json"),
      "utf8",
    );
    const { exports } = JSON.parse(text) as { readonly exports: Readonly<Record<string, unknown>> }; // ours
    return Object.keys(exports).map((path) => `@llmcfg/${name}${path.slice(1)}`);
  });
  return (await Promise.all(manifests)).flat();
}

/** The files that the README tells to write; its program also as one that uses `require`. */
async function writeQuickstart(name: string): Promise<void> {
  const text = await readFile(
    join(packed.folder, "node_modules/@llmcfg", name, "README.md"),
    "utf8",
  );
  for (const [, file = "", body = ""] of text.matchAll(
    /^`([\w.]+\.yaml)`:\n\n```yaml\n([\s\S]*?)^```/gm,
  )) {
    await writeFile(join(packed.folder, file), body);
  }
  const program = /^```ts\n([\s\S]*?)^```/m.exec(text)?.[1];
  if (program === undefined) return;
  await writeFile(join(packed.folder, `${name}.ts`), program);
  await writeFile(join(packed.folder, `${name}-required.cjs`), toRequire(program));
}

function toRequire(program: string): string {
  const body = program.replaceAll(/^import .*\n/gm, "");
  const imports = [...program.matchAll(/^import (\{.*\}) from (".*");$/gm)];
  const required = imports.map(
    ([, names = "", from = ""]) => `const ${names} = require(${from});\n`,
  );
  return `${required.join("")}void (async () => {\n${body}})();\n`;
}
