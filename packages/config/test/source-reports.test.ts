import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { SourceReports } from "../src/reload/source-reports.ts";
import { manage } from "./support/manage.ts";
import { ManualClock } from "./support/manual-clock.ts";
import { MemorySource } from "./support/memory-source.ts";
import { until } from "./support/until.ts";

test("LCS-3 after each reload, also an unchanged one, a source hears whether its revision is applied", async () => {
  await using managed = await manage({ server: { host: "one" } });
  const { manager, source } = managed;

  await manager.reload();
  source.put({ server: { host: "two" } });
  await manager.reload();
  await until("the reports", () => source.outcomes.length >= 3);

  const [one, two] = ["one", "two"].map((host) => sha256(JSON.stringify({ server: { host } })));
  expect(source.outcomes).toEqual([
    { result: "applied", revision: "1", hash: one },
    { result: "applied", revision: "1", hash: one },
    { result: "applied", revision: "2", hash: two },
  ]);
});

test("LCS-3 a refused revision is told with path and reason, and the mended one as applied", async () => {
  await using managed = await manage({ server: { host: "one" } });
  const { manager, source } = managed;

  source.put({ server: { prot: 1 } });
  await manager.reload();
  await until("the refusal", () => source.outcomes.length === 2);
  source.put({ server: { host: "one" } });
  await manager.reload();
  await until("the mending", () => source.outcomes.length === 3);

  expect(source.outcomes[1]).toEqual({
    result: "refused",
    revision: "2",
    path: "server.prot",
    pointer: "/server/prot",
    reason: 'unknown key; did you mean "port"?',
  });
  expect(source.outcomes[2]).toMatchObject({ result: "applied", revision: "3" });
});

test("LCS-3 a revision that spells the same configuration is applied, though nothing changed", async () => {
  await using managed = await manage({ server: { host: "one" } });
  const { manager, source } = managed;
  source.put({ server: { host: "one", port: 8080 } });

  const result = await manager.reload();
  await until("the report", () => source.outcomes.length === 2);

  expect(result.status).toBe("unchanged");
  expect(source.outcomes[1]).toMatchObject({ result: "applied", revision: "2" });
});

test("LCS-3 a reload that fails for another source's sake refuses the new revision, and confirms the old one", async () => {
  await using managed = await manage({ server: { host: "one" } }, { variables: {} });
  const { manager, source } = managed;
  const refused = await manager.set({ server: { port: 0 } });
  await until("the report", () => source.outcomes.length === 2);

  expect(refused.status).toBe("rejected");
  expect(source.outcomes[1]).toMatchObject({ result: "applied", revision: "1" });
});

test("LCS-3 a source that takes long gets the newest report next, and one that fails disturbs nobody", async () => {
  const clock = new ManualClock();
  await using reports = new SourceReports(clock);
  const source = new MemorySource({});
  const told: string[] = [];
  const gate = Promise.withResolvers<void>();
  source.report = async (outcome) => {
    told.push(outcome.revision ?? "");
    if (outcome.revision === "1") await gate.promise;
    if (outcome.revision === "4") throw new Error("away");
  };

  for (const revision of ["1", "2", "3", "4"])
    reports.report(source, { result: "applied", revision, hash: "" });
  gate.resolve();
  await until("the newest", () => reports.failures === 1);
  reports.report(source, { result: "applied", revision: "5", hash: "" });
  await until("the next", () => told.length === 3);

  expect(told).toEqual(["1", "4", "5"]);
});

test("LCS-3 a source that never takes a report is given up after a while", async () => {
  const clock = new ManualClock();
  const reports = new SourceReports(clock);
  const source = new MemorySource({});
  source.report = () => new Promise(() => {});

  reports.report(source, { result: "applied", hash: "" });
  await until("the time limit", () => clock.pending === 1);
  clock.advance(10_000);
  await reports[Symbol.asyncDispose]();

  expect(reports.failures).toBe(1);
});

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
