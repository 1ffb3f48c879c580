import type { RunningServer } from "@llmcfg/server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type GivenAnswer, OpenApiChecker } from "../../support/openapi-checker.ts";
import { fetchDocument, startInMemory } from "./served-document.ts";

const KEY = "/v1/configs/production/ml-service/inference/model.config";
const SECRET = "/v1/configs/production/ml-service/inference/secrets/api-key";

let server: RunningServer;
let checker: OpenApiChecker;

beforeAll(async () => {
  server = await startInMemory();
  checker = new OpenApiChecker(await fetchDocument(server.url));
});

afterAll(() => server[Symbol.asyncDispose]());

/** In order: later ones read what earlier ones wrote. */
const REQUESTS: readonly (readonly [line: string, status: number, options: Options])[] = asked([
  [`GET ${KEY}`, 200],
  [`GET ${KEY}?layers=true`, 200],
  [`GET ${KEY}`, 200, { headers: { accept: "text/plain" } }],
  [`GET ${KEY}`, 200, { headers: { accept: "application/yaml" } }],
  [`GET ${KEY}`, 200, { headers: { accept: "text/x-java-properties" } }],
  [`GET ${SECRET}?reveal=true`, 200],
  ["GET /configs/prod/ml-service/db-url", 200],
  [`POST ${KEY}?confirm=true`, 201, { body: { value: { temperature: 1 } } }],
  ["POST /v1/configs/development/faults/a?confirm=true", 201, { body: { value: 1, tags: ["x"] } }],
  [
    "PUT /v1/configs/development/faults/a?confirm=true",
    200,
    { body: { value: 2, message: "why" } },
  ],
  [
    "PUT /v1/configs/development/faults/b?confirm=true",
    201,
    { body: { value: [1, null, { c: "d" }] } },
  ],
  [
    "POST /v1/configs/development/faults/s?confirm=true",
    201,
    { body: { value: "s", sensitive: true } },
  ],
  ["DELETE /v1/configs/development/faults/b?confirm=true", 200],
  ["GET /v1/configs/development/faults", 200],
  ["GET /v1/configs/production/ml-service?view=tree", 200],
  ["GET /v1/configs/production?limit=2", 200],
  ["GET /v1/versions/development/faults/a?version=1", 200],
  ["GET /v1/bundles/production/ml-service?meta=true", 200],
  ["GET /v1/bundles/production/ml-service?shape=nested", 200],
  [
    "GET /v1/bundles/production/ml-service?reveal=true",
    200,
    { headers: { accept: "text/x-dotenv" } },
  ],
  ["GET /v1/effective/production/ml-service/inference/model.config", 200],
  ["GET /v1/effective/production/ml-service/inference/secrets/api-key", 200],
  ["GET /v1/history/development/faults/a", 200],
  ["GET /v1/history/development/faults/s", 200],
  ["GET /v1/diff?from=development/faults@r2&to=development/faults", 200],
  ["POST /v1/rollback?confirm=true", 200, { body: { ...faults(), key: "a", toVersion: 1 } }],
  ["POST /v1/batch?confirm=true", 200, { body: { operations: [put("c", 1), put("d", "e")] } }],
  ["GET /v1/environments", 200],
  ["GET /v1/environments/graph", 200],
  ["GET /v1/environments/prod", 200],
  ["GET /v1/services", 200],
  ["POST /v1/agents/agent-1/report", 200, { body: report() }],
  ["GET /v1/agents", 200],
  ["GET /v1/agents/agent-1", 200],
  ["GET /v1/fleet?env=development&service=faults", 200],
  ["GET /v1/audit/events?limit=100", 200],
  ["GET /v1/audit/events/{event}", 200],
  ["GET /v1/audit/events/{event}/proof", 200],
  ["GET /v1/audit/checkpoints/latest", 200],
  ["POST /v1/audit/verify", 200, { body: {} }],
  ["POST /v1/tokens", 201, { body: { kind: "sa", name: "n", roles: [viewer()] } }],
  ["GET /v1/tokens", 200],
  ["GET /v1/me", 200],
  ["GET /health", 200],
  ["GET /readyz", 200],
  ["GET /startupz", 200],
  ["GET /livez", 200],
  ["GET /version", 200],
  ["GET /metrics", 200],
  ["GET /openapi.json", 200],
  ["GET /docs", 200],
  ["GET /docs/errors/etag-mismatch", 200],
  ["GET /llms.txt", 200],
  ["GET /v1/configs/production/ml-service/nothing", 404],
  ["GET /v1/configs/nowhere/ml-service/db-url", 404],
  [`GET ${KEY}?unknown=1`, 400],
  [`GET ${KEY}`, 401, { headers: { authorization: "" } }],
  [`GET ${SECRET}`, 400, { headers: { accept: "text/plain" } }],
  [`GET ${KEY}`, 406, { headers: { accept: "image/png" } }],
  [`GET ${KEY}?minRevision=9999&wait=0s`, 503],
  [`POST ${KEY}?confirm=true`, 412, { body: { value: 1 }, headers: { "if-match": '"x.j"' } }],
  ["POST /v1/configs/development/faults/c", 409, { body: { value: "blast" } }],
  ["POST /v1/configs/development/faults/a?confirm=true", 422, { body: { value: 1, colour: 2 } }],
  ["POST /v1/batch", 400, { body: { operations: [] } }],
]);

