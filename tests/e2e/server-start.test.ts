import { existsSync } from "node:fs";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeHome, run, start, startDev } from "../support/programs.ts";

test("llmcfg server start --config serves as the file says, keeps what it stores and ends in order", async () => {
  await using home = await makeHome();
  const file = join(home.folder, "conf.yaml");
  await writeFile(
    file,
    `schemaVersion: 1
http: { addr: "127.0.0.1:0", publicUrl: "https://config.example" }
store: { url: "sqlite:kept/config.db" }
region: { name: eu-west-1 }
metrics: { addr: "127.0.0.1:0" }
log: { level: info, format: json }
`,
  );
  const args = ["server", "start", "--config", "conf.yaml", "-o", "json"];
  const env = { ...home.env, LLMCFG_REGION__NAME: "eu-north-1" };

  await using first = await start("llmcfg", args, { env });
  const note = JSON.parse(first.firstLine) as Note;
  const health = await fetch(`${note.url}/health`);
  const unknown = await fetch(`${note.url}/v1/nothing`);
  const authorization = `Bearer ${note.token}`;
  const me = await fetch(`${note.url}/v1/me`, { headers: { authorization } });
  const code = await first.stop();
  await using second = await start("llmcfg", args, { env: home.env });
  const again = JSON.parse(second.firstLine) as Note;
  const kept = await fetch(`${again.url}/v1/me`, { headers: { authorization } });

  expect(note).toMatchObject({ settings: "conf.yaml", data: join(home.folder, "kept") });
  expect(health.status).toBe(200);
  expect(await health.json()).toMatchObject({ status: "ok", region: "eu-north-1" });
  expect(await unknown.json()).toMatchObject({
    type: expect.stringMatching(/^https:\/\/config\.example\/docs\/errors\//),
  });
  expect(await me.json()).toMatchObject({ principal: "user:admin" });
  expect(code).toBe(0);
  expect(await readdir(join(home.folder, "kept"))).toContain("root.key");
  expect([kept.status, again.token]).toEqual([200, null]);
  const logged = first.stderr().trim().split("\n");
  expect(logged.map((line) => JSON.parse(line) as object).at(-1)).toHaveProperty("time");
});

test("--data-dir, --port and --log-level win over the file, which is found in the working directory", async () => {
  await using home = await makeHome();
  await writeFile(
    join(home.folder, "llmcfg.yaml"),
    'schemaVersion: 1\nhttp: { addr: "127.0.0.1:1" }\nstore: { url: "sqlite:/proc/none.db" }\n',
  );
  const args = ["server", "start", "--data-dir", "mine", "--port", "0", "--log-level", "silent"];

  await using server = await start("llmcfg", args, { env: home.env });
  const address = await server.waitForLine((line) => line.includes("API"));
  const health = await fetch(`${address.replace(/^\s*API\s+/, "")}/health`);

  expect(server.firstLine).toMatch(/^llmcfg server \S+, data in .*\/mine$/);
  expect(health.status).toBe(200);
  expect(await readdir(join(home.folder, "mine"))).toEqual(
    expect.arrayContaining(["store.db", "root.key"]),
  );
  expect(server.stderr()).toBe("");
});

test("llmcfg dev --data-dir has one token of its own, however often it is started", async () => {
  await using home = await makeHome();
  await using before = await startDev(home, "--port", "0", "--data-dir", "data");
  await before.stop();

  await using dev = await startDev(home, "--port", "0", "--data-dir", "data");
  const headers = { authorization: `Bearer ${dev.token}` };
  const listed = await fetch(`${dev.url}/v1/tokens`, { headers });
  const { items } = (await listed.json()) as { readonly items: readonly unknown[] };
  const earlier = await fetch(`${dev.url}/v1/me`, {
    headers: { authorization: `Bearer ${before.token}` },
  });
  const audit = await run("llmcfg audit query --action token.revoke -o json", { env: home.env });

  expect(items).toHaveLength(1);
  expect(earlier.status).toBe(401);
  const { items: revoked } = JSON.parse(audit.stdout) as { readonly items: readonly unknown[] };
  expect(revoked).toHaveLength(1);
});

test("a second llmcfg dev on one folder says who has it, and leaves the first as it is", async () => {
  await using home = await makeHome();
  await using dev = await startDev(home, "--port", "0", "--data-dir", "data");

  const second = await run("llmcfg dev --port 0 --data-dir data", { env: home.env });
  const me = await fetch(`${dev.url}/v1/me`, { headers: { authorization: `Bearer ${dev.token}` } });
  const read = await run("llmcfg get production/ml-service/db-url", { env: home.env });
  await dev.stop("SIGKILL");
  await using after = await startDev(home, "--port", "0", "--data-dir", "data");

  expect(second).toEqual({
    code: 9,
    stdout: "",
    stderr: `error: The data folder ${join(home.folder, "data")} is in use by another llmcfg dev (process ${dev.child.pid}) (STORE_UNAVAILABLE)
hint: stop that one, or take another folder with --data-dir
`,
  });
  expect(me.status).toBe(200);
  expect(read.stdout).toBe("postgres://db.internal/ml\n");
  expect(after.url).toMatch(/^http:/);
});

test.skipIf(!existsSync("/dev/full"))(
  "CLI-19 a server whose output cannot be written says so and ends in order",
  async () => {
    await using home = await makeHome();
    const options = { env: home.env };

    const dev = await run("llmcfg dev --port 0 --data-dir dev > /dev/full", options);
    const started = "llmcfg server start --port 0 --data-dir mine --log-level silent";
    const server = await run(`${started} > /dev/full`, options);
    const silent = await run(`${started} > /dev/full 2> /dev/full`, options);

    const stderr = "error: the output cannot be written: ENOSPC\n";
    expect(dev).toEqual({ code: 1, stdout: "", stderr });
    expect(server).toEqual({ code: 1, stdout: "", stderr });
    expect(silent).toEqual({ code: 1, stdout: "", stderr: "" });
    // A store that was closed has no journal, and a development server that ended no note.
    const left = await readdir(home.folder, { recursive: true });
    expect(left).toEqual(expect.arrayContaining(["dev/store.db", "mine/store.db"]));
    expect(left.filter((name) => /-wal$|dev\.json$/.test(name))).toEqual([]);
  },
);

test("CLI-01 a document that is broken is stored with a warning on stderr that says where", async () => {
  await using home = await makeHome();
  await using _dev = await startDev(home, "--port", "0");
  const options = { env: home.env, input: "timeout: 30\nmodels: [small-1\n" };
  const set = "llmcfg set production/ml-service/bad.yaml - --yes --confirm=production";

  const written = await run(`${set} -o json`, options);
  const kept = await run("llmcfg get production/ml-service/bad.yaml -o raw", options);

  const { version, warnings } = JSON.parse(written.stdout) as Written;
  expect(written.code).toBe(0);
  expect(version).toBe(1);
  expect(kept.stdout).toBe(options.input);
  expect(warnings).toMatchObject([{ code: "MALFORMED_DOCUMENT", line: 3, column: 1 }]);
  expect(written.stderr).toMatch(/^warning: the document is no YAML at line 3, column 1: .+\n$/);
});

test("a document is kept byte for byte, from a file or a pipe, a secret one too", async () => {
  await using home = await makeHome();
  await using _dev = await startDev(home, "--port", "0");
  const text = "a: 1\nb: 2\n\n";
  await writeFile(join(home.folder, "a.yaml"), text);
  const key = "production/ml-service/a.yaml";
  const secret = "production/ml-service/secrets/a.yaml";
  const options = { env: home.env, input: text };

  await run(`llmcfg set ${key} --from-file a.yaml --yes --confirm=production`, options);
  await run(`llmcfg secret set ${secret} - --yes --confirm=production`, options);
  const kept = await run(`llmcfg get ${key} -o raw`, options);
  const revealed = await run(`llmcfg get ${secret} --reveal -o raw`, options);

  expect([kept.stdout, revealed.stdout]).toEqual([text, text]);
});

/** Of what `llmcfg set -o json` prints. */
interface Written {
  readonly version: number;
  readonly warnings: readonly unknown[];
}

/** What `llmcfg server start -o json` prints. */
interface Note {
  readonly url: string;
  readonly token: string | null;
  readonly settings: string | null;
  readonly data: string | null;
}
