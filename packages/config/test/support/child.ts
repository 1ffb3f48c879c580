import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { until } from "./until.ts";

/** A process that runs the library; it is killed at the end of its scope. */
export class Child implements AsyncDisposable {
  readonly lines: string[] = [];
  readonly #process: ChildProcess;
  readonly #ended: Promise<void>;

  constructor(script: string, ...args: readonly string[]) {
    const path = join(import.meta.dirname, script);
    const stdio = ["ignore", "pipe", "pipe"] as const;
    const child = spawn(process.execPath, ["--conditions=@llmcfg/source", path, ...args], {
      stdio: [...stdio],
    });
    this.#process = child;
    this.#ended = new Promise((resolve) => child.once("close", () => resolve()));
    for (const stream of [child.stdout, child.stderr])
      createInterface(stream).on("line", (line) => this.lines.push(line));
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  async said(start: string): Promise<string> {
    const found = () => this.lines.find((line) => line.startsWith(start));
    const hasEnded = () => this.#process.exitCode !== null || this.#process.signalCode !== null;
    await until(
      `the line ${start} in ${this.lines.join(" | ")}`,
      () => found() !== undefined || hasEnded(),
      20_000,
    );
    const line = found();
    if (line === undefined) throw new Error(`it ended: ${this.lines.join(" | ")}`);
    return line;
  }

  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
