import type { AgentBody, AgentReport, Bundle, Fleet } from "@llmcfg/protocol";
import { expect, test } from "vitest";
import type { RunningServer } from "../../src/server.ts";
import { auth, get, post, start } from "./dev-server.ts";

const KEY = "/configs/prod/ml-service/db-url";

test("X23 an empty fleet, member by member", async () => {
  await using server = await start();

  const answer = await fetch(`${server.url}/v1/fleet?env=production`, { headers: auth(server) });

  expect(await answer.text()).toBe(
    '{"revision":2,"total":0,"applied":0,"applying":0,"failed":0,"pending":0,"gone":0,"oldestPendingSeconds":0,"propagation":{"p50Seconds":null,"p99Seconds":null},"converged":true,"byRevision":[]}',
  );
});

test("LAW-20 a consumer that reports the bundle it holds is Synced, and is listed as it says", async () => {
  await using server = await start();
  const point = await currentPoint(server);

  const reported = (await report(server, "gateway-1", applied(point))) as AgentBody;
  const listed = (await get(server, "/v1/agents?env=prod&service=ml-service")) as object;
  const found = await get(server, "/v1/agents/gateway-1");

  expect(reported).toMatchObject({ sync: "Synced", desired: { revision: 2, hash: point.hash } });
  expect(Object.keys(reported).join(" ")).toBe(
    "id kind node region version scope state sync desired attempted effective lastError lagRevisions connected freshness lastContactAt pendingRestart labels",
  );
  expect(listed).toEqual({ items: [found], nextCursor: null });
  expect(found).toEqual(reported);
});

test("FLT-03 a change is waited for until the share of consumers has applied it", async () => {
  await using server = await start();
  await report(server, "a", applied(await currentPoint(server)));
  await post(server, KEY, { value: "postgres://db2.internal/ml" });

  const waiting = get(server, "/v1/fleet?revision=3&until=applied:100%25&wait=20s");
  const soon = (await get(server, "/v1/fleet?revision=3&until=applied:99%25&wait=1ms")) as Fleet;
  await report(server, "a", applied(await currentPoint(server)));
  const fleet = (await waiting) as Fleet;

  expect(soon).toMatchObject({ revision: 3, total: 1, applied: 0, pending: 1, converged: false });
  expect(fleet).toMatchObject({ revision: 3, total: 1, applied: 1, converged: true });
  expect(fleet.propagation.p99Seconds).toBeGreaterThanOrEqual(0);
});

test("a refusal is in the list, and on record without the consumer's words", async () => {
  await using server = await start();
  const good = await currentPoint(server);
  await report(server, "a", applied(good));
  await post(server, KEY, { value: "wrong" });
  const bad = await currentPoint(server);
  const lastError = {
    reason: "RULE_VIOLATION",
    detail: "weights must add up to 100",
    pointer: "/db-url",
    file: null,
    revision: bad.revision,
    at: bad.at,
  };

  await report(server, "a", { state: "FAILED", attempted: bad, effective: good, lastError });
  const { items } = (await get(server, "/v1/agents?sync=Failed")) as { items: AgentBody[] };
  const events = JSON.stringify(await get(server, "/v1/audit/events?action=agent.refuse"));

  expect(items).toMatchObject([{ id: "a", sync: "Failed", lagRevisions: 1, lastError }]);
  expect(events).toContain('"reason":"RULE_VIOLATION"');
  expect(events).toContain('"pointer":"/db-url"');
  expect(events).not.toContain("weights");
});

test("API-06 the list goes on where its cursor says, which is bound to its filters", async () => {
  await using server = await start();
  for (const id of ["a", "b", "c"]) await report(server, id, {});
  const url = `${server.url}/v1/agents?limit=2`;

  const first = await fetch(url, { headers: auth(server) });
  const link = /^<([^>]+)>; rel="next"$/.exec(first.headers.get("link") ?? "")?.[1] ?? "";
  const second = (await get(server, link)) as { items: AgentBody[]; nextCursor: string | null };
  const { nextCursor } = (await first.json()) as { nextCursor: string };
  const foreign = await get(server, `/v1/agents?limit=2&env=prod&cursor=${nextCursor}`);
  const otherStart = nextCursor.startsWith("A") ? "B" : "A";
  const altered = await get(
    server,
    `/v1/agents?limit=2&cursor=${otherStart}${nextCursor.slice(1)}`,
  );

  expect(second).toMatchObject({ items: [{ id: "c" }], nextCursor: null });
  expect([foreign, altered]).toMatchObject([{ status: 400 }, { status: 400 }]);
});

