import { type Client, createClient } from "@llmcfg/client";
import { describe, expect, test } from "vitest";
import { type Served, sendJson, serve } from "./support/serve.ts";

const REF = { env: "prod", service: "ml-service", key: "inference/model.config" };
const PATH = "prod/ml-service/inference/model.config";
const NAMESPACE = { env: "prod", service: "ml-service" };

interface Sent {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

const REQUESTS: readonly (readonly [
  name: string,
  call: (client: Client) => Promise<unknown>,
  sent: Sent,
])[] = [
  ["getConfig", (c) => c.getConfig(REF), { method: "GET", url: `/v1/configs/${PATH}` }],
  [
    "getConfig with all it takes",
    (c) =>
      c.getConfig(REF, {
        at: 7,
        minRevision: 6,
        waitMs: 1_500,
        version: 2,
        reveal: true,
        layers: true,
        references: "keep",
      }),
    {
      method: "GET",
      url: `/v1/configs/${PATH}?at=7&minRevision=6&wait=1500ms&version=2&references=keep&reveal=true&layers=true`,
    },
  ],
  [
    "getConfigIfChanged",
    (c) => c.getConfigIfChanged(REF, '"abc.j"'),
    { method: "GET", url: `/v1/configs/${PATH}`, headers: { "if-none-match": '"abc.j"' } },
  ],
  [
    "postConfig",
    (c) =>
      c.postConfig(
        REF,
        { value: 1, message: "m" },
        { ifMatch: '"abc.j"', ifChanged: true, confirm: true },
      ),
    {
      method: "POST",
      url: `/v1/configs/${PATH}?confirm=true&ifChanged=true`,
      headers: { "if-match": '"abc.j"', "content-type": "application/json" },
      body: { value: 1, message: "m" },
    },
  ],
  [
    "putConfig of what must not be there",
    (c) => c.putConfig(REF, { value: null }, { ifNoneMatch: "*", tombstones: "exist" }),
    {
      method: "PUT",
      url: `/v1/configs/${PATH}?tombstones=exist`,
      headers: { "if-none-match": "*" },
      body: { value: null },
    },
  ],
  [
    "deleteConfig of a version",
    (c) => c.deleteConfig(REF, { ifVersion: 0, mask: true, confirm: false }),
    { method: "DELETE", url: `/v1/configs/${PATH}?ifVersion=0&mask=true` },
  ],
  [
    "listConfigs of a service",
    (c) => c.listConfigs({ ...NAMESPACE, prefix: "inference/" }, { limit: 2, values: false }),
    { method: "GET", url: "/v1/configs/prod/ml-service?prefix=inference%2F&limit=2&values=false" },
  ],
  [
    "listConfigs of an environment",
    (c) => c.listConfigs({ env: "prod" }, { at: "2026-11-22T02:20:00.000Z", cursor: "c1" }),
    { method: "GET", url: "/v1/configs/prod?at=2026-11-22T02%3A20%3A00.000Z&cursor=c1" },
  ],
  [
    "listTree",
    (c) => c.listTree(NAMESPACE, { depth: 1 }),
    { method: "GET", url: "/v1/configs/prod/ml-service?view=tree&depth=1" },
  ],
  [
    "getBundle",
    (c) => c.getBundle({ ...NAMESPACE, prefix: "a" }, { meta: true, references: "keep", at: 3 }),
    { method: "GET", url: "/v1/bundles/prod/ml-service?at=3&prefix=a&references=keep&meta=true" },
  ],
  [
    "getBundleIfChanged, waiting",
    (c) => c.getBundleIfChanged(NAMESPACE, '"abc.j"', { waitMs: 30_000 }),
    {
      method: "GET",
      url: "/v1/bundles/prod/ml-service?wait=30000ms",
      headers: { "if-none-match": '"abc.j"' },
    },
  ],
  [
    "getEffective",
    (c) => c.getEffective(REF, { at: 3 }),
    { method: "GET", url: `/v1/effective/${PATH}?at=3` },
  ],
  [
    "listHistory",
    (c) => c.listHistory(REF, { layers: true, limit: 5 }),
    { method: "GET", url: `/v1/history/${PATH}?limit=5&layers=true` },
  ],
  [
    "getVersion",
    (c) => c.getVersion(REF, 3, { reveal: true }),
    { method: "GET", url: `/v1/versions/${PATH}?version=3&reveal=true` },
  ],
  [
    "getDiff",
    (c) => c.getDiff({ from: "staging/ml-service", to: "prod/ml-service@r3" }),
    { method: "GET", url: "/v1/diff?from=staging%2Fml-service&to=prod%2Fml-service%40r3" },
  ],
  [
    "batch",
    (c) => c.batch({ operations: [{ op: "delete", path: "prod/a/b" }] }, { confirm: true }),
    {
      method: "POST",
      url: "/v1/batch?confirm=true",
      body: { operations: [{ op: "delete", path: "prod/a/b" }] },
    },
  ],
  [
    "rollback",
    (c) => c.rollback({ ...REF, toVersion: 1, message: "undo" }),
    { method: "POST", url: "/v1/rollback", body: { ...REF, toVersion: 1, message: "undo" } },
  ],
  [
    "listAuditEvents",
    (c) => c.listAuditEvents({ action: "config.write", key: "a/" }, { limit: 1 }),
    { method: "GET", url: "/v1/audit/events?action=config.write&key=a%2F&limit=1" },
  ],
  [
    "getAuditEvent",
    (c) => c.getAuditEvent("ev_01"),
    { method: "GET", url: "/v1/audit/events/ev_01" },
  ],
  [
    "getAuditProof",
    (c) => c.getAuditProof("ev_01"),
    { method: "GET", url: "/v1/audit/events/ev_01/proof" },
  ],
  ["verifyAudit", (c) => c.verifyAudit(), { method: "POST", url: "/v1/audit/verify", body: {} }],
  ["getMe", (c) => c.getMe(), { method: "GET", url: "/v1/me" }],
  ["listTokens", (c) => c.listTokens(), { method: "GET", url: "/v1/tokens" }],
  [
    "createToken",
    (c) => c.createToken({ kind: "sa", name: "x", roles: [{ role: "reader", scope: "**" }] }),
    {
      method: "POST",
      url: "/v1/tokens",
      body: { kind: "sa", name: "x", roles: [{ role: "reader", scope: "**" }] },
    },
  ],
  ["listEnvironments", (c) => c.listEnvironments(), { method: "GET", url: "/v1/environments" }],
  [
    "getEnvironment",
    (c) => c.getEnvironment("prod"),
    { method: "GET", url: "/v1/environments/prod" },
  ],
  [
    "listAgents",
    (c) => c.listAgents({ env: "prod", outdated: true }),
    { method: "GET", url: "/v1/agents?env=prod&outdated=true" },
  ],
  ["getAgent", (c) => c.getAgent("gw-1"), { method: "GET", url: "/v1/agents/gw-1" }],
  [
    "getFleet, waiting",
    (c) => c.getFleet({ env: "prod", revision: 3, until: "applied:99%", waitMs: 30_000 }),
    { method: "GET", url: "/v1/fleet?env=prod&revision=3&until=applied%3A99%25&wait=30000ms" },
  ],
  ["getHealth", (c) => c.getHealth(), { method: "GET", url: "/health" }],
  ["getServerVersion", (c) => c.getServerVersion(), { method: "GET", url: "/version" }],
];

describe("what goes over the wire", () => {
  test.each(REQUESTS)("for %s is what the interface says", async (_name, call, sent) => {
    await using served = await serve((_request, response) => sendJson(response, 200, {}));

    await call(createClient({ addr: served.url }));

    const [request] = served.requests;
    expect(request).toMatchObject({ method: sent.method, url: sent.url });
    expect(request?.headers).toMatchObject(sent.headers ?? {});
    expect(request?.body === "" ? undefined : JSON.parse(request?.body ?? "")).toEqual(sent.body);
  });

  test("of an agent's report is all of it", async () => {
    await using served = await serve((_request, response) => sendJson(response, 200, {}));
    const point = { revision: 3, hash: "sha256:00", at: "2026-11-22T02:20:00.000Z" };
    const report = {
      kind: "sdk" as const,
      node: "node-3",
      version: "0.1.0",
      scope: [{ env: "production", service: "ml-service" }],
      state: "APPLIED" as const,
      attempted: point,
      effective: point,
      lastError: null,
      freshness: "FRESH" as const,
      pendingRestart: [],
      labels: {},
    };

    await createClient({ addr: served.url }).reportAgent("gw-1", report);

    const [request] = served.requests;
    expect(request).toMatchObject({ method: "POST", url: "/v1/agents/gw-1/report" });
    expect(JSON.parse(request?.body ?? "")).toEqual(report);
  });

  test("names the channel with writes, and with nothing else", async () => {
    await using served = await serve((_request, response) => sendJson(response, 200, {}));
    const client = createClient({ addr: served.url, via: "cli" });

    await client.getConfig(REF);
    await client.postConfig(REF, { value: 1 });

    const channels = served.requests.map(({ headers }) => headers["config-via"]);
    expect(channels).toEqual([undefined, "cli"]);
  });
});

test("CLI-23 LAW-01 an answer has the body as it was sent, its ETag and its revision", async () => {
  const raw = '{ "value": 30,  "type":"number" }\n';
  await using served = await serve((_request, response) => {
    response.writeHead(200, {
      "content-type": "application/json",
      etag: '"mE0c3vJt8bq1sXw2.j"',
      "config-revision": "42",
      "config-state": "FRESH",
    });
    response.end(raw);
  });

  const answer = await createClient({ addr: served.url }).getConfig(REF);

  expect(answer).toMatchObject({
    status: 200,
    raw,
    body: { value: 30, type: "number" },
    etag: '"mE0c3vJt8bq1sXw2.j"',
    revision: 42,
  });
  expect(answer.headers.get("config-state")).toBe("FRESH");
});

test("API-02 what has not changed comes as nothing", async () => {
  await using served = await serve((_request, response) => void response.writeHead(304).end());
  const client = createClient({ addr: served.url });

  expect(await client.getConfigIfChanged(REF, '"abc.j"')).toBeUndefined();
  expect(await client.getBundleIfChanged(NAMESPACE, '"abc.j"')).toBeUndefined();
});

test("API-06 X7 the entries of all pages come in order, each page when it is needed", async () => {
  await using served = await servePages();
  const client = createClient({ addr: served.url });

  const keys: string[] = [];
  for await (const { key } of client.eachConfig(NAMESPACE, { limit: 2 })) {
    keys.push(key);
    if (keys.length === 3) break;
  }

  expect(keys).toEqual(["a", "b", "c"]);
  expect(served.requests.map(({ url }) => url)).toEqual([
    "/v1/configs/prod/ml-service?limit=2",
    "/v1/configs/prod/ml-service?limit=2&cursor=c1",
  ]);
});

test("a server that is not ready still says how it is", async () => {
  const health = { status: "unavailable", checks: [{ name: "store", status: "down" }] };
  await using served = await serve((_request, response) => sendJson(response, 503, health));

  const { body, status } = await createClient({ addr: served.url }).getHealth();

  expect(body).toEqual(health);
  expect(status).toBe(503);
});

test("a long poll is given its time on top of the deadline", async () => {
  await using served = await serve((_request, response) => {
    setTimeout(() => sendJson(response, 200, {}), 80);
  });
  const client = createClient({ addr: served.url, timeoutMs: 50 });

  await client.getBundleIfChanged(NAMESPACE, '"abc.j"', { waitMs: 5_000 });

  expect(served.requests).toHaveLength(1);
});

function servePages(): Promise<Served> {
  const pages: Readonly<Record<string, object>> = {
    "": { items: [{ key: "a" }, { key: "b" }], nextCursor: "c1" },
    c1: { items: [{ key: "c" }, { key: "d" }], nextCursor: "c2" },
    c2: { items: [{ key: "e" }], nextCursor: null },
  };
  return serve(({ url }, response) => {
    const cursor = new URL(url, "http://x").searchParams.get("cursor") ?? "";
    sendJson(response, 200, pages[cursor] ?? {});
  });
}
