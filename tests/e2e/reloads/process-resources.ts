/**
 * What this process holds on to.
 *
 * @module
 */

import { readdirSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type OpenSocket, openSockets } from "./open-sockets.ts";

/** How many there are of each kind: `descriptor /etc/hosts`, `socket to 127.0.0.1:7420`, `FSEventWrap`. */
export type Resources = Readonly<Record<string, number>>;

const STEP_MS = 100;

/**
 * Of each kind the least that is seen in a while. Connections that a pool keeps for the next request
 * are closed once they have been idle for long enough; what leaks stays for ever. So the window has
 * to be longer than the patience of every pool: then no number is left to tolerance.
 *
 * @param windowMs how long it looks; no longer, if before that nothing more is there than `expected`
 */
export async function leastResources(windowMs: number, expected?: Resources): Promise<Resources> {
  const least = countResources();
  for (let waited = 0; waited < windowMs && !isAll(least, expected); waited += STEP_MS) {
    await sleep(STEP_MS);
    const now = countResources();
    for (const name of least.keys()) {
      least.set(name, Math.min(least.get(name) ?? 0, now.get(name) ?? 0));
    }
  }
  return Object.fromEntries([...least].filter(([, count]) => count > 0));
}

function isAll(least: ReadonlyMap<string, number>, expected: Resources | undefined): boolean {
  if (expected === undefined) return false;
  return [...least].every(([name, count]) => count <= (expected[name] ?? 0));
}

function countResources(): Map<string, number> {
  const counts = new Map<string, number>();
  const lasting = process.getActiveResourcesInfo().filter((name) => LASTING.test(name));
  for (const name of [...lasting, ...openDescriptors()]) {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** Kinds of open descriptors: files by their paths, sockets by whom they lead to. */
function openDescriptors(): readonly string[] {
  const sockets = openSockets();
  return readdirSync("/proc/self/fd").flatMap((number) => {
    try {
      return nameOf(readlinkSync(`/proc/self/fd/${number}`), sockets);
    } catch {
      return []; // closed meanwhile, as that of the folder itself
    }
  });
}

function nameOf(target: string, sockets: ReadonlyMap<string, OpenSocket>): string {
  const socket = sockets.get(/^socket:\[(\d+)\]$/.exec(target)?.[1] ?? "");
  if (socket === undefined) return `descriptor ${target.replace(/\[\d+\]$/, "")}`;
  const { role, address } = socket;
  return `socket ${role} ${address}`;
}

/** Not timers and not work under way, which are of the moment. */
const LASTING = /^(FSEvent|TCP|TLS|Pipe|Process|MessagePort|Worker|StatWatcher)/;

/** Bytes in use once everything that nobody holds is gone. */
export function heapUsed(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void; // what the flag gives
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
