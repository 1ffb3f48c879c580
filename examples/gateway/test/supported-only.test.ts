import { access, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "@llmcfg/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startGateway } from "../src/gateway/start-gateway.ts";
import { startGatewayUnderTest } from "./support/start-gateway-under-test.ts";

let stateDir: string;

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "llmcfg-example-state-"));
});
afterEach(() => rm(stateDir, { recursive: true }));

/** Asks for two things that the gateway does not do. */
function beyond(): JsonObject {
  const limit = { requests_per_minute: 1 };
  const action = { type: "rate_limit", key: "user", limit };
  const rules = [{ id: "slow", condition: { type: "always" }, action }];
  return { resilience: { enable_queuing: true }, routing: { policy: { version: "2", rules } } };
}

const FINDINGS = [
  {
    rule: "supported_only",
    code: "unsupported",
    path: "resilience.enable_queuing",
    message: "this gateway does no queuing",
  },
  {
    rule: "supported_only",
    code: "unsupported",
    path: "routing.policy.rules[slow].action.type",
    message: "this gateway has no action rate_limit",
  },
];

test("BOOT-2 BOOT-4 what the gateway cannot do is refused at the start with all of it, and is not what was accepted last", async () => {
  const start = startGatewayUnderTest(beyond(), { stateDir });

  await expect(start).rejects.toMatchObject({
    code: "invalid_configuration",
    report: { errors: FINDINGS },
  });
  await expect(access(join(stateDir, "config", "last-known-good.json"))).rejects.toThrow("ENOENT");
});

test("BOOT-1 REL-2 what the gateway cannot do is refused on a reload, and the old configuration keeps serving", async () => {
  await using running = await startGatewayUnderTest({}, { stateDir });
  const before = running.gateway.config.snapshot();

  const result = await running.configure(beyond());

  expect(result).toMatchObject({ status: "rejected", stage: "rules", errors: FINDINGS });
  expect(running.gateway.config.snapshot()).toBe(before);
});

test("BOOT-4 a gateway that is started on what it cannot do goes on with what it accepted last", async () => {
  await using running = await startGatewayUnderTest({ metadata: { name: "before" } }, { stateDir });
  await running.gateway[Symbol.asyncDispose]();
  await running.write({ metadata: { name: "after" }, ...beyond() });

  await using again = await startGateway({ file: running.file, stateDir, orNext: true });

  expect(again.config.current().metadata.name).toBe("before");
  expect(again.config.status).toMatchObject({
    bootedFrom: "last_known_good",
    health: "degraded",
  });
});
