/**
 * What one server process holds for each of 10,000 open event streams.
 *
 * @module
 */

import { createClient } from "@llmcfg/client";
import type { Bench, Figure } from "../lib/bench.ts";
import { type DevServer, startDevServer } from "../lib/dev-server.ts";
import { Latencies } from "../lib/latencies.ts";
import { openFilesLimit } from "../lib/machine.ts";
import { type Memory, memoryOf, PROBE_ARGS } from "../lib/memory-probe.ts";
import { monotonicMs } from "../lib/monotonic.ts";
import { SUBJECT_CORE } from "../lib/programs.ts";
import { openStreams, type Streams } from "./watchers.ts";

const WATCHERS = 10_000;
const WARM_UP_WATCHERS = 200;
const GOAL_KIB = 40;
/** Files that a server has open beside its connections; generous. */
const OTHER_FILES = 500;

const NAMESPACE = { env: "staging", service: "ml-service" };
const PATH = `/v1/watch?env=${NAMESPACE.env}&service=${NAMESPACE.service}`;

export const watchMemory: Bench = {
  name: "watch-memory",
  smoke: async () => {
    const { delivered } = await watch(50, 10);
    return [`one change delivered to ${delivered.count} of 50 watchers`];
  },
  measure: async () => {
    const limit = openFilesLimit();
    if (limit < WATCHERS + OTHER_FILES) {
      const needed = `ulimit -n ${WATCHERS + OTHER_FILES}`;
      throw new Error(`${WATCHERS} connections need as many open files: ${needed} (now ${limit})`);
    }
    const watched = await watch(WATCHERS, WARM_UP_WATCHERS);
    const { before, connected, after, delivered } = watched;
    const raw = { watchers: WATCHERS, before, connected, after, delivered: delivered.buckets() };
    return { figures: toFigures(watched), raw };
  },
};

interface Watched {
  readonly watchers: number;
  readonly before: Memory;
  /** With every stream open. */
  readonly connected: Memory;
  /** With every stream open, after one change was delivered to all. */
  readonly after: Memory;
  /** From the write's request to each stream. */
  readonly delivered: Latencies;
}

async function watch(watchers: number, warmUp: number): Promise<Watched> {
  const options = { core: SUBJECT_CORE, nodeArgs: PROBE_ARGS, hasChannel: true };
  await using server = await startDevServer(options);
  await watchOnce(server, warmUp); // so that code and pools are not counted
  const before = await memoryOf(server);
  await using streams = await open(server, watchers);
  const connected = await memoryOf(server);
  const delivered = await deliver(server, streams, watchers);
  const after = await memoryOf(server);
  return { watchers, before, connected, after, delivered };
}

async function watchOnce(server: DevServer, count: number): Promise<void> {
  await using streams = await open(server, count);
  await deliver(server, streams, count);
}

function open({ url: addr, token }: DevServer, count: number): Promise<Streams> {
  return openStreams({ addr, token, path: PATH, count });
}

/** @throws {Error} where what arrives is not the write, in every stream */
async function deliver(
  { url: addr, token }: DevServer,
  streams: Streams,
  count: number,
): Promise<Latencies> {
  const client = createClient({ addr, token });
  const key = { ...NAMESPACE, key: "bench/memory" };
  const sentAtMs = monotonicMs();
  const { body } = await client.putConfig(key, { value: sentAtMs }, { confirm: true });
  const { revision, arrivedAtMs } = await streams.next();
  if (revision !== body.revision || arrivedAtMs.length !== count) {
    throw new Error(`r${revision} came ${arrivedAtMs.length} times, not r${body.revision}`);
  }
  const delivered = new Latencies();
  for (const at of arrivedAtMs) delivered.record(at - sentAtMs);
  return delivered;
}

function toFigures({ watchers, before, connected, after, delivered }: Watched): readonly Figure[] {
  const each = (of: keyof Memory, memory: Memory) => (memory[of] - before[of]) / watchers / 1_024;
  const about = { unit: "KiB", better: "lower" } as const;
  return [
    { name: "resident for each, connected", value: each("resident", connected), ...about },
    {
      name: "resident for each, after a change",
      value: each("resident", after),
      ...about,
      goal: GOAL_KIB,
    },
    { name: "V8 heap for each, after a change", value: each("heapUsed", after), ...about },
    {
      name: "p99 of a change to all",
      value: delivered.quantile(0.99),
      unit: "ms",
      better: "lower",
    },
  ];
}
