import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { LOAD_CORE } from "./programs.ts";

/** A request that is sent over and over. */
export interface Question {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly method?: "POST";
  readonly body?: string;
}

export interface Throughput {
  readonly requests: number;
  readonly perSecond: number;
}

const CONNECTIONS = 50;

/**
 * As many requests as get through (closed loop, one thread, 50 connections) by wrk on the load's core.
 *
 * @throws {Error} where an answer was not 2xx or a connection failed
 */
export async function loadByWrk(question: Question, seconds: number): Promise<Throughput> {
  const folder = await mkdtemp(join(tmpdir(), "llmcfg-wrk-"));
  try {
    const script = join(folder, "load.lua");
    const body = question.body === undefined ? "" : `wrk.body = [[${question.body}]]\n`;
    await writeFile(script, `wrk.method = "${question.method ?? "GET"}"\n${body}`);
    const headers = Object.entries(question.headers).flatMap(([k, v]) => ["-H", `${k}: ${v}`]);
    const limits = ["-t1", `-c${CONNECTIONS}`, `-d${seconds}s`];
    const args = ["-c", String(LOAD_CORE), "wrk", ...limits, "-s", script, ...headers];
    const { stdout } = await promisify(execFile)("taskset", [...args, question.url]);
    if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`${question.url}: ${stdout}`);
    return {
      requests: Number(/(\d+) requests in/.exec(stdout)?.[1]),
      perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
