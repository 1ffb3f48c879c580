/**
 * Starts subjects and peers of a benchmark as direct children, and ends them.
 *
 * @module
 */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";

export interface Started extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly firstLine: string;
}

/** Resolves at the first line of stdout, or at once where `isSilent`. */
export async function start(
  file: string,
  args: readonly string[],
  options: { readonly isSilent?: boolean; readonly core?: number } = {},
): Promise<Started> {
  const isPinned = options.core !== undefined && has("taskset");
  const command = isPinned ? "taskset" : file;
  const all = isPinned ? ["-c", String(options.core), file, ...args] : [...args];
  const child = spawn(command, all, { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  let firstLine = "";
  if (options.isSilent !== true) {
    const lines = createInterface({ input: child.stdout });
    firstLine = await Promise.race([
      once(lines, "line").then(([line]) => String(line)),
      exited.then(() => {
        throw new Error(`${file} ended before it was ready`);
      }),
    ]);
  } else {
    child.stdout.resume();
  }
  return {
    child,
    firstLine,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
      await exited;
    },
  };
}

export function has(program: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
}

/** A TCP port of loopback that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new TypeError("it listens on TCP");
  return address.port;
}

/** Waits until an address answers. */
export async function untilAnswers(url: string, init: RequestInit = {}): Promise<void> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    try {
      await (await fetch(url, init)).arrayBuffer();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((wake) => setTimeout(wake, 50));
    }
  }
}