test.each(REQUESTS)(
  "API-11 %s is answered %d as the document says",
  async (line, status, options) => {
    const answer = await ask(line, options);

    expect([answer.status, checker.check(answer)]).toEqual([status, []]);
  },
);

test("API-11 what a client has already is answered 304 as the document says", async () => {
  const paths = REQUESTS.flatMap(([line, status]) => {
    const [method = "", path = ""] = line.split(" ");
    return method === "GET" && status === 200 && !path.includes("{") ? [path] : [];
  });

  const tagged: string[] = [];
  for (const path of paths) {
    const { headers } = await fetch(server.url + path, { headers: authorization() });
    const etag = headers.get("etag");
    if (etag === null || headers.get("cache-control")?.includes("no-store") === true) continue;
    const answer = await ask(`GET ${path}`, { headers: { "if-none-match": etag } });
    expect([path, answer.status, checker.check(answer)]).toEqual([path, 304, []]);
    tagged.push(checker.operationOf("GET", path) ?? path);
  }

  expect([...new Set(tagged)].toSorted()).toEqual([
    "getBundle",
    "getConfig",
    "getEffective",
    "getEnvironment",
    "getVersion",
  ]);
});

test("API-11 LAW-03 the events of a stream are those that the document names", async () => {
  const path = "/v1/watch?env=development&service=faults&include=values";
  const headers = { ...authorization(), "last-event-id": "r2" };
  const response = await fetch(server.url + path, { headers });
  if (response.body === null) throw new Error("the stream has no body");

  const types = new Set<string>();
  let text = "";
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const blocks = (text + chunk).split("\n\n");
    text = blocks.pop() ?? "";
    for (const message of blocks.flatMap(messageOf)) {
      const { type } = JSON.parse(message) as { type: string }; // the wire format of events
      expect([type, checker.checkEvent(path, type, message)]).toEqual([type, []]);
      types.add(type);
    }
    if (types.has("heartbeat")) break;
  }

  expect([...types]).toEqual(["config.changed", "config.deleted", "heartbeat"]);
});

test("API-11 every operation of the document is asked, and no other", () => {
  const asked = REQUESTS.map(([line]) => {
    const [method = "", path = ""] = line.split(" ");
    return checker.operationOf(method, path);
  });

  expect(new Set([...asked, "watch"])).toEqual(new Set(checker.operations));
});

test.each<readonly [string, Partial<GivenAnswer> | ((body: string) => string)]>([
  ["a status that is not announced", { status: 202 }],
  ["another media type", { contentType: "text/html" }],
  ["a member of another type", (body) => body.replace('"version":1', '"version":"1"')],
  ["a missing member", (body) => body.replace('"type":"string",', "")],
  ["a member that is not announced", (body) => body.replace("{", '{"more":1,')],
  ["a problem of no reason", { status: 404, contentType: "application/problem+json" }],
])("API-11 %s is found out (negative control)", async (_name, change) => {
  const answer = await ask("GET /v1/configs/production/ml-service/db-url");

  const changed = typeof change === "function" ? { body: change(answer.body) } : change;

  expect(checker.check(answer)).toEqual([]);
  expect(checker.check({ ...answer, ...changed })).not.toEqual([]);
});

interface Options {
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

async function ask(line: string, { body, headers }: Options = {}): Promise<GivenAnswer> {
  const [method = "", template = ""] = line.split(" ");
  const path = template.includes("{event}")
    ? template.replace("{event}", await newest())
    : template;
  const type = body === undefined ? {} : { "content-type": "application/json" };
  const response = await fetch(server.url + path, {
    method,
    headers: { ...authorization(), ...type, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const contentType = response.headers.get("content-type") ?? undefined;
  return { method, path, status: response.status, contentType, body: await response.text() };
}

/** Each with its options, given or not. */
function asked(
  requests: readonly (readonly [line: string, status: number, options?: Options])[],
): readonly (readonly [line: string, status: number, options: Options])[] {
  return requests.map(([line, status, options = {}]) => [line, status, options]);
}

function authorization(): Record<string, string> {
  return { authorization: `Bearer ${server.devToken}` };
}

/** The id of the newest event. */
async function newest(): Promise<string> {
  const { body } = await ask("GET /v1/audit/events?limit=1");
  const { items } = JSON.parse(body) as { items: readonly { id: string }[] }; // the wire format
  return items[0]?.id ?? "";
}

function messageOf(block: string): readonly string[] {
  const [, message] = /^data: (.*)$/m.exec(block) ?? [];
  return message === undefined ? [] : [message]; // else a ping, or `retry`
}

function faults(): { readonly env: string; readonly service: string } {
  return { env: "development", service: "faults" };
}

function put(key: string, value: unknown): object {
  return { op: "put", path: `development/faults/${key}`, value };
}

function viewer(): object {
  return { role: "viewer", scope: "**" };
}

function report(): object {
  return {
    kind: "sdk",
    node: "here",
    version: "1.0.0",
    scope: [faults()],
    state: "FAILED",
    attempted: { revision: 2, hash: `sha256:${"0".repeat(64)}`, at: "2026-01-01T00:00:00.000Z" },
    effective: null,
    lastError: {
      reason: "SCHEMA_VIOLATION",
      detail: "no",
      pointer: "/a",
      file: null,
      revision: 2,
      at: "2026-01-01T00:00:00.000Z",
    },
    freshness: "FRESH",
    pendingRestart: [],
    labels: { zone: "a" },
  };
}
