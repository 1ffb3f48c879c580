import { once } from "node:events";
import { createServer } from "node:http";
import { expect, test } from "vitest";
import { COMMANDS } from "../src/commands.ts";
import { runProgram } from "../src/run-program.ts";
import { type RecordingIo, recordingIo } from "./recording-io.ts";

const HOUR_MS = 3_600_000;

test("--since 1h asks for what happened from an hour ago on, --until takes an instant as it is", async () => {
  await using server = await recordServer();
  const io = ioAt(server.url);
  const beforeMs = Date.now();

  await query(io, "--since", "1h", "--until", "2026-11-22T10:00:00Z");

  const asked = new URL(server.asked[0] ?? "", server.url).searchParams;
  const sinceMs = Date.parse(asked.get("since") ?? "");
  expect(sinceMs).toBeGreaterThanOrEqual(beforeMs - HOUR_MS);
  expect(sinceMs).toBeLessThanOrEqual(Date.now() - HOUR_MS);
  expect(asked.get("until")).toBe("2026-11-22T10:00:00Z");
});

test("a pipe shows the instant of an event, a terminal its age", async () => {
  await using server = await recordServer();
  const pipe = ioAt(server.url);
  const terminal = ioAt(server.url, 80);

  await query(pipe);
  await query(terminal);

  expect(pipe.printed.out).toContain(`\n${EVENT.at}  user:ada  config.write  `);
  expect(terminal.printed.out).toMatch(/\n\d+d +user:ada +config.write /);
});

const EVENT = {
  id: "ev_01KP1C1XJBFSFRN6XCQV7DY0G1",
  at: "2020-01-01T00:00:00.000Z",
  actor: "user:ada",
  action: "config.write",
  path: "production/ml-service/a",
  resource: null,
  outcome: "allowed",
  revision: 3,
};

/** Answers every request with one event, and remembers what was asked. */
async function recordServer() {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ items: [EVENT], nextCursor: null }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("it has no port");
  return {
    asked,
    url: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function ioAt(url: string, columns?: number): RecordingIo {
  const env = { LLMCFG_ADDR: url, LLMCFG_TOKEN: "llmcfg_sa_any", HOME: "/nowhere" };
  return recordingIo({ env, columns, isTerminal: columns !== undefined });
}

async function query(io: RecordingIo, ...flags: readonly string[]): Promise<void> {
  const program = { commands: COMMANDS, reserved: [], version: "9.9.9" };
  const code = await runProgram(["audit", "query", ...flags], io, program);
  if (code !== 0) throw new Error(io.printed.err);
}
