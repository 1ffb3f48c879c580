import { LlmcfgError } from "@llmcfg/core";
import type { AgentReport } from "@llmcfg/protocol";
import { expect, test } from "vitest";
import { AgentReporter } from "../../src/agent/agent-reporter.ts";
import { eventually } from "../support/eventually.ts";
import { HeldRuntime } from "../support/held-runtime.ts";

const R3 = { revision: 3, hash: "sha256:03" };
const R4 = { revision: 4, hash: "sha256:04" };
const AT = "2026-11-22T02:20:00.000Z";

test("LAW-20 what is applied and what is refused are reported at once, each for itself", async () => {
  const { reporter, reports } = start();
  await using _ = reporter;

  reporter.applied(R3);
  await eventually(() => reports.length, 1);
  reporter.refused(R4, { reason: "RULE_VIOLATION", detail: "no", pointer: "/a" });
  await eventually(() => reports.length, 2);

  expect(reports[0]).toEqual({
    kind: "sdk",
    node: "node-3",
    version: "0.1.0",
    scope: [{ env: "production", service: "ml-service" }],
    labels: {},
    state: "APPLIED",
    attempted: { ...R3, at: AT },
    effective: { ...R3, at: AT },
    lastError: null,
    freshness: "FRESH",
    pendingRestart: [],
  });
  expect(reports[1]).toMatchObject({
    state: "FAILED",
    attempted: { ...R4, at: AT },
    effective: { ...R3, at: AT },
    lastError: {
      reason: "RULE_VIOLATION",
      detail: "no",
      pointer: "/a",
      file: null,
      revision: 4,
      at: AT,
    },
  });
});

test("FLT-02 an error stays until something is applied again", async () => {
  const { reporter, reports } = start();
  await using _ = reporter;
  reporter.refused(R4, { reason: "RULE_VIOLATION", detail: "no", pointer: null });
  await eventually(() => reports.length, 1);

  reporter.applied(R3);
  await eventually(() => reports.length, 2);

  expect(reports[1]).toMatchObject({ state: "APPLIED", lastError: null });
});

test("LAW-20 a fleet that hears of a commit at one moment answers within 200 ms, not at once", async () => {
  const { reporter, reports, runtime } = start();
  await using _ = reporter;
  runtime.chance = 0.999;

  reporter.applied(R3);
  await eventually(() => runtime.sleeps, [199.8]);
  expect(reports).toEqual([]);
  runtime.advance(200);
  await eventually(() => reports.length, 1);

  expect(reports[0]).toMatchObject({ state: "APPLIED", effective: R3 });
});

test("the lease is renewed every 15 s", async () => {
  const { reporter, reports, runtime } = start();
  await using _ = reporter;
  reporter.applied(R3);
  await eventually(() => reports.length, 1);

  await eventually(() => runtime.sleeps, [15_000]);
  runtime.advance(15_000);
  await eventually(() => reports.length, 2);

  expect(reports[1]).toMatchObject({ state: "APPLIED", effective: R3 });
});

test("while one report is on its way only the newest state waits", async () => {
  const held = Promise.withResolvers<void>();
  const { reporter, reports } = start(() => held.promise);
  await using _ = reporter;

  for (let revision = 1; revision <= 50; revision++) {
    reporter.applied({ revision, hash: `sha256:${revision}` });
    await Promise.resolve();
  }
  await eventually(() => reports.length, 1);
  reporter.applied({ revision: 51, hash: "sha256:51" });
  held.resolve();

  await eventually(() => reports.at(-1)?.effective?.revision, 51);
  expect(reports.length).toBeLessThanOrEqual(3);
});

test("a report that fails is made up for by the next, and is no failure of anything else", async () => {
  const away = new LlmcfgError("OFFLINE_MISS", "away", { retryAfter: 1 });
  let isAway = true;
  const { reporter, reports, runtime } = start(() =>
    isAway ? Promise.reject(away) : Promise.resolve(),
  );
  await using _ = reporter;
  reporter.applied(R3);
  await eventually(() => reporter.failure, away);

  isAway = false;
  await eventually(() => runtime.sleeps, [15_000]);
  runtime.advance(15_000);

  await eventually(() => reporter.failure, undefined);
  expect(reports.at(-1)).toMatchObject({ effective: R3 });
});

test("what was not said yet is said before it stops", async () => {
  const { reporter, reports } = start();

  reporter.applied(R3);
  await reporter[Symbol.asyncDispose]();

  expect(reports.at(-1)).toMatchObject({ effective: R3 });
});

test("a report is never too long to be taken", async () => {
  const { reporter, reports } = start();
  await using _ = reporter;

  reporter.refused(R4, {
    reason: "RULE_VIOLATION",
    detail: "x".repeat(100_000),
    pointer: `/${"y".repeat(100_000)}`,
  });
  await eventually(() => reports.length, 1);

  expect(reports[0]?.lastError?.detail.length).toBeLessThanOrEqual(4_096);
  expect(reports[0]?.lastError?.pointer).toBeNull();
});

function start(answer: () => Promise<void> = () => Promise.resolve()) {
  const runtime = new HeldRuntime();
  runtime.chance = 0;
  const reports: AgentReport[] = [];
  const reporter = new AgentReporter({
    client: {
      reportAgent: async (_id, report) => {
        reports.push(report);
        await answer();
        return {
          status: 200,
          body: {},
          raw: "",
          etag: undefined,
          revision: 3,
          headers: new Headers(),
        } as never; // nobody reads it
      },
    },
    agentId: "gw-1",
    about: {
      kind: "sdk",
      node: "node-3",
      version: "0.1.0",
      scope: [{ env: "production", service: "ml-service" }],
      labels: {},
    },
    freshness: () => "FRESH",
    runtime,
  });
  reporter.start();
  return { reporter, reports, runtime };
}
