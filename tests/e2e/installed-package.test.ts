import { readdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Home, makeHome, type RunningProgram, run, start } from "../support/programs.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const KEY = "production/ml-service/inference/timeout-seconds";

let home: Home;
let env: Readonly<Record<string, string>>;
let folder = "";

/** Packs the command line as it would be published, and installs it in an empty folder, offline. */
beforeAll(async () => {
  home = await makeHome();
  folder = join(home.folder, "empty");
  const path = [dirname(process.execPath), process.env["PATH"]].join(delimiter);
  const packed = await succeed(`npm pack --silent --pack-destination ${home.folder}`, {
    env: { ...home.env, PATH: path },
    cwd: join(ROOT, "packages/cli"),
  });
  await succeed(`mkdir ${folder}`, { env: home.env });
  await writeFile(join(folder, "package.json"), "{}");
  const tarball = join(home.folder, packed.trim().split("\n").at(-1) ?? "");
  await succeed(`npm install --offline --no-audit --no-fund ${tarball}`, {
    env: { ...home.env, PATH: path },
    cwd: folder,
  });
  env = { ...home.env, PATH: [join(folder, "node_modules/.bin"), path].join(delimiter) };
}, 120_000);

afterAll(async () => {
  await home[Symbol.asyncDispose]();
});

test("the package brings all it needs: nothing is installed beside it", async () => {
  const installed = (await readdir(join(folder, "node_modules"))).filter((n) => !n.startsWith("."));
  const packed = await readdir(join(folder, "node_modules/llmcfg"));

  expect(installed).toEqual(["llmcfg"]);
  expect(packed.toSorted()).toEqual(["README.md", "bin", "dist", "package.json"]);
});

test("the licences of the packages inside come with it", async () => {
  const licences = await distFile("THIRD-PARTY-LICENSES.txt");

  for (const name of ["fastify", "kysely", "pino", "yaml", "zod", "@jmespath-community/jmespath"]) {
    expect(licences).toMatch(new RegExp(`^${name} \\d.*\\nSource: https:`, "m"));
  }
  expect(await distFile("LICENSE")).toContain("Apache License");
});

test("llmcfg --version says the version of the package", async () => {
  const manifest: unknown = JSON.parse(
    await readFile(join(folder, "node_modules/llmcfg/package.json"), "utf8"),
  );

  const { stdout, code } = await run("llmcfg --version", { env });

  expect(code).toBe(0);
  expect(manifest).toMatchObject({ version: stdout.replace("llmcfg ", "").trim() });
});

test("llmcfg dev serves, and every kind of command works beside it", async () => {
  await using dev = await startInstalled();

  const read = await run(`llmcfg get ${KEY}`, { env });
  const written = await run("llmcfg set dev/ml-service/größe 大小 --yes", { env });
  const listed = await run("llmcfg ls dev/ml-service --tree --values", { env });
  const filtered = await run(`llmcfg get ${KEY} -o yaml --query origin`, { env });
  const verified = await run("llmcfg audit verify", { env });

  expect(read).toEqual({ code: 0, stdout: "30\n", stderr: "" });
  expect(written.stdout).toMatch(/^development\/ml-service\/größe {2}created v1 {2}\(r3\)\n/);
  expect(listed.stdout).toContain("größe = 大小\n");
  expect(filtered.stdout).toContain("layer: base\n");
  expect(verified.stdout).toMatch(/^ok {2}\d+ events/);
  expect(await dev.stop("SIGINT")).toBe(0);
});

