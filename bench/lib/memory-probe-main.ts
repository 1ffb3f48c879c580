/**
 * Loaded before a server, with `--import` and `--expose-gc`: answers each message with what the
 * process holds once garbage is gone. The server itself is as shipped.
 *
 * @module
 */

import { setTimeout as wait } from "node:timers/promises";

process.on("message", () => void answer());
process.channel?.unref(); // a server ends when it wants to

async function answer(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.();
    await wait(50); // what finalizers let go is garbage of the next one
  }
  process.send?.(process.memoryUsage());
}
