import type { HealthCheckBody } from "@llmcfg/protocol";
import { expect, test } from "vitest";
import { Health, type HealthCheck, type HealthFinding } from "../../src/telemetry/health.ts";

const START_MS = Date.parse("2026-11-22T10:00:00.000Z");

test.each([
  ["ok", "ok", "ok"],
  ["disabled", "ok", "ok"],
  ["degraded", "ok", "degraded"],
  ["down", "ok", "degraded"],
  ["ok", "degraded", "degraded"],
  ["ok", "down", "unavailable"],
] as const)(
  "with one part %s and the vital one %s the server is %s",
  async (part, vital, expected) => {
    const { health } = open([
      { name: "part", findings: [{ status: part }] },
      { name: "vital", findings: [{ status: vital }], isVital: true },
    ]);

    expect((await health.report()).status).toBe(expected);
  },
);

test("while it drains the server is unavailable, whatever its parts say", async () => {
  const { health, state } = open([{ name: "part", findings: [{ status: "ok" }] }]);

  state.isDraining = true;

  expect(await health.report()).toMatchObject({
    status: "unavailable",
    checks: [{ status: "ok" }],
  });
});

test("a part is not asked again while its answer counts, a bad one for a shorter time", async () => {
  const { health, time, asked } = open([
    {
      name: "part",
      findings: [{ status: "ok" }, { status: "down", detail: "gone" }, { status: "ok" }],
      freshMs: 60_000,
      freshWhileBadMs: 10_000,
    },
  ]);

  const seen: string[] = [];
  for (const seconds of [0, 59.999, 60, 69.999, 70, 100]) {
    time.ms = seconds * 1_000;
    const [check] = (await health.report()).checks;
    seen.push(`${seconds} ${check?.status} since ${check?.since?.slice(11, 19)}`);
  }

  expect(seen).toEqual([
    "0 ok since 10:00:00",
    "59.999 ok since 10:00:00",
    "60 down since 10:01:00",
    "69.999 down since 10:01:00",
    "70 ok since 10:01:10",
    "100 ok since 10:01:10",
  ]);
  expect(asked).toEqual(["part", "part", "part"]);
});

test("however many ask at once, a part is asked once", async () => {
  const { health, asked } = open([{ name: "part", findings: [{ status: "ok" }] }]);

  await Promise.all(Array.from({ length: 100 }, () => health.report()));

  expect(asked).toEqual(["part"]);
});

test("a part that does not answer in time is down, and its late answer is of no use", async () => {
  const late = Promise.withResolvers<HealthFinding>();
  const signals: AbortSignal[] = [];
  const ask = (signal: AbortSignal) => {
    signals.push(signal);
    return late.promise;
  };
  const check = { name: "part", isVital: true, freshMs: 0, freshWhileBadMs: 60_000, ask };
  const health = new Health({ ...ABOUT, checks: [check], timeoutMs: 1 });

  const first = await health.report();
  late.resolve({ status: "ok" });
  const second = await health.report();

  expect(first).toMatchObject({
    status: "unavailable",
    checks: [{ status: "down", detail: "there was no answer within 1 ms" }],
  });
  expect(second.status).toBe("unavailable");
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
});

test("what another's error says is not passed on", async () => {
  const check = {
    name: "part",
    freshMs: 0,
    freshWhileBadMs: 0,
    ask: () => Promise.reject(new Error("cannot open /secret/place")),
  };
  const health = new Health({ ...ABOUT, checks: [check] });

  const [part] = (await health.report()).checks;

  expect(part).toMatchObject({ status: "down", detail: "asking it failed unexpectedly" });
});

test("the revision is the last one that was heard of", async () => {
  const { health } = open([
    { name: "part", findings: [{ status: "ok", revision: 7 }, { status: "down" }] },
  ]);

  const revisions = [(await health.report()).revision, (await health.report()).revision];

  expect(revisions).toEqual([7, 7]);
});

const ABOUT = {
  version: "1.2.3",
  region: "local",
  isDraining: () => false,
  clock: { nowMs: () => START_MS },
};

interface Part extends Partial<Omit<HealthCheck, "ask">> {
  readonly name: string;
  /** In turn; the last one stays. */
  readonly findings: readonly (HealthFinding & { readonly status: HealthCheckBody["status"] })[];
}

/** Parts that answer as they are told, at a time that only the test moves. */
function open(parts: readonly Part[]) {
  const time = { ms: 0 };
  const state = { isDraining: false };
  const asked: string[] = [];
  const checks = parts.map(({ findings, ...about }) => ({
    freshMs: 0,
    freshWhileBadMs: 0,
    ...about,
    ask: async () => {
      const turn = asked.filter((name) => name === about.name).length;
      asked.push(about.name);
      return findings[Math.min(turn, findings.length - 1)] ?? { status: "ok" as const };
    },
  }));
  const health = new Health({
    ...ABOUT,
    checks,
    isDraining: () => state.isDraining,
    clock: { nowMs: () => START_MS + time.ms },
    monotonicMs: () => time.ms,
  });
  return { health, time, state, asked };
}
