import { setFlagsFromString } from "node:v8";

/** How often a function or loop runs before V8 compiles it for speed: ten times its own defaults. */
const THRESHOLDS = {
  "invocation-count-for-maglev": 4_000,
  "invocation-count-for-maglev-osr": 1_000,
  "invocation-count-for-turbofan": 30_000,
  "invocation-count-for-osr": 5_000,
} as const;

/** V8 complains on stderr of a flag that it does not know, and other releases may have others. */
const KNOWS_FLAGS = "26.";

/**
 * Makes V8 ready for a process that runs for less than a second: what it would do to be fast later is
 * over before it pays. A long run still comes to be compiled, and to be cleaned up, at once then.
 */
export function runShortly(): void {
  if (!process.versions.node.startsWith(KNOWS_FLAGS)) return;
  for (const [name, count] of Object.entries(THRESHOLDS)) setFlagsFromString(`--${name}=${count}`);
  setFlagsFromString("--no-incremental-marking");
}
