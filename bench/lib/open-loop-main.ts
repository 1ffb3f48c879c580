/**
 * An open-loop HTTP/1.1 load: requests are due at even distances, whatever became of those before.
 * One that finds every connection busy waits, and its wait counts.
 *
 * What this program does in a turn is in every latency it reports, so it allocates next to nothing
 * per request, and runs at its pace for a while before it counts: its own compiling and first
 * collections would be tens of milliseconds that no server took.
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
const intervalMs = 1_000 / load.perSecond;
const uncounted = Math.round(load.perSecond * load.warmUpSeconds);
const total = uncounted + Math.max(1, Math.round(load.perSecond * load.seconds));
const latencies = new Latencies();
const lateness = new Latencies();

const lines = Object.entries(load.headers).map(([name, value]) => `${name}: ${value}\r\n`);
const request = Buffer.from(
  `GET ${pathname} HTTP/1.1\r\nHost: ${hostname}:${port}\r\n${lines.join("")}\r\n`,
);
const OK = Buffer.from("HTTP/1.1 200 ");
const HEAD_END = Buffer.from("\r\n\r\n");
const RECEIVE_BYTES = 65_536; // no answer here is larger

/** One connection, with at most one request under way. */
interface Connection {
  readonly socket: Socket;
  readonly received: Buffer;
  receivedBytes: number;
  /** When the request under way was due, and which one it is. */
  dueAt: number;
  index: number;
  /** Since when it could have sent. */
  idleSince: number;
}

const idle: Connection[] = [];
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
    const due = startedAt + sent * intervalMs;
    const now = performance.now();
    if (sent >= total || due > now) return;
    const connection = idle.pop();
    if (connection === undefined) return;
    if (sent >= uncounted) lateness.record(now - Math.max(due, connection.idleSince));
    connection.dueAt = due;
    connection.index = sent++;
    connection.socket.write(request);
  }
}

async function openConnection(): Promise<Connection> {
  const chunk = Buffer.alloc(RECEIVE_BYTES);
  const onread = {
    buffer: chunk,
    callback: (length: number) => {
      receive(connection, chunk, length);
      return true;
    },
  };
  const socket = connect({ host: hostname, port: Number(port), noDelay: true, onread });
  await once(socket, "connect");
  socket.on("close", () => fail("a connection ended"));
  const received = Buffer.alloc(RECEIVE_BYTES);
  const connection = { socket, received, receivedBytes: 0, dueAt: 0, index: 0, idleSince: 0 };
  return connection;
}

function receive(connection: Connection, chunk: Buffer, length: number): void {
  chunk.copy(connection.received, connection.receivedBytes, 0, length);
  connection.receivedBytes += length;
  if (!isWhole(connection)) return;
  const now = performance.now();
  if (connection.index >= uncounted) latencies.record(now - connection.dueAt);
  connection.receivedBytes = 0;
  connection.idleSince = now;
  answered++;
  idle.push(connection);
}

/** Whether all of an answer is there: 200 with a body as long as it has to be. */
function isWhole({ received, receivedBytes }: Connection): boolean {
  const head = received.indexOf(HEAD_END);
  if (head < 0 || head >= receivedBytes) return false;
  if (received.compare(OK, 0, OK.length, 0, OK.length) !== 0)
    fail(received.toString("latin1", 0, head));
  const length = receivedBytes - head - HEAD_END.length;
  if (length > load.bodyBytes) fail(`an answer has ${length} bytes, not ${load.bodyBytes}`);
  return length === load.bodyBytes;
}

function finish(): void {
  const report: OpenLoopReport = {
    requests: total - uncounted,
    latencies: latencies.buckets(),
    lateness: lateness.buckets(),
  };
  process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0));
}

function fail(why: string): never {
  console.error(`${load.url}: ${why}`);
  process.exit(1);
}
