/**
 * A Kubernetes API server for tests: kube-apiserver on etcd where it is installed, else a FAKE.
 *
 * @module
 */

import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  announce,
  type Endpoint,
  executable,
  freePort,
  type RunningServer,
  startServer,
  workFolder,
} from "../endpoints.ts";
import { ADMIN_TOKEN, FakeApiServer } from "./fake-api-server.ts";

/** An API server, and what an administrator does with it. */
export interface Cluster extends Endpoint {
  /** PEM. */
  readonly ca: string;
  readonly adminToken: string;
  /** Nobody answers any more. */
  goAway(): Promise<void>;
  /** At the same place, with everything that was there. */
  comeBack(): Promise<void>;
  /** Versions before now are forgotten: nobody can go on from one of them. */
  forgetHistory(): Promise<void>;
}

/** Whether there is a real one. */
export function hasApiServer(): boolean {
  return executable("kube-apiserver") !== undefined && executable("etcd") !== undefined;
}

/** The real one if it is installed; prints which one it is. */
export async function openCluster(): Promise<Cluster> {
  const apiServer = executable("kube-apiserver");
  const etcd = executable("etcd");
  const isReal = apiServer !== undefined && etcd !== undefined;
  const cluster = isReal ? await startCluster({ apiServer, etcd }) : await openFakeCluster();
  announce(cluster, isReal ? await versionOf(apiServer) : "no executable");
  return cluster;
}

export async function openFakeCluster(): Promise<Cluster & { readonly fake: FakeApiServer }> {
  const fake = await FakeApiServer.open();
  return {
    name: "kubernetes",
    isReal: false,
    fake,
    url: fake.url,
    ca: fake.ca,
    adminToken: ADMIN_TOKEN,
    goAway: () => fake.goAway(),
    comeBack: () => fake.comeBack(),
    forgetHistory: async () => fake.objects.compact(),
    [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose](),
  };
}

interface Programs {
  readonly apiServer: string;
  readonly etcd: string;
}

