/**
 * What this process holds on to.
 *
 * @module
 */

import { readdirSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const WINDOW_MS = 8_000; // idle connections are closed within 5 s
const STEP_MS = 100;

/**
 * Counts of open descriptors, watchers, sockets and servers. Of each the least that is seen in a
 * while: connections come and go by themselves, what leaks stays.
 */
export async function leastResources(): Promise<Readonly<Record<string, number>>> {
  const least = countResources();
  for (let waited = 0; waited < WINDOW_MS; waited += STEP_MS) {
    await sleep(STEP_MS);
    const now = countResources();
    for (const name of least.keys()) {
      least.set(name, Math.min(least.get(name) ?? 0, now.get(name) ?? 0));
    }
  }
  return Object.fromEntries([...least].filter(([, count]) => count > 0));
}

function countResources(): Map<string, number> {
  const counts = new Map<string, number>();
  const lasting = process.getActiveResourcesInfo().filter((name) => LASTING.test(name));
  for (const name of [...lasting, ...openDescriptors()]) {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** Kinds of open descriptors, files by their paths: `descriptor socket:`, `descriptor /etc/hosts`. */
function openDescriptors(): readonly string[] {
  return readdirSync("/proc/self/fd").flatMap((number) => {
    try {
      return `descriptor ${readlinkSync(`/proc/self/fd/${number}`).replace(/\[\d+\]$/, "")}`;
    } catch {
      return []; // closed meanwhile, as that of the folder itself
    }
  });
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
