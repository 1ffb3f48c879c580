/**
 * An open-loop HTTP/1.1 load: requests are due at even distances, whatever became of those before.
 * One that finds every connection busy waits, and its wait counts.
 *
 * @module
 */

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setImmediate } from "node:timers";
import { Latencies } from "./latencies.ts";
import type { OpenLoad, OpenLoopReport } from "./open-loop.ts";

const load = JSON.parse(process.argv[2] ?? "") as OpenLoad; // what `loadOpenLoop` gives
const { hostname, port, pathname } = new URL(load.url);
const total = Math.max(1, Math.round(load.perSecond * load.seconds));
const latencies = new Latencies();
const lateness = new Latencies();

const lines = Object.entries(load.headers).map(([name, value]) => `${name}: ${value}\r\n`);
const request = `GET ${pathname} HTTP/1.1\r\nHost: ${hostname}:${port}\r\n${lines.join("")}\r\n`;
const idle: Socket[] = [];
const dueAt = new WeakMap<Socket, number>();

for (let i = 0; i < load.connections; i++) idle.push(await openConnection());
console.log("ready");
const startedAt = performance.now() + 100;
let sent = 0;
let answered = 0;
pump();

/** Sends what is due. Runs in every turn of the event loop: a timer would be up to 1 ms late. */
function pump(): void {
  sendDue();
  if (answered < total) setImmediate(pump);
  else finish();
}

function sendDue(): void {
  for (;;) {
    const due = startedAt + (sent / load.perSecond) * 1_000;
    const now = performance.now();
    if (sent >= total || due > now) return;
    const socket = idle.shift();
    if (socket === undefined) return;
    lateness.record(now - due);
    dueAt.set(socket, due);
    socket.write(request);
    sent++;
  }
}

async function openConnection(): Promise<Socket> {
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await once(socket, "connect");
  let received: Buffer = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    if (!isWhole(received)) return;
    received = Buffer.alloc(0);
    latencies.record(performance.now() - (dueAt.get(socket) ?? 0));
    answered++;
    idle.push(socket);
  });
  socket.on("close", () => fail("a connection ended"));
  return socket;
}

/** Whether all of an answer is there: 200 with a body as long as it has to be. */
function isWhole(received: Buffer): boolean {
  const head = received.indexOf("\r\n\r\n");
  if (head < 0) return false;
  if (received.toString("latin1", 0, 13) !== "HTTP/1.1 200 ")
    fail(received.toString("latin1", 0, head));
  const length = received.length - head - 4;
  if (length > load.bodyBytes) fail(`an answer has ${length} bytes, not ${load.bodyBytes}`);
  return length === load.bodyBytes;
}

function finish(): void {
  const report: OpenLoopReport = {
    requests: answered,
    latencies: latencies.buckets(),
    lateness: lateness.buckets(),
  };
  process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0));
}

function fail(why: string): never {
  console.error(`${load.url}: ${why}`);
  process.exit(1);
}