test("parsers and validators that few calls need are there for those calls", async () => {
  const gateway = [
    "extensions: &off { enabled: false }", // an anchor needs the whole grammar
    "security: { authentication: *off }",
    "providers: [{ id: p, type: ollama, endpoint: https://m.example.com, models: [{ id: m }] }]",
  ];
  const overlay = ["[server]", "port = 8443"];
  const schema = { properties: { server: { properties: { port: { const: 8080 } } } } };
  await writeFile(join(folder, "gateway.yaml"), gateway.join("\n"));
  await writeFile(join(folder, "overlay.toml"), overlay.join("\n"));
  await writeFile(join(folder, "port.json"), JSON.stringify(schema));
  const check = "llmcfg gateway check gateway.yaml overlay.toml --min-providers 1";

  const valid = await run(check, { env, cwd: folder });
  const invalid = await run(`${check} --schema port.json`, { env, cwd: folder });
  const exported = await run("llmcfg gateway export litellm gateway.yaml", { env, cwd: folder });

  expect(valid.stdout).toMatch(/^valid: 0 errors, 0 warnings/);
  expect(invalid.stdout).toMatch(/^error json_schema_violation +overlay.toml:2:8 +server.port\n/);
  expect(exported.stdout).toContain("model_list:\n");
});

test("CLI-17 completion offers keys while the server runs, and once it is gone", async () => {
  await using dev = await startInstalled();
  const { url, token } = JSON.parse(dev.firstLine) as { url: string; token: string };
  const known = { ...env, LLMCFG_ADDR: url, LLMCFG_TOKEN: token };
  const words = "llmcfg __complete -- get production/ml-service/inference/t";

  const online = await run(words, { env: known });
  await dev.stop();
  const offline = await run(words, { env: known });

  expect(online.stdout).toBe(`${KEY}\n`);
  expect(offline).toEqual(online);
});

test("the thread that looks at long documents is part of what is installed", async () => {
  await using dev = await startInstalled();
  const { url, token } = JSON.parse(dev.firstLine) as { url: string; token: string };
  const text = `${"# of a long document\\n".repeat(100)}models: [small-1\\n`;
  const known = { ...env, LLMCFG_ADDR: url, LLMCFG_TOKEN: token };

  const set = `printf '${text}' | llmcfg set dev/ml-service/bad.yaml - --yes`;
  const { code, stderr } = await run(set, { env: known });

  expect(code).toBe(0);
  expect(stderr).toMatch(/^warning: the document is no YAML at line 102, column 1: /);
});

test("CLI-19 output that cannot be written ends a command with an error, not a stack", async () => {
  const { code, stderr } = await run("llmcfg --help > /dev/full", { env });

  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: "error: the output cannot be written: ENOSPC\n",
  });
});

test("CLI-19 a reader that goes away ends a command quietly", async () => {
  await using dev = await startInstalled();

  const watching = run("set -o pipefail; llmcfg watch production/ml-service | head -1", { env });
  await expect.poll(async () => await streamsOf(dev), { timeout: 10_000 }).toBe(1);
  const one = await run("llmcfg set base/ml-service/a 1 --yes", { env });
  const two = await run("llmcfg set base/ml-service/a 2 --yes", { env });
  const { code, stdout, stderr } = await watching;

  expect([one.code, two.code]).toEqual([0, 0]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/^\S+Z {2}r3 {2}\+ production\/ml-service\/a {2}\(from base v1\)\n$/);
});

async function streamsOf(dev: RunningProgram): Promise<number> {
  const { url } = JSON.parse(dev.firstLine) as { url: string };
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^llmcfg_watch_streams\{transport="sse"\} (\d+)$/m.exec(text)?.[1] ?? 0);
}

async function startInstalled(): Promise<RunningProgram> {
  return await start("llmcfg", ["dev", "-o", "json", "--port", "0"], { env });
}

async function distFile(name: string): Promise<string> {
  return await readFile(join(folder, "node_modules/llmcfg/dist", name), "utf8");
}

async function succeed(
  command: string,
  options: { readonly env: Readonly<Record<string, string>>; readonly cwd?: string },
): Promise<string> {
  const { code, stdout, stderr } = await run(command, { ...options, timeoutMs: 100_000 });
  if (code !== 0) throw new Error(`${command} ended with ${code}:\n${stdout}\n${stderr}`);
  return stdout;
}
