/**
 * Starts subjects and peers of a benchmark as direct children, and ends them.
 *
 * @module
 */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";

/** Subjects run on one core, what loads them on another. */
export const SUBJECT_CORE = 0;
export const LOAD_CORE = 1;

export interface StartOptions {
  /** It is ready at once, not at its first line. */
  readonly isSilent?: boolean;
  readonly core?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Opens a channel for messages: `child.send`. */
  readonly hasChannel?: boolean;
}

export interface Started extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly firstLine: string;
  /** The lines after the first one. Read by one reader. */
  readonly lines: AsyncIterator<string>;
}

const READY_MS = 180_000; // a thousand applications on a busy machine
const END_MS = 10_000;

/** Resolves at the first line of stdout, or at once where `isSilent`. */
export async function start(
  file: string,
  args: readonly string[],
  options: StartOptions = {},
): Promise<Started> {
  const isPinned = options.core !== undefined && has("taskset");
  const command = isPinned ? "taskset" : file;
  const all = isPinned ? ["-c", String(options.core), file, ...args] : [...args];
  const child = spawn(command, all, {
    stdio: ["ignore", "pipe", "inherit", ...(options.hasChannel === true ? ["ipc" as const] : [])],
    env: { ...process.env, ...options.env },
  });
  const exited = once(child, "exit");
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill); // nothing outlives the benchmark
  const end = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
    const killing = setTimeout(() => child.kill("SIGKILL"), END_MS);
    await exited;
    clearTimeout(killing);
    process.off("exit", kill);
  };
  try {
    const lines = linesOf(child);
    const firstLine = options.isSilent === true ? "" : await nextLine(lines, file);
    return { child, pid: child.pid ?? 0, firstLine, lines, [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** A program of the benchmark itself, in TypeScript; finds the packages' sources. */
export function startScript(
  file: string,
  args: readonly string[],
  options: StartOptions = {},
): Promise<Started> {
  return start(process.execPath, ["--conditions=@llmcfg/source", file, ...args], options);
}

/** The next line. @throws {Error} where the program ends or says nothing for three minutes */
export async function nextLine(lines: AsyncIterator<string>, file: string): Promise<string> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), READY_MS);
  const silence = once(late.signal, "abort").then(() => {
    throw new Error(`${file} said nothing for ${READY_MS / 1_000} s`);
  });
  silence.catch(() => {}); // nobody waits for it once there is a line
  try {
    const next = await Promise.race([lines.next(), silence]);
    if (next.done === true) throw new Error(`${file} ended early`);
    return next.value;
  } finally {
    clearTimeout(timer);
  }
}

function linesOf({ stdout }: ChildProcess): AsyncIterator<string> {
  if (stdout === null) throw new TypeError("stdout is a pipe");
  return createInterface({ input: stdout })[Symbol.asyncIterator]();
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
