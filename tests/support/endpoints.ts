/**
 * Finds the servers that tests run against: one that is named, one that is installed, or a fake.
 *
 * A test that needs a server prints what it got, so that nobody takes a fake for the real thing.
 *
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** A server that answers, with a folder of its own that goes with it. */
export interface Endpoint extends AsyncDisposable {
  readonly name: string;
  readonly isReal: boolean;
  readonly url: string;
}

const SERVICES = process.env["SERVICES_DIR"] ?? join(homedir(), ".cache/llmcfg-services");

/** Path of a program: of `tools/services` first, else of the machine. */
export function executable(name: string): string | undefined {
  const folders = [join(SERVICES, "bin"), ...(process.env["PATH"] ?? "").split(delimiter)];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** `LLMCFG_TEST_<NAME>_URL`: a server that runs already. */
export function namedUrl(name: string): string | undefined {
  return process.env[`LLMCFG_TEST_${name.toUpperCase().replaceAll("-", "_")}_URL`];
}

/** Says what a test runs against: `endpoint consul: real consul 1.14.11 http://127.0.0.1:8500`. */
export function announce({ name, isReal, url }: Endpoint, about: string): void {
  const what = isReal ? `real ${about} ${url}` : `FAKE (${about})`;
  process.stdout.write(`endpoint ${name}: ${what}\n`);
}

export interface ServerOptions {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Runs as this user and group. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** Resolves when the server answers; throws while it does not. */
  readonly ready: () => Promise<void>;
  readonly stopSignal?: NodeJS.Signals;
}

export interface RunningServer extends AsyncDisposable {
  readonly child: ChildProcess;
}

const READY_MS = 60_000;
const STOP_MS = 10_000;

/** Starts a server as a direct child and resolves once it answers. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { file, args, env, cwd, owner, stopSignal = "SIGTERM" } = options;
  const child = spawn(file, args, {
    stdio: ["ignore", "ignore", "pipe"],
    ...(cwd === undefined ? {} : { cwd }),
    env: { PATH: process.env["PATH"] ?? "", ...env },
    ...owner,
  });
  const exited = once(child, "exit");
  let last = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    last = (last + text).slice(-2_000);
  });
  const stop = async () => {
    const isGone = () => child.exitCode !== null || child.signalCode !== null;
    if (isGone()) return;
    child.kill(stopSignal);
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    await exited;
    clearTimeout(timer);
  };
  try {
    await untilReady(options.ready, () => {
      if (child.exitCode !== null) throw new Error(`${file} ended before it was ready: ${last}`);
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { child, [Symbol.asyncDispose]: stop };
}

/** Asks until it succeeds. */
export async function untilReady(
  ready: () => Promise<void>,
  check: () => void = () => {},
): Promise<void> {
  const deadline = performance.now() + READY_MS;
  for (;;) {
    check();
    try {
      await ready();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((wake) => setTimeout(wake, 50));
    }
  }
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

/** A folder that is removed again. */
export async function workFolder(
  name: string,
): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), `llmcfg-${name}-`));
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 5 }),
  };
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
