import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigValidationError } from "@llmcfg/config";
import { describe, expect, test } from "vitest";
import { answerHeaders } from "../../examples/gateway/src/gateway/answer-headers.ts";
import type { GatewaySnapshot } from "../../examples/gateway/src/gateway/gateway-snapshot.ts";
import { startGateway } from "../../examples/gateway/src/gateway/start-gateway.ts";
import { checkAnswers } from "./reloads/check-answers.ts";
import { GATEWAY_KEY, type GatewayBed, startGatewayBed } from "./reloads/gateway-bed.ts";
import { type Answered, parseShown, type Shown, sendLoad } from "./reloads/load.ts";
import { heapUsed, leastResources } from "./reloads/process-resources.ts";
import { ReloadDriver } from "./reloads/reload-driver.ts";

/** As many as a run of all tests has time for; `LLMCFG_RELOADS=1000` for the whole proof. */
const RELOADS = Number(process.env["LLMCFG_RELOADS"] ?? 200);
const CONNECTIONS = 64;
const WARM_UP = 90; // fills the history, and every kind of refusal has been met

/** Longer than any pool keeps an idle connection: the control plane's are closed after 65 s. */
const IDLE_MS = 70_000;

/** For connections to servers of this process alone, which are closed after 5 s. */
const SHORT_IDLE_MS = 8_000;

test(`REL-2 REL-3 REL-10 P12 P22 ${RELOADS} reloads of file, ConfigMap and control plane under load: no request fails, none sees half a change, what is invalid is reported and without effect, and nothing is left over`, {
  timeout: 300_000 + RELOADS * 2_000,
}, async () => {
  await using bed = await startGatewayBed();
  const driver = new ReloadDriver(bed);
  await reloadUnderLoad(bed, driver, WARM_UP);
  const resourcesBefore = await leastResources(IDLE_MS);
  const heapBefore = heapUsed();
  const before = { ...driver.counts };

  const { requests, seconds, ...found } = await reloadUnderLoad(bed, driver, RELOADS);

  const heapAfter = heapUsed();
  const resourcesAfter = await leastResources(IDLE_MS, resourcesBefore);
  const [applied, refused] = [
    driver.counts.applied - before.applied,
    driver.counts.refused - before.refused,
  ];
  const heap = `${toMiB(heapBefore)}->${toMiB(heapAfter)}MiB`;
  const counts = `applied=${applied} refused=${refused} requests=${requests}`;
  console.log(`RELOADS reloads=${RELOADS} ${counts} heap=${heap} in ${seconds} s`);
  expect(driver.faults).toEqual([]);
  expect(found).toEqual({ failed: [], torn: [], stale: [] });
  expect(refused).toBe(Math.floor(RELOADS / 10));
  expect(requests).toBeGreaterThan(CONNECTIONS);
  expect(resourcesAfter).toEqual(resourcesBefore);
  expect(heapAfter).toBeLessThan(heapBefore * 1.2);
  const audited = await auditedEvents(bed.auditFile);
  expect(audited.get("config_change")).toBe(driver.counts.applied);
  expect(audited.get("config_reload_failed")).toBeGreaterThanOrEqual(driver.counts.refused);
});

test("BOOT-2 a gateway whose configuration is invalid at start says all that is wrong, and leaves nothing open", async () => {
  const folder = await mkdtemp(join(tmpdir(), "llmcfg-reloads-"));
  const file = join(folder, "gateway.json");
  const server = { port: "none", shutdown_timeout: 5 };
  await writeFile(file, JSON.stringify({ server, routing: { enable_caching: "perhaps" } }));
  const before = await leastResources(SHORT_IDLE_MS);

  const refusal: unknown = await startGateway({ file }).catch((error: unknown) => error);

  const findings = refusal instanceof ConfigValidationError ? refusal.report.errors : [];
  expect(findings.map(({ path }) => path)).toEqual(
    expect.arrayContaining(["server.port", "server.shutdown_timeout", "routing.enable_caching"]),
  );
  expect(await leastResources(SHORT_IDLE_MS, before)).toEqual(before);
  await rm(folder, { recursive: true });
});

describe("the check itself finds what is wrong (negative controls)", () => {
  const shown: Shown = { version: 2, file: 1, model: 1, map: 5, pair: 5, plane: 7, rules: 7 };
  const answer: Answered = { versionAtStart: 2, shown, failure: undefined };
  const states = new Map([[2, { file: 1, map: 5, plane: 7 }]]);

  test.each([
    ["a failed request", { ...answer, shown: undefined, failure: "502" }, "failed"],
    ["half of a file", { ...answer, shown: { ...shown, model: 2 } }, "torn"],
    ["half of a ConfigMap", { ...answer, shown: { ...shown, pair: 4 } }, "torn"],
    ["half of a commit", { ...answer, shown: { ...shown, rules: 6 } }, "torn"],
    ["a whole state of another version", { ...answer, shown: { ...shown, version: 3 } }, "torn"],
    ["an old version", { ...answer, versionAtStart: 3 }, "stale"],
  ] as const)("%s", (_what, bad, kind) => {
    expect(checkAnswers(states, [answer])).toEqual({ failed: [], torn: [], stale: [] });
    expect(checkAnswers(states, [bad])[kind]).toHaveLength(1);
  });

  test("a gateway that reads twice where it must read once is torn", async () => {
    await using bed = await startGatewayBed();
    const driver = new ReloadDriver(bed);
    const first = bed.gateway.config.snapshot();
    await driver.run(3); // one of each source
    const second = bed.gateway.config.snapshot();

    const torn = answerFrom(first, second);
    const whole = answerFrom(second, second);

    expect(checkAnswers(driver.states, [whole]).torn).toEqual([]);
    expect(checkAnswers(driver.states, [torn]).torn).toHaveLength(1);
  });

  test("an answer that does not show its state", () => {
    expect(parseShown("version=1; revision=2; rules=3; generation=4", "")).toBeUndefined();
  });
});

async function reloadUnderLoad({ gateway }: GatewayBed, driver: ReloadDriver, reloads: number) {
  const stop = new AbortController();
  const load = sendLoad({
    url: gateway.url,
    key: GATEWAY_KEY,
    connections: CONNECTIONS,
    thinkMs: 250,
    version: () => gateway.config.version,
    signal: stop.signal,
  });
  const startedAt = performance.now();
  try {
    await driver.run(reloads);
  } finally {
    stop.abort();
  }
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  const answers = await load;
  return { ...checkAnswers(driver.states, answers), requests: answers.length, seconds };
}

/** How many records of each event there are. */
async function auditedEvents(path: string): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const line of (await readFile(path, "utf8")).trim().split("\n")) {
    const { event } = JSON.parse(line) as { readonly event: string }; // what is recorded
    counts.set(event, (counts.get(event) ?? 0) + 1);
  }
  return counts;
}

/** What an answer shows whose first part was read from one snapshot and the rest from another. */
function answerFrom(first: GatewaySnapshot, rest: GatewaySnapshot): Answered {
  const from = answerHeaders({ snapshot: rest, revision: undefined })["x-gateway-config"] ?? "";
  const header = from.replace(/version=\d+/, `version=${first.version}`);
  const model = String(rest.config.providers[0]?.models[0]?.upstream_id);
  const shown = parseShown(header, `(${model}) heard`);
  return { versionAtStart: first.version, shown, failure: undefined };
}

function toMiB(bytes: number): number {
  return Math.round(bytes / 1_048_576);
}
