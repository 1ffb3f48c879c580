/**
 * What answers: llmcfg, and beside it raw `node:http` with the same bytes and headers, a static file
 * of nginx and a JSON range of etcd.
 *
 * @module
 */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDevServer } from "../lib/dev-server.ts";
import { freePort, has, SUBJECT_CORE, start, startScript, untilAnswers } from "../lib/programs.ts";
import type { Question } from "../lib/wrk.ts";

/** How long a subject is loaded before it is measured, by each kind of load. */
export const WARM_UP_SECONDS: number = 3;

/** Something that answers the question. */
export interface Subject extends Question {
  readonly name: string;
  readonly pid: number;
  /** Of every answer. */
  readonly bodyBytes: number;
}

export interface Subjects extends AsyncDisposable {
  /** llmcfg first, raw `node:http` second. */
  readonly all: readonly Subject[];
  /** Peers that are not installed. */
  readonly absent: readonly string[];
}

type Scope = { readonly stack: AsyncDisposableStack; readonly folder: string };

const ON_SUBJECT_CORE = { core: SUBJECT_CORE };
const KEY = "production/ml-service/db-url";

/** llmcfg and raw `node:http`. */
export async function openNodes(): Promise<Subjects> {
  await using stack = new AsyncDisposableStack();
  const { nodes } = await openNodesIn(stack);
  const owned = stack.move();
  return { all: nodes, absent: [], [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Those, nginx and etcd. */
export async function openSubjects(): Promise<Subjects> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "llmcfg-bench-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const scope = { stack, folder };

  const { nodes, body } = await openNodesIn(stack);
  const all = [...nodes];
  const absent: string[] = [];
  if (has("nginx")) all.push(await openNginx(scope, body));
  else absent.push("nginx");
  if (has("etcd")) all.push(await openEtcd(scope, body));
  else absent.push("etcd");
  const owned = stack.move();
  return { all, absent, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function openNodesIn(stack: AsyncDisposableStack) {
  const ours = await openOurs(stack);
  const { headers, body } = await cachedAnswer(ours);
  return { nodes: [ours, await openRawNode(stack, headers, body)], body };
}

async function openOurs(stack: AsyncDisposableStack): Promise<Subject> {
  const { url, token, pid } = stack.use(await startDevServer(ON_SUBJECT_CORE));
  const headers = { Authorization: `Bearer ${token}` };
  const question = { url: `${url}/v1/configs/${KEY}`, headers };
  const bodyBytes = (await bytesOf(question)).length; // the first read, which makes it ready
  return { name: "llmcfg", pid, ...question, bodyBytes };
}

async function cachedAnswer({ url, headers }: Question) {
  const answer = await fetch(url, { headers });
  const isHit = answer.headers.get("cache-status")?.startsWith("l1; hit") === true;
  if (!isHit) throw new Error(`the read is not cached: ${answer.headers.get("cache-status")}`);
  return { headers: answer.headers, body: await answer.text() };
}

/** What `node:http` adds to every answer by itself. */
const OF_NODE: ReadonlySet<string> = new Set(["date", "connection", "keep-alive"]);

async function openRawNode(
  stack: AsyncDisposableStack,
  headers: Headers,
  body: string,
): Promise<Subject> {
  const port = await freePort();
  const list = [...headers].flatMap(([name, value]) => (OF_NODE.has(name) ? [] : [name, value]));
  const args = [String(port), JSON.stringify(list), body];
  const file = join(import.meta.dirname, "raw-node.ts");
  const { pid } = stack.use(await startScript(file, args, ON_SUBJECT_CORE));
  const url = `http://127.0.0.1:${port}/`;
  return { name: "node:http", pid, url, headers: {}, bodyBytes: Buffer.byteLength(body) };
}

async function openNginx({ stack, folder }: Scope, body: string): Promise<Subject> {
  const port = await freePort();
  await writeFile(join(folder, "value.json"), body);
  await writeFile(join(folder, "nginx.conf"), nginxConfig(folder, port));
  const args = ["-e", `${folder}/error.log`, "-c", `${folder}/nginx.conf`];
  const { pid } = stack.use(await start("nginx", args, { isSilent: true, ...ON_SUBJECT_CORE }));
  const url = `http://127.0.0.1:${port}/value.json`;
  await untilAnswers(url);
  return { name: "nginx", pid, url, headers: {}, bodyBytes: Buffer.byteLength(body) };
}

function nginxConfig(folder: string, port: number): string {
  const temps = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join(" ");
  const user = process.getuid?.() === 0 ? "user root;" : ""; // else it may not read the folder
  return `${user} daemon off; pid ${folder}/nginx.pid; worker_processes 1; error_log ${folder}/error.log;
events { worker_connections 1024; }
http { access_log off; ${temps} keepalive_requests 100000000; open_file_cache max=10;
  server { listen 127.0.0.1:${port}; root ${folder}; } }`;
}

async function openEtcd({ stack, folder }: Scope, body: string): Promise<Subject> {
  const client = `http://127.0.0.1:${await freePort()}`;
  const args = etcdArgs(folder, client, `http://127.0.0.1:${await freePort()}`);
  const { pid } = stack.use(await start("etcd", args, { isSilent: true, ...ON_SUBJECT_CORE }));
  await untilAnswers(`${client}/health`);
  const key = Buffer.from("db-url").toString("base64");
  const put = { key, value: Buffer.from(body).toString("base64") };
  await fetch(`${client}/v3/kv/put`, { method: "POST", body: JSON.stringify(put) });
  const question = {
    url: `${client}/v3/kv/range`,
    headers: {},
    method: "POST" as const,
    body: JSON.stringify({ key }),
  };
  return { name: "etcd", pid, ...question, bodyBytes: (await bytesOf(question)).length };
}

function etcdArgs(folder: string, client: string, peer: string): readonly string[] {
  const options = {
    name: "bench",
    "data-dir": join(folder, "etcd"),
    logger: "zap",
    "log-level": "error",
    "listen-client-urls": client,
    "advertise-client-urls": client,
    "listen-peer-urls": peer,
    "initial-advertise-peer-urls": peer,
    "initial-cluster": `bench=${peer}`,
  };
  return Object.entries(options).map(([name, value]) => `--${name}=${value}`);
}

/** @throws {Error} where the answer is not 200 */
export async function bytesOf({ url, method, headers, body }: Question): Promise<Uint8Array> {
  const init = { method: method ?? "GET", headers, ...(body === undefined ? {} : { body }) };
  const answer = await fetch(url, init);
  if (answer.status !== 200) throw new Error(`${url} answers ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

/** @throws {Error} where an answer is not as long as the first one */
export async function requireLength(subject: Subject): Promise<void> {
  const { length } = await bytesOf(subject);
  if (length === subject.bodyBytes) return;
  throw new Error(`${subject.name} answers ${length} bytes, not ${subject.bodyBytes}`);
}
