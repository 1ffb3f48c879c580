/**
 * Starts the product's own programs as a user would: as processes, with folders of their own.
 *
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";

const ROOT = resolve(import.meta.dirname, "../..");

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A home of its own: no settings, caches or running servers of the user are seen. */
export interface Home extends AsyncDisposable {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

export async function makeHome(): Promise<Home> {
  const folder = await mkdtemp(join(tmpdir(), "llmcfg-home-"));
  return {
    folder,
    env: {
      PATH: [join(ROOT, "node_modules/.bin"), dirname(process.execPath), process.env["PATH"]].join(
        delimiter,
      ),
      HOME: folder,
      XDG_CONFIG_HOME: join(folder, "config"),
      XDG_CACHE_HOME: join(folder, "cache"),
      XDG_STATE_HOME: join(folder, "state"),
      XDG_RUNTIME_DIR: join(folder, "run"),
      TMPDIR: folder,
      NODE_COMPILE_CACHE: join(tmpdir(), "llmcfg-test-compile-cache"),
      LLMCFG_NO_UPDATE_CHECK: "1",
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}

export interface RunOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string;
  readonly timeoutMs?: number;
}

/** Runs a shell command line to its end; stdout and stderr are no terminals. */
export async function run(command: string, options: RunOptions): Promise<Finished> {
  const child = spawn("bash", ["-c", command], {
    env: options.env,
    cwd: options.cwd ?? options.env["HOME"],
    stdio: ["pipe", "pipe", "pipe"],
    timeout: options.timeoutMs ?? 30_000,
  });
  child.stdin.on("error", () => {}); // of one that ended without reading it
  child.stdin.end(options.input ?? "");
  const [stdout, stderr, code] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    once(child, "close").then(([exit]) => exit as number | null), // what `close` gives
  ]);
  return { code, stdout, stderr };
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  stream.setEncoding("utf8");
  let text = "";
  for await (const chunk of stream) text += String(chunk);
  return text;
}

export interface RunningProgram extends AsyncDisposable {
  readonly child: ChildProcess;
  /** The first line of stdout. */
  readonly firstLine: string;
  /** All lines of stdout so far. */
  readonly lines: readonly string[];
  readonly stderr: () => string;
  /** Waits for a line that fits. */
  waitForLine(fits: (line: string) => boolean, timeoutMs?: number): Promise<string>;
  /** Ends it with a signal and gives the exit code, or the signal's. */
  stop(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
}

/** Starts a program and resolves once it has written its first line to stdout. */
export async function start(
  file: string,
  args: readonly string[],
  options: RunOptions,
): Promise<RunningProgram> {
  const child = spawn(file, args, {
    env: options.env,
    cwd: options.cwd ?? options.env["HOME"],
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(child, "exit");
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const tell = () => {
    for (const wake of waiting) wake();
  };
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    tell();
  });
  child.on("exit", tell);

  const waitForLine = async (
    fits: (line: string) => boolean,
    timeoutMs = options.timeoutMs ?? 20_000,
  ): Promise<string> => {
    const deadline = AbortSignal.timeout(timeoutMs);
    for (;;) {
      const found = lines.find(fits);
      if (found !== undefined) return found;
      if (child.exitCode !== null || deadline.aborted) {
        throw new Error(
          `no such line from ${file} ${args.join(" ")}:\n${lines.join("\n")}\n${stderr}`,
        );
      }
      await new Promise<void>((resolveWait) => {
        const wake = () => {
          waiting.delete(wake);
          deadline.removeEventListener("abort", wake);
          resolveWait();
        };
        waiting.add(wake);
        deadline.addEventListener("abort", wake, { once: true });
      });
    }
  };
  const stop = async (signal: NodeJS.Signals = "SIGTERM") => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await exited;
    return child.exitCode ?? child.signalCode;
  };
  try {
    const firstLine = await waitForLine(() => true);
    return {
      child,
      firstLine,
      lines,
      stderr: () => stderr,
      waitForLine,
      stop,
      [Symbol.asyncDispose]: async () => {
        await stop();
      },
    };
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
}

/** What `llmcfg dev -o json` says of itself. */
export interface DevServer extends RunningProgram {
  readonly url: string;
  readonly token: string;
}

/** `llmcfg dev`, as a process of its own. */
export async function startDev(home: Home, ...args: readonly string[]): Promise<DevServer> {
  const program = await start("llmcfg", ["dev", "-o", "json", ...args], { env: home.env });
  const { url, token } = JSON.parse(program.firstLine) as { url: string; token: string };
  return { ...program, url, token };
}
