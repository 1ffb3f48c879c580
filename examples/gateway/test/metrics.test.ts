import { expect, test } from "vitest";
import {
  GATEWAY_KEY,
  type GatewayUnderTest,
  startGatewayUnderTest,
} from "./support/start-gateway-under-test.ts";

const METRICS = { enabled: true, backend: "prometheus", endpoint: "/metrics" } as const;

function withMetrics(endpoint: string) {
  return { observability: { metrics: { ...METRICS, endpoint }, tracing: { enabled: false } } };
}

async function scrape({ gateway }: GatewayUnderTest, path = "/metrics", headers = {}) {
  const response = await fetch(gateway.url + path, { headers });
  return { response, lines: (await response.text()).split("\n") };
}

test("P21 anybody may read how reloads went, as OpenMetrics", async () => {
  await using running = await startGatewayUnderTest(withMetrics("/metrics"));

  const { response, lines } = await scrape(running);

  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe(
    "application/openmetrics-text; version=1.0.0; charset=utf-8",
  );
  expect(Number(response.headers.get("content-length"))).toBe(lines.join("\n").length);
  expect(lines).toContain("llmcfg_config_version 1");
  expect(lines).toContain("llmcfg_config_last_reload_successful 1");
  expect(lines.slice(-2)).toEqual(["# EOF", ""]);
});

test("P21 a refused reload is seen in the metrics, and so is the one that mends it", async () => {
  await using running = await startGatewayUnderTest(withMetrics("/metrics"));

  await running.configure({ ...withMetrics("/metrics"), server: { port: "none" } });
  const refused = await scrape(running);
  await running.configure({ ...withMetrics("/metrics"), metadata: { name: "mended" } });
  const mended = await scrape(running);

  expect(refused.lines).toContain("llmcfg_config_last_reload_successful 0");
  expect(refused.lines).toContain("llmcfg_config_version 1");
  expect(mended.lines).toContain("llmcfg_config_last_reload_successful 1");
  expect(mended.lines).toContain("llmcfg_config_version 2");
});

test("metrics are where the configuration has them, and move with it", async () => {
  await using running = await startGatewayUnderTest(withMetrics("/metrics"));
  const key = { "x-api-key": GATEWAY_KEY };

  await running.configure(withMetrics("/internal/metrics"));

  expect((await scrape(running, "/internal/metrics")).response.status).toBe(200);
  expect((await scrape(running, "/metrics", key)).response.status).toBe(404);
});

test("where no metrics are asked for there are none, with a key or without", async () => {
  await using running = await startGatewayUnderTest();

  expect((await scrape(running)).response.status).toBe(401);
  const known = await scrape(running, "/metrics", { "x-api-key": GATEWAY_KEY });
  expect(known.response.status).toBe(404);
});
