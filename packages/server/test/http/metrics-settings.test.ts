import { expect, test } from "vitest";
import type { RunningServer } from "../../src/server.ts";
import { listenMetrics } from "../../src/transport/http/metrics-listener.ts";
import { RequestIds } from "../../src/transport/http/request-ids.ts";
import { auth, post, start } from "./dev-server.ts";

const FREE = { host: "127.0.0.1", port: 0 } as const;

test("metrics are beside the API, for everybody, unless a setting says otherwise", async () => {
  await using server = await start();

  const answer = await fetch(`${server.url}/metrics`);

  expect(server.metricsUrl).toBe(`${server.url}/metrics`);
  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain("llmcfg_build_info");
});

test("metrics.addr moves them to an address of their own, which has nothing else", async () => {
  await using server = await start({ metrics: { addr: FREE, auth: "none" } });
  const own = new URL(server.metricsUrl);

  const moved = await fetch(server.metricsUrl);
  const beside = await fetch(`${server.url}/metrics`);
  const health = await fetch(new URL("/health", own));
  const posted = await fetch(server.metricsUrl, { method: "POST" });
  const head = await fetch(server.metricsUrl, { method: "HEAD" });

  expect(own.origin).not.toBe(server.url);
  expect(moved.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(await moved.text()).toContain("llmcfg_build_info");
  expect([beside.status, health.status, posted.status, head.status]).toEqual([404, 404, 405, 200]);
  expect(posted.headers.get("allow")).toBe("GET, HEAD");
  expect(await health.json()).toMatchObject({
    type: `${server.url}/docs/errors/not-found`,
    status: 404,
    reason: "NOT_FOUND",
    instance: "/health",
  });
});

test.each([undefined, FREE])(
  "metrics.auth asks for a token that may read the system (address: %j)",
  async (addr) => {
    await using server = await start({ metrics: { addr, auth: "token" } });
    const viewer = await tokenOf(server, "agent");
    const read = async (headers: Record<string, string>) => {
      const answer = await fetch(server.metricsUrl, { headers });
      await answer.text();
      return [answer.status, answer.headers.get("www-authenticate")];
    };

    const answers = [
      await read({}),
      await read({ authorization: "Bearer llmcfg_pat_nobodys" }),
      await read({ "x-api-key": viewer }),
      await read(auth(server)),
    ];

    expect(answers).toEqual([
      [401, 'Bearer realm="llmcfg"'],
      [401, 'Bearer realm="llmcfg"'],
      [403, null],
      [200, null],
    ]);
  },
);

test("a server ends with its listener for metrics", async () => {
  const server = await start({ metrics: { addr: FREE, auth: "none" } });
  await (await fetch(server.metricsUrl)).text();

  await server[Symbol.asyncDispose]();

  await expect(fetch(server.metricsUrl)).rejects.toThrow("fetch failed");
});

test("metrics that cannot be read are an error that says nothing of its cause", async () => {
  const failures: unknown[] = [];
  const cause = new Error("the disk is on fire");
  await using listener = await listenMetrics({
    ...FREE,
    text: async () => {
      throw cause;
    },
    ids: new RequestIds(),
    publicUrl: () => "https://config.example",
    onFailure: (error) => failures.push(error),
  });

  const answer = await fetch(listener.url, { headers: { "x-request-id": "scrape-1" } });

  expect(answer.status).toBe(500);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  const text = await answer.text();
  expect(JSON.parse(text)).toMatchObject({ reason: "INTERNAL", requestId: "scrape-1" });
  expect(text).not.toContain("fire");
  expect(failures).toEqual([cause]);
});

test("region.name is in the answers, and cache.l1Ttl bounds what is kept ready", async () => {
  await using server = await start({
    region: "eu-west-1",
    readyReads: { maxBytes: 1_000_000, ttlMs: 7_000 },
  });
  const path = "/v1/configs/production/ml-service/inference/timeout-seconds";

  const first = await fetch(server.url + path, { headers: auth(server) });
  const second = await fetch(server.url + path, { headers: auth(server) });
  const health = await fetch(`${server.url}/health`);

  expect(await health.json()).toMatchObject({ region: "eu-west-1", role: "primary" });
  for (const { headers } of [first, second, health]) {
    expect(headers.get("config-region")).toBe("eu-west-1;role=primary;lag=0");
  }
  expect(second.headers.get("cache-status")).toBe("l1; hit; ttl=7");
});

async function tokenOf(server: RunningServer, role: string): Promise<string> {
  const roles = [{ role, scope: "**" }];
  const made = await post(server, "/v1/tokens", { kind: "sa", name: "scraper", roles });
  return (made as { readonly token: string }).token; // as the route answers
}
