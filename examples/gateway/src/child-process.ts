import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { execPath } from "node:process";
import { createInterface } from "node:readline";
import { isJsonObject, type Json, type JsonObject } from "@llmcfg/core";
import { ProgramError } from "./run-program.ts";

export interface ChildOptions {
  /** What it is called in messages. */
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** With a channel, so that it can see this process end. */
  readonly hasChannel?: boolean;
}

export interface RunningChild extends AsyncDisposable {
  /** The line of JSON that it wrote when it was ready. */
  readonly ready: JsonObject;
  /** Settles when it ends, whoever ended it. */
  readonly ended: Promise<void>;
}

/** How long a child has to end by itself once it is asked to, in milliseconds. */
const END_TIMEOUT_MS = 10_000;

/** Starts Node with these arguments, and waits until the process says that it is ready. */
export async function startChild(options: ChildOptions): Promise<RunningChild> {
  const stdio = ["ignore", "pipe", "inherit", ...(options.hasChannel === true ? ["ipc"] : [])];
  const child = spawn(execPath, options.args, { env: options.env, stdio: stdio as never[] }); // typed by position
  const ended = once(child, "exit").then(() => undefined);
  try {
    const ready = await firstLine(child, options.name);
    return { ready, ended, [Symbol.asyncDispose]: () => end(child, ended) };
  } catch (error) {
    await end(child, ended);
    throw error;
  }
}

async function firstLine({ stdout }: ChildProcess, name: string): Promise<JsonObject> {
  if (stdout === null) throw new TypeError("its output is not read");
  for await (const line of createInterface({ input: stdout })) {
    stdout.resume(); // what it writes from now on is of no interest, but must not fill the pipe
    const value = JSON.parse(line) as Json; // what JSON.parse gives
    if (isJsonObject(value)) return value;
  }
  throw new ProgramError(`${name} ended before it was ready`);
}

async function end(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), END_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}
