/**
 * Constant load on the gateway: an open loop, so a slow answer delays no request behind it.
 *
 * @module
 */

import { Agent, request } from "node:http";

/** What one request met. */
export interface Answered {
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
  readonly status: number;
  /** Of `X-Gateway-Config`; `undefined` where the answer had none. */
  readonly shown: Shown | undefined;
  readonly failure: string | undefined;
}

/** The state an answer was served with, as its header says. */
export interface Shown {
  readonly version: number;
  readonly revision: number;
  readonly rules: string;
  readonly generation: number;
}

const HEADER = /^version=(\d+); revision=(\d+); rules=(\S+); generation=(\d+)$/;

export function parseShown(header: string | undefined): Shown | undefined {
  const match = HEADER.exec(header ?? "");
  if (match === null) return undefined;
  const [, version, revision, rules = "", generation] = match;
  return {
    version: Number(version),
    revision: Number(revision),
    rules,
    generation: Number(generation),
  };
}

export interface LoadOptions {
  readonly gateway: string;
  readonly key: string;
  readonly model: string;
  readonly connections: number;
  readonly perSecond: number;
  /** Ends the load; what is under way is waited for. */
  readonly signal: AbortSignal;
}

/** Every request of the load, in the order in which they were sent. */
export async function sendLoad(options: LoadOptions): Promise<readonly Answered[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: options.connections });
  const open: Promise<Answered>[] = [];
  const startedAt = performance.now();
  while (!options.signal.aborted) {
    const due = Math.floor(((performance.now() - startedAt) / 1_000) * options.perSecond);
    while (open.length <= due) open.push(ask(options, agent));
    await new Promise((wake) => setTimeout(wake, 2));
  }
  const answers = await Promise.all(open);
  agent.destroy();
  return answers;
}

async function ask({ gateway, key, model }: LoadOptions, agent: Agent): Promise<Answered> {
  const sentAtMs = performance.now();
  const body = JSON.stringify({ model, messages: [{ role: "user", content: "hi" }] });
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  return await new Promise((resolve) => {
    const end = (status: number, header: string | undefined, failure?: string) => {
      const answeredAtMs = performance.now();
      resolve({ sentAtMs, answeredAtMs, status, shown: parseShown(header), failure });
    };
    const sent = request(`${gateway}/v1/chat/completions`, { method: "POST", agent, headers });
    sent.setTimeout(10_000, () => sent.destroy(new Error("no answer within 10 s")));
    sent.on("error", (error) => end(0, undefined, error.message));
    sent.on("response", (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      answer.on("error", (error) => end(0, undefined, error.message));
      answer.on("end", () => {
        const header = answer.headers["x-gateway-config"];
        const isWhole = answer.statusCode === 200 && text.includes('"choices"');
        end(answer.statusCode ?? 0, String(header), isWhole ? undefined : text.slice(0, 200));
      });
    });
    sent.end(body);
  });
}