async function startCluster({ apiServer, etcd }: Programs): Promise<Cluster> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await workFolder("kubernetes"));
  const etcdUrl = await startEtcd(etcd, folder.path, stack);
  await writeFile(join(folder.path, "tokens.csv"), `${ADMIN_TOKEN},admin,1,system:masters\n`);
  await promisify(execFile)("openssl", ["genrsa", "-out", join(folder.path, "sa.key"), "2048"]);
  const options = { file: apiServer, folder: folder.path, etcdUrl, port: await freePort() };
  const url = `https://127.0.0.1:${options.port}`;
  let running: RunningServer | undefined = await startApiServer(options, url);
  stack.defer(async () => await running?.[Symbol.asyncDispose]()); // before etcd, or it waits for ever
  const goAway = async () => {
    await running?.[Symbol.asyncDispose]();
    running = undefined;
  };
  const comeBack = async () => {
    running = await startApiServer(options, url);
  };
  const owned = stack.move();
  return {
    name: "kubernetes",
    isReal: true,
    url,
    ca: await readFile(join(folder.path, "certs/apiserver.crt"), "utf8"),
    adminToken: ADMIN_TOKEN,
    goAway,
    comeBack,
    forgetHistory: async () => {
      await goAway(); // it has a history of its own in memory
      await compact(etcdUrl);
      await comeBack();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Forgets all revisions of etcd but the newest, as an API server does itself every five minutes. */
async function compact(etcdUrl: string): Promise<void> {
  const ask = async (path: string, body: object) => {
    const answer = await fetch(etcdUrl + path, { method: "POST", body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`etcd answers ${answer.status}`);
    return (await answer.json()) as { readonly header: { readonly revision: string } }; // of every answer
  };
  const { header } = await ask("/v3/kv/range", { key: Buffer.from("/").toString("base64") });
  await ask("/v3/kv/compaction", { revision: header.revision, physical: true });
}

async function startEtcd(
  file: string,
  folder: string,
  stack: AsyncDisposableStack,
): Promise<string> {
  const [client, peer] = [await freePort(), await freePort()].map((p) => `http://127.0.0.1:${p}`);
  const args = [
    `--data-dir=${join(folder, "etcd")}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
  ];
  const ready = async () => {
    const { ok } = await fetch(`${client}/health`);
    if (!ok) throw new Error("etcd is not ready");
  };
  stack.use(await startServer({ file, args, ready }));
  return `${client}`;
}

interface ApiServerOptions {
  readonly file: string;
  readonly folder: string;
  readonly etcdUrl: string;
  readonly port: number;
}

async function startApiServer(options: ApiServerOptions, url: string): Promise<RunningServer> {
  const { file, folder, etcdUrl, port } = options;
  const args = [
    `--etcd-servers=${etcdUrl}`,
    "--bind-address=127.0.0.1",
    "--advertise-address=127.0.0.1",
    `--secure-port=${port}`,
    `--cert-dir=${join(folder, "certs")}`,
    "--service-cluster-ip-range=10.0.0.0/24",
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${join(folder, "sa.key")}`,
    `--service-account-signing-key-file=${join(folder, "sa.key")}`,
    `--token-auth-file=${join(folder, "tokens.csv")}`,
    "--authorization-mode=RBAC",
    "--disable-admission-plugins=ServiceAccount", // no controller makes the accounts
    "--endpoint-reconciler-type=none",
    "--shutdown-delay-duration=0s",
  ];
  const ready = async () => {
    const ca = await readFile(join(folder, "certs/apiserver.crt"), "utf8");
    const call = { url, ca, adminToken: ADMIN_TOKEN };
    const { status } = await callApi(call, { method: "GET", path: "/api/v1/namespaces/default" });
    if (status !== 200) throw new Error(`the API server answers ${status}`);
  };
  return await startServer({ file, args, ready });
}

async function versionOf(file: string): Promise<string> {
  const { stdout } = await promisify(execFile)(file, ["--version"]);
  return `kube-apiserver ${stdout.trim().replace(/^Kubernetes v/, "")}`;
}

export interface ApiCall {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: string;
  readonly type?: string;
  /** Default: that of the administrator. */
  readonly token?: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** One request, with the rights of the administrator unless another token is given. */
export async function callApi(
  { url, ca, adminToken }: Pick<Cluster, "url" | "ca" | "adminToken">,
  { method, path, body, type = "application/json", token = adminToken }: ApiCall,
): Promise<ApiAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<ApiAnswer>();
  const headers = { authorization: `Bearer ${token}`, "content-type": type };
  const sent = request(new URL(path, url), { method, headers, ca, agent: false }, (message) => {
    const parts: Buffer[] = [];
    message.on("data", (part: Buffer) => parts.push(part));
    message.once("error", reject);
    message.once("end", () => {
      const text = Buffer.concat(parts).toString();
      resolve({ status: message.statusCode ?? 0, body: text === "" ? undefined : tryParse(text) });
    });
  });
  sent.once("error", reject).end(body);
  return await promise;
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Path of the ConfigMaps or Secrets of a namespace. */
export function pathOf(
  resource: "configmaps" | "secrets",
  name?: string,
  namespace = "default",
): string {
  const collection = `/api/v1/namespaces/${namespace}/${resource}`;
  return name === undefined ? collection : `${collection}/${name}`;
}

export interface GivenObject {
  readonly resource?: "configmaps" | "secrets";
  readonly name: string;
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly immutable?: boolean;
}

/** Creates the object, or replaces it. Values of a Secret are plain text here. */
export async function putObject(cluster: Cluster, object: GivenObject): Promise<void> {
  const { resource = "configmaps", name, data = {}, annotations, ...rest } = object;
  const isSecret = resource === "secrets";
  const encoded = Object.entries(data).map(
    ([key, text]) => [key, isSecret ? Buffer.from(text).toString("base64") : text] as const,
  );
  const metadata = annotations === undefined ? { name } : { name, annotations };
  const about = { apiVersion: "v1", kind: isSecret ? "Secret" : "ConfigMap" };
  const body = JSON.stringify({ ...about, metadata, data: Object.fromEntries(encoded), ...rest });
  const made = await callApi(cluster, { method: "POST", path: pathOf(resource), body });
  if (made.status === 201) return;
  const { status } = await callApi(cluster, { method: "PUT", path: pathOf(resource, name), body });
  if (status !== 200) throw new Error(`${name} cannot be written: ${status}`);
}

export async function removeObject(
  cluster: Cluster,
  { resource = "configmaps", name }: Pick<GivenObject, "resource" | "name">,
): Promise<void> {
  const path = pathOf(resource, name);
  const { status } = await callApi(cluster, { method: "DELETE", path });
  if (status !== 200) throw new Error(`${name} cannot be deleted: ${status}`);
}
