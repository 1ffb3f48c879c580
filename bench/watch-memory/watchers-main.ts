/**
 * Many open event streams in one process, each a bare socket. Counts in how many of them a revision
 * has arrived.
 *
 * @module
 */

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { monotonicMs } from "../lib/monotonic.ts";
import type { Arrived, StreamsOptions } from "./watchers.ts";

const options = JSON.parse(process.argv[2] ?? "") as StreamsOptions; // what `openStreams` gives
const { addr, token, path, count, localAddress } = options;
const { hostname, port, host } = new URL(addr);
const AT_ONCE = 100;
const HEAD =
  `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\n` +
  "Accept: text/event-stream\r\n\r\n";
/** An event that is a change; a heartbeat has an `id` too. */
const CHANGE = /id: (\d+)\nevent: message\ndata: \{[^\n]*"type":"config\.changed"[^\n]*\}\n\n/g;

const times = new Map<number, number[]>();
const streams: Socket[] = [];
for (let opened = 0; opened < count; opened += AT_ONCE) {
  const some = Math.min(AT_ONCE, count - opened);
  streams.push(...(await Promise.all(Array.from({ length: some }, openStream))));
}
console.log("ready");
await once(process, "SIGTERM");
for (const stream of streams) stream.removeAllListeners("close").destroy();

/** Resolves when the stream has begun: its first event, a heartbeat, is there. */
async function openStream(): Promise<Socket> {
  const socket = connect({ host: hostname, port: Number(port), localAddress });
  const begun = Promise.withResolvers<void>();
  let text = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    if (!text.endsWith("\n\n")) return; // an event is not whole yet
    if (text.startsWith("HTTP/1.1") && !text.startsWith("HTTP/1.1 200 ")) fail(text);
    if (text.includes('"type":"heartbeat"')) begun.resolve();
    for (const [, revision] of text.matchAll(CHANGE)) note(Number(revision));
    text = "";
  });
  socket.on("error", (error) => fail(error.message));
  socket.on("close", () => fail("a stream ended"));
  socket.write(HEAD);
  await begun.promise;
  return socket;
}

function note(revision: number): void {
  const all = times.get(revision) ?? [];
  times.set(revision, all);
  all.push(monotonicMs());
  if (all.length < count) return;
  times.delete(revision);
  const arrived: Arrived = { revision, arrivedAtMs: all };
  console.log(JSON.stringify(arrived));
}

function fail(why: string): never {
  console.error(`${addr}${path}: ${why}`);
  process.exit(1);
}
