import { once } from "node:events";
import { join } from "node:path";
import { residentBytesOf } from "./process-usage.ts";
import type { Started } from "./programs.ts";

/** What a process holds, in bytes. */
export interface Memory {
  readonly resident: number;
  readonly heapUsed: number;
  /** Outside V8's heap: buffers and what is bound to objects. */
  readonly external: number;
}

/** For a process that {@link memoryOf} is to ask. */
export const PROBE_ARGS: readonly string[] = [
  "--expose-gc",
  "--import",
  join(import.meta.dirname, "memory-probe-main.ts"),
];

/** What the process holds after a full garbage collection. It needs a channel. */
export async function memoryOf({ child, pid }: Started): Promise<Memory> {
  const answered = once(child, "message", { signal: AbortSignal.timeout(60_000) });
  child.send("collect");
  const [usage] = (await answered) as [NodeJS.MemoryUsage]; // what the probe sends
  const { heapUsed, external } = usage;
  return { resident: residentBytesOf(pid), heapUsed, external };
}
