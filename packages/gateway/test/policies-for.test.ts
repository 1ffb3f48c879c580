import { policiesFor } from "@llmcfg/gateway";
import { expect, test } from "vitest";
import { gatewayDocument, loadDocument, providerDocument } from "./support/load-document.ts";

const config = await loadDocument(
  gatewayDocument({
    resilience: {
      timeouts: { request: "40s", stream_idle: "20s" },
      circuit_breaker: { consecutive_failures: 7 },
      retry_policy: {
        per_error: { timeout: 5, rate_limit: 4 },
        retry_budget: { min_per_second: 99 },
      },
    },
    providers: [
      providerDocument({
        rate_limits: { requests_per_minute: 100, tokens_per_day: 5 },
        timeouts: { request: "30s" },
        circuit_breaker: { consecutive_failures: null },
        retry_policy: {
          max_retries: 0,
          per_error: { rate_limit: 1 },
          retry_budget: { ratio: 0.9 },
        },
        models: [
          { id: "a", timeouts: { connect: "2s" }, rate_limits: { requests_per_minute: 10 } },
          { id: "vendor/*", aliases: ["any"], timeouts: { connect: "3s" } },
        ],
      }),
      providerDocument({ id: "plain" }),
    ],
  }),
);

test("a provider lies over resilience, and a model over its provider", () => {
  const { timeouts } = policiesFor(config, "openai", "a");

  expect(timeouts.connect.toString()).toBe("2s");
  expect(timeouts.request.toString()).toBe("30s");
  expect(timeouts.stream_idle?.toString()).toBe("20s");
});

test("null in an overlay switches off, it does not inherit", () => {
  expect(policiesFor(config, "openai").circuit_breaker.consecutive_failures).toBeNull();
  expect(policiesFor(config, "plain").circuit_breaker.consecutive_failures).toBe(7);
});

test("what holds for one class of errors, and one half of the budget, leaves the others inherited", () => {
  const { per_error, retry_budget } = policiesFor(config, "openai").retry_policy;

  expect(per_error).toEqual({ timeout: 5, rate_limit: 1 });
  expect(retry_budget).toEqual({ ratio: 0.9, min_per_second: 99 });
});

test("the total of retries follows the request where nobody set it", () => {
  expect(policiesFor(config, "openai").retry_policy.total_timeout.toString()).toBe("30s");
  expect(policiesFor(config, "plain").retry_policy.total_timeout.toString()).toBe("40s");
});

test("a quota of the model takes the place of its provider's, one by one", () => {
  expect(policiesFor(config, "openai", "a").rate_limits).toEqual({
    requests_per_minute: 10,
    requests_per_day: null,
    tokens_per_minute: null,
    tokens_per_day: 5,
    max_concurrent_requests: null,
  });
});

test("a model is found by alias and by wildcard too", () => {
  expect(policiesFor(config, "openai", "any").timeouts.connect.toString()).toBe("3s");
  expect(policiesFor(config, "openai", "vendor/x").timeouts.connect.toString()).toBe("3s");
});

test("what the configuration does not have is a RangeError", () => {
  expect(() => policiesFor(config, "nobody")).toThrow(RangeError);
  expect(() => policiesFor(config, "openai", "nothing")).toThrow(RangeError);
});