test.each([
  ["an unknown member", { colour: "red" }, 422, "UNKNOWN_FIELD"],
  ["a state that there is not", { state: "HAPPY" }, 400, "INVALID_ARGUMENT"],
  [
    "a hash that is none",
    { effective: { revision: 2, hash: "x", at: AT() } },
    400,
    "INVALID_ARGUMENT",
  ],
  ["no scope", { scope: [] }, 400, "INVALID_ARGUMENT"],
  [
    "an environment that there is not",
    { scope: [{ env: "x", service: "y" }] },
    404,
    "ENV_NOT_FOUND",
  ],
  [
    "a reason that is not in the error table",
    {
      lastError: { reason: "SAD", detail: "", pointer: null, file: null, revision: 2, at: AT() },
    },
    400,
    "INVALID_ARGUMENT",
  ],
  [
    "an unknown member deep within",
    { attempted: { revision: 2, hash: `sha256:${"0".repeat(64)}`, at: AT(), when: AT() } },
    422,
    "UNKNOWN_FIELD",
  ],
])("API-15 a report with %s is refused", async (_, over, status, reason) => {
  await using server = await start();

  const refusal = report(server, "a", over).catch((error: unknown) => error);

  expect(JSON.parse(((await refusal) as Error).message)).toMatchObject({ status, reason });
});

test("what is not built, and what is too long, is refused", async () => {
  await using server = await start();
  const paths = [
    "/v1/fleet?until=applied:101%25",
    "/v1/fleet?until=received:99%25",
    "/v1/fleet?wait=31s",
    "/v1/fleet?revision=99",
    "/v1/agents?sync=Happy",
    "/v1/agents?node=x",
    "/v1/agents/nobody",
    "/v1/agents/a/diff",
  ];

  const answers = await Promise.all(paths.map((path) => get(server, path)));

  expect(answers.map((answer) => (answer as { status: number }).status)).toEqual([
    400, 400, 400, 400, 400, 400, 404, 501,
  ]);
});

test("STR-05 X8 a long poll is 304 at the end of its time, 200 as soon as the bundle differs", async () => {
  await using server = await start();
  const url = `${server.url}/v1/bundles/staging/api-gateway`;
  const first = await fetch(url, { headers: auth(server) });
  const headers = { ...auth(server), "if-none-match": first.headers.get("etag") ?? "" };

  const begun = performance.now();
  const same = await fetch(`${url}?wait=100ms`, { headers });
  const waited = performance.now() - begun;
  const other = fetch(`${url}?wait=20s`, { headers });
  await post(server, "/configs/base/ml-service/x?confirm=true", { value: 1 });
  await post(server, "/configs/base/api-gateway/x?confirm=true", { value: 1 });
  const changed = await other;

  expect([same.status, await same.text()]).toEqual([304, ""]);
  expect(waited).toBeGreaterThanOrEqual(95);
  expect(changed.status).toBe(200);
  expect(await changed.json()).toMatchObject({ revision: 4, values: { x: 1 } });
});

async function currentPoint(server: RunningServer) {
  const { revision, hash } = (await get(server, "/v1/bundles/production/ml-service")) as Bundle;
  return { revision, hash, at: AT() };
}

function AT(): string {
  return "2026-11-22T02:20:01.114Z";
}

function applied(point: NonNullable<AgentReport["effective"]>): Partial<AgentReport> {
  return { state: "APPLIED", attempted: point, effective: point };
}

async function report(server: RunningServer, id: string, over: object): Promise<unknown> {
  return await post(server, `/v1/agents/${id}/report`, {
    kind: "sdk",
    node: "node-3",
    version: "1.0.0",
    scope: [{ env: "production", service: "ml-service" }],
    state: "APPLYING",
    attempted: null,
    effective: null,
    lastError: null,
    freshness: "FRESH",
    pendingRestart: [],
    labels: {},
    ...over,
  });
}
