/**
 * A cached, authenticated read of one value beside raw `node:http` with the same bytes and headers,
 * a static file of nginx and a JSON range of etcd.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { freePort, has, start, untilAnswers } from "../lib/programs.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const SUBJECT_CORE = 0;
const LOAD_CORE = 1;

/** Something that answers the question. */
export interface Subject {
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly method?: "POST";
  readonly body?: string;
}

export interface Opened extends AsyncDisposable {
  readonly subjects: readonly Subject[];
  readonly absent: readonly string[];
}

export async function openHttpRead(): Promise<Opened> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "llmcfg-bench-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  process.env["XDG_RUNTIME_DIR"] = folder; // a development server of the user is left alone
  const bin = join(ROOT, "packages/cli/bin/llmcfg.js");
  const dev = stack.use(
    await start(process.execPath, [bin, "dev", "-o", "json", "--port", "0"], {
      core: SUBJECT_CORE,
    }),
  );
  const { url, token } = JSON.parse(dev.firstLine) as { url: string; token: string };
  const ours: Subject = {
    name: "llmcfg",
    url: `${url}/v1/configs/production/ml-service/db-url`,
    headers: { Authorization: `Bearer ${token}` },
  };
  await fetch(ours.url, { headers: ours.headers });
  const answer = await fetch(ours.url, { headers: ours.headers });
  const body = await answer.text();

  const port = await freePort();
  const raw = join(import.meta.dirname, "raw-node.ts");
  const headers = [...answer.headers].flatMap(([name, value]) =>
    ["date", "connection", "keep-alive"].includes(name) ? [] : [name, value],
  );
  const args = [raw, String(port), JSON.stringify(headers), body];
  stack.use(await start(process.execPath, args, { core: SUBJECT_CORE }));
  const subjects: Subject[] = [
    ours,
    { name: "node:http", url: `http://127.0.0.1:${port}/`, headers: {} },
  ];
  const absent: string[] = [];
  if (has("nginx")) subjects.push(await openNginx(stack, folder, body));
  else absent.push("nginx");
  if (has("etcd")) subjects.push(await openEtcd(stack, folder, body));
  else absent.push("etcd");
  const moved = stack.move();
  return { subjects, absent, [Symbol.asyncDispose]: () => moved.disposeAsync() };
}

async function openNginx(
  stack: AsyncDisposableStack,
  folder: string,
  body: string,
): Promise<Subject> {
  const port = await freePort();
  await writeFile(join(folder, "value.json"), body);
  const temps = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join(" ");
  const user = process.getuid?.() === 0 ? "user root;" : ""; // else it may not read the folder
  const config = `${user} daemon off; pid ${folder}/nginx.pid; worker_processes 1; error_log ${folder}/error.log;
events { worker_connections 1024; }
http { access_log off; ${temps} keepalive_requests 100000000; open_file_cache max=10;
  server { listen 127.0.0.1:${port}; root ${folder}; } }`;
  await writeFile(join(folder, "nginx.conf"), config);
  const args = ["-e", `${folder}/error.log`, "-c", `${folder}/nginx.conf`];
  stack.use(await start("nginx", args, { isSilent: true, core: SUBJECT_CORE }));
  const url = `http://127.0.0.1:${port}/value.json`;
  await untilAnswers(url);
  return { name: "nginx", url, headers: {} };
}

async function openEtcd(
  stack: AsyncDisposableStack,
  folder: string,
  body: string,
): Promise<Subject> {
  const [client, peer] = [await freePort(), await freePort()];
  const [clientUrl, peerUrl] = [`http://127.0.0.1:${client}`, `http://127.0.0.1:${peer}`];
  const args = Object.entries({
    "--data-dir": join(folder, "etcd"),
    "--logger": "zap",
    "--log-level": "error",
    "--name": "bench",
    "--listen-client-urls": clientUrl,
    "--advertise-client-urls": clientUrl,
    "--listen-peer-urls": peerUrl,
    "--initial-advertise-peer-urls": peerUrl,
    "--initial-cluster": `bench=${peerUrl}`,
  }).flat();
  stack.use(await start("etcd", args, { isSilent: true, core: SUBJECT_CORE }));
  const key = Buffer.from("db-url").toString("base64");
  await untilAnswers(`${clientUrl}/health`);
  await fetch(`${clientUrl}/v3/kv/put`, {
    method: "POST",
    body: JSON.stringify({ key, value: Buffer.from(body).toString("base64") }),
  });
  return {
    name: "etcd",
    url: `${clientUrl}/v3/kv/range`,
    headers: {},
    method: "POST",
    body: JSON.stringify({ key }),
  };
}

/** Requests a second over some seconds, by wrk on the other core. */
export async function load(subject: Subject, seconds: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "llmcfg-wrk-"));
  try {
    const script = join(folder, "load.lua");
    const body = subject.body === undefined ? "" : `wrk.body = [[${subject.body}]]\n`;
    await writeFile(script, `wrk.method = "${subject.method ?? "GET"}"\n${body}`);
    const headers = Object.entries(subject.headers).flatMap(([k, v]) => ["-H", `${k}: ${v}`]);
    const args = ["-t1", "-c50", `-d${seconds}s`, "-s", script, ...headers, subject.url];
    const { stdout } = spawnSync("taskset", ["-c", String(LOAD_CORE), "wrk", ...args], {
      encoding: "utf8",
    });
    if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`${subject.name}: ${stdout}`);
    return Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1] ?? Number.NaN);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
