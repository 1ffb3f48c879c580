import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { ConfigLoader, type ConfigSource, type SourceRead } from "@llmcfg/config";
import { afterAll, describe, expect, test } from "vitest";
import { gatewaySchema } from "../../packages/config/test/support/gateway-schema.ts";
import { until } from "../../packages/config/test/support/until.ts";
import { testConfigSource, testDocumentSource } from "../conformance/ports/config-source.ts";
import { openKey, openPrefix } from "../support/opened-store.ts";
import { remoteSource } from "../support/remote-source.ts";
import { startEtcd } from "../support/services/etcd.ts";

const etcd = await startEtcd();
let opened = 0;

afterAll(async () => {
  await etcd[Symbol.asyncDispose]();
});

describe("etcd", () => {
  testDocumentSource("a key of etcd", async () => {
    const key = `test-${++opened}/gateway.yaml`;
    return await openKey(etcd, key, (url) => ({ kind: "etcd", endpoints: [url], key }));
  });

  testConfigSource("a prefix of etcd", async () => {
    const prefix = `test-${++opened}/`;
    return await openPrefix(etcd, prefix, (url) => {
      return { kind: "etcd", endpoints: [url], prefix };
    });
  });

  test("LOAD-12 LOAD-16 keys below a prefix are a configuration, and explain names key and revision", async () => {
    const prefix = "llm/gateway";
    await etcd.put(`${prefix}/server/port`, "9000");
    await etcd.put(`${prefix}/routing/strategy`, "weighted");
    await etcd.put(`${prefix}-old/server/port`, "1");
    const loader = new ConfigLoader(gatewaySchema).addRemote({
      kind: "etcd",
      endpoints: [etcd.url],
      prefix,
    });

    const loaded = await loader.load();

    const { server: listening, routing } = loaded.config;
    expect([listening.port, routing.strategy]).toEqual([9000, "weighted"]);
    expect(loaded.explain("server.port").format()).toMatch(/#llm\/gateway\/server\/port @[0-9]+/);
  });

  test("LOAD-9 a revision that is compacted before it is watched is no loss: all is read again", async () => {
    const key = "compacted.yaml";
    await etcd.put(key, "name: one");
    await using gateway = await interceptWatch(etcd.url, async () => {
      await etcd.put(key, "name: two");
      await etcd.put(key, "name: three");
      await compact(key);
    });
    await using source = remoteSource({ kind: "etcd", endpoints: [gateway.url], key });
    await read(source);
    let heard = 0;

    await using _watch = await watch(source, () => heard++);
    await until("what was compacted away is heard of", () => heard > 0);
    const afterCompaction = heard;
    await etcd.put(key, "name: four");
    await until("a later write is heard of", () => heard > afterCompaction);

    expect(gateway.watches).toBeGreaterThanOrEqual(2);
  });

  test("LOAD-9 LOAD-17 TNT-3 a user logs in, and again when the session ran out; refusals show no password", async () => {
    const key = "guarded/gateway.yaml";
    await etcd.put(key, "name: one");
    const variables = { ETCD_PASSWORD: "pw-canary-reader" };
    await using users = await enableUsers();
    const about = { kind: "etcd", endpoints: [etcd.url], key } as const;
    const password = "${env:ETCD_PASSWORD}";
    await using reader = remoteSource({ ...about, username: "reader", password }, variables);
    await using stranger = remoteSource(about);
    await using wrong = remoteSource({ ...about, username: "reader", password: "pw-canary-no" });

    const first = await read(reader);
    await users.changeRights(); // sessions from before are refused from now on
    const second = await read(reader);
    const refused = [await read(stranger), await read(wrong)];

    expect([first.state, second.state]).toEqual(["ok", "ok"]);
    expect(refused.map(({ state }) => state)).toEqual(["unreadable", "unreadable"]);
    expect(refused.map(messageOf).join()).not.toContain("canary");
    expect(messageOf(refused[1])).toContain("does not let the user reader in");
  });
});

async function read(source: ConfigSource): Promise<SourceRead> {
  const { signal } = new AbortController();
  return await source.read({ previous: undefined, field: () => undefined, signal });
}

async function watch(source: ConfigSource, signal: () => void): Promise<AsyncDisposable> {
  const aborted = new AbortController().signal;
  const pollInterval = { ms: 1_000 } as never; // these sources have intervals of their own
  const started = await source.watch?.({ signal, aborted, pollInterval });
  if (started === undefined) throw new Error("it can be watched");
  return started;
}

async function compact(key: string): Promise<void> {
  const range = { key: Buffer.from(key).toString("base64") };
  const { header } = (await etcd.call("/v3/kv/range", range)) as {
    readonly header: { readonly revision: string };
  }; // its API says so
  await etcd.call("/v3/kv/compaction", { revision: header.revision, physical: true });
}

interface Gateway extends AsyncDisposable {
  readonly url: string;
  /** How many were asked for. */
  readonly watches: number;
}

/** Passes everything on; before the first watch begins it does something in between. */
async function interceptWatch(target: string, between: () => Promise<void>): Promise<Gateway> {
  let watches = 0;
  const server = createServer((incoming, response) => {
    const isWatch = incoming.url === "/v3/watch";
    if (isWatch) watches++;
    const before = isWatch && watches === 1 ? between() : Promise.resolve();
    const pass = () => {
      const { method, headers } = incoming;
      const outgoing = request(new URL(incoming.url ?? "", target), { method, headers });
      outgoing.on("error", () => response.destroy());
      outgoing.on("response", (answer) => {
        response.writeHead(answer.statusCode ?? 0, answer.headers);
        answer.on("error", () => response.destroy()).pipe(response);
      });
      response.on("close", () => outgoing.destroy());
      incoming.pipe(outgoing);
    };
    before.then(pass, () => response.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    url: `http://127.0.0.1:${port}`,
    get watches() {
      return watches;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

interface Users extends AsyncDisposable {
  changeRights(): Promise<void>;
}

/** `root` may do all, `reader` may read below `guarded/`. */
async function enableUsers(): Promise<Users> {
  const call = async (path: string, body: unknown) => await etcd.call(`/v3/auth/${path}`, body);
  const permission = { key: base64("guarded/"), range_end: base64("guarded0") };
  await call("user/add", { name: "root", password: "root" });
  await call("role/add", { name: "root" });
  await call("user/grant", { user: "root", role: "root" });
  await call("user/add", { name: "reader", password: "pw-canary-reader" });
  await call("role/add", { name: "readers" });
  await call("role/grant", { name: "readers", perm: { permType: "READ", ...permission } });
  await call("user/grant", { user: "reader", role: "readers" });
  await call("enable", {});
  const asRoot = async (path: string, body: unknown) => {
    const login = await call("authenticate", { name: "root", password: "root" });
    const { token } = login as { readonly token: string }; // its API says so
    const answer = await fetch(`${etcd.url}/v3/auth/${path}`, {
      method: "POST",
      headers: { authorization: token },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  };
  return {
    changeRights: async () => await asRoot("role/add", { name: "others" }),
    [Symbol.asyncDispose]: async () => await asRoot("disable", {}),
  };
}

function messageOf(found: SourceRead | undefined): string {
  return found !== undefined && "cause" in found ? found.cause.message : "";
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
