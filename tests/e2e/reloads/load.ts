/**
 * Load on the gateway from connections of its own, each of which asks, waits for the answer, thinks,
 * and asks again.
 *
 * @module
 */

import { Agent, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

/** What one request met. */
export interface Answered {
  /** The version that was current when it was sent. */
  readonly versionAtStart: number;
  /** `undefined` where it failed. */
  readonly shown: Shown | undefined;
  readonly failure: string | undefined;
}

/** Which numbers an answer shows that it was made with. */
export interface Shown {
  readonly version: number;
  /** Of the file: in the header, and in the model that the provider was asked for. */
  readonly file: number;
  readonly model: number;
  /** Of the ConfigMap: from one of its files, and from the other. */
  readonly map: number;
  readonly pair: number;
  /** Of the control plane: from one key, and from the other. */
  readonly plane: number;
  readonly rules: number;
}

export interface LoadOptions {
  readonly url: string;
  readonly key: string;
  readonly connections: number;
  /** Between an answer and the next request of its connection. */
  readonly thinkMs: number;
  readonly version: () => number;
  /** Ends the load; what is under way is waited for. */
  readonly signal: AbortSignal;
}

/** Every request of the load. */
export async function sendLoad(options: LoadOptions): Promise<readonly Answered[]> {
  const clients = Array.from({ length: options.connections }, () => ask(options));
  return (await Promise.all(clients)).flat();
}

async function ask(options: LoadOptions): Promise<readonly Answered[]> {
  const { signal, thinkMs, version } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const answers: Answered[] = [];
  while (!signal.aborted) {
    const versionAtStart = version();
    answers.push({ versionAtStart, ...(await complete(options, agent)) });
    await sleep(thinkMs, undefined, { signal }).catch(() => {}); // ended: that is no error
  }
  agent.destroy();
  return answers;
}

async function complete(
  options: LoadOptions,
  agent: Agent,
): Promise<Omit<Answered, "versionAtStart">> {
  try {
    const answer = await post(options, agent);
    const body = await text(answer);
    const shown = parseShown(String(answer.headers["x-gateway-config"]), body);
    const isWhole = answer.statusCode === 200 && shown !== undefined;
    const failure = isWhole ? undefined : `${answer.statusCode} ${body.slice(0, 200)}`;
    return { shown: isWhole ? shown : undefined, failure };
  } catch (error) {
    return { shown: undefined, failure: String(error) };
  }
}

function post({ url, key }: LoadOptions, agent: Agent): Promise<IncomingMessage> {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const sent = request(`${url}/v1/chat/completions`, { method: "POST", agent, headers });
  sent.setTimeout(10_000, () => sent.destroy(new Error("no answer within 10 s")));
  sent.on("error", reject).on("response", resolve);
  sent.end('{"model":"assistant","messages":[{"role":"user","content":"hi"}]}');
  return promise;
}

/** @param header `version=7; revision=9; rules=3; generation={file:2,map:2,pair:2,plane:3}` */
export function parseShown(header: string, body: string): Shown | undefined {
  const version = numberIn(/\bversion=(\d+)/, header);
  const file = numberIn(/\bfile:(\d+)/, header);
  const model = numberIn(/\(file-(\d+)\) heard/, body);
  const map = numberIn(/\bmap:(\d+)/, header);
  const pair = numberIn(/\bpair:(\d+)/, header);
  const plane = numberIn(/\bplane:(\d+)/, header);
  const rules = numberIn(/\brules=(\d+)/, header);
  const shown = { version, file, model, map, pair, plane, rules };
  return Object.values(shown).some(Number.isNaN) ? undefined : shown;
}

function numberIn(pattern: RegExp, given: string): number {
  return Number(pattern.exec(given)?.[1] ?? Number.NaN);
}
