import { readFile } from "node:fs/promises";
import type { ConfigSource, SourceRead } from "@llmcfg/config";
import { afterAll, describe, expect, test } from "vitest";
import { Folder } from "../../packages/config/test/support/folder.ts";
import {
  CANARY,
  type OpenedDocument,
  testDocumentSource,
} from "../conformance/ports/config-source.ts";
import { CuttableProxy } from "../support/cuttable-proxy.ts";
import { remoteSource } from "../support/remote-source.ts";
import { createCertificates, TlsSite } from "../support/tls-site.ts";

const certificates = await createCertificates();

afterAll(async () => {
  await certificates[Symbol.asyncDispose]();
});

const CLIENT = {
  ca: certificates.ca,
  cert: certificates.clientCert,
  key: certificates.clientKey,
};

testDocumentSource("a document over https", openSite);

describe("an https site that asks for a certificate", () => {
  test("LOAD-8 an own authority and a client certificate are used; without them nobody is trusted", async () => {
    await using site = await TlsSite.start(certificates, (_request, response) => {
      response.setHeader("content-type", "application/yaml").end("name: one\n");
    });
    const url = `${site.url}/gateway.yaml`;
    await using whole = remoteSource({ kind: "http", url, tls: CLIENT });
    await using stranger = remoteSource({ kind: "http", url, tls: { ca: certificates.ca } });
    await using trusting = remoteSource({ kind: "http", url });

    const states = [await read(whole), await read(stranger), await read(trusting)];

    expect(states.map(({ state }) => state)).toEqual(["ok", "unreachable", "unreachable"]);
  });

  test("LOAD-8 an authority that is replaced is the one that is trusted from the next read on", async () => {
    await using folder = await Folder.create();
    await using site = await TlsSite.start(certificates, (_request, response) => {
      response.end("name: one\n");
    });
    const ca = await folder.write("ca.pem", await readFile(certificates.clientCert));
    await using source = remoteSource({ kind: "http", url: site.url, tls: { ...CLIENT, ca } });
    const states = [(await read(source)).state];

    await folder.write("ca.pem", await readFile(certificates.ca));
    states.push((await read(source)).state);
    await folder.write("ca.pem", await readFile(certificates.clientCert));
    states.push((await read(source)).state);

    expect(states).toEqual(["unreachable", "ok", "unreachable"]);
  });

  test("LOAD-9 LOAD-10 etcd and Consul are asked with the client certificate too", async () => {
    const range = { header: { revision: "7" }, kvs: [] };
    await using site = await TlsSite.start(certificates, (request, response) => {
      if (request.method === "POST") response.end(JSON.stringify(range));
      else response.writeHead(404, { "x-consul-index": "7" }).end();
    });
    const options = { key: "gateway.yaml", tls: CLIENT };
    await using etcd = remoteSource({ kind: "etcd", endpoints: [site.url], ...options });
    await using consul = remoteSource({ kind: "consul", address: site.url, ...options });

    const states = [await read(etcd), await read(consul)];

    expect(states.map(({ state }) => state)).toEqual(["missing", "missing"]); // it answered
  });
});

/** The site answers with what it holds, and with entity tags as servers of files do. */
async function openSite(): Promise<OpenedDocument> {
  let held: string | undefined;
  let version = 0;
  const hold = async (text: string | undefined) => {
    held = text;
    version++;
  };
  const site = await TlsSite.start(certificates, (request, response) => {
    const tag = `"${version}"`;
    if (held === undefined) response.writeHead(404).end("nothing here");
    else if (request.headers["if-none-match"] === tag) response.writeHead(304).end();
    else response.writeHead(200, { "content-type": "text/plain", etag: tag }).end(held);
  });
  const proxy = await CuttableProxy.open(site.url);
  const source = remoteSource({
    kind: "http",
    url: `${proxy.url}/gateway.yaml?token=${CANARY}`,
    pollInterval: "50ms",
    tls: CLIENT,
  });
  return {
    source,
    put: async (layer) => await hold(JSON.stringify(layer)),
    putText: hold,
    remove: async () => await hold(undefined),
    goAway: async () => await proxy.cut(),
    comeBack: async () => await proxy.mend(),
    [Symbol.asyncDispose]: async () => {
      await source[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
      await site[Symbol.asyncDispose]();
    },
  };
}

async function read(source: ConfigSource): Promise<SourceRead> {
  const { signal } = new AbortController();
  return await source.read({ previous: undefined, field: () => undefined, signal });
}
