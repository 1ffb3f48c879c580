/**
 * What both upstreams of the example have in common.
 *
 * @module
 */

import { createHash, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { RunningServer } from "../json-http.ts";

export interface UpstreamOptions {
  /** Stands in every answer. */
  readonly name: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** Takes the next port where this one is in use. */
  readonly orNext?: boolean;
  readonly apiKey: string;
  /** Asked of each request; a function, so that a key can be changed while the server runs. */
  readonly models: readonly string[];
}

export interface RunningUpstream extends RunningServer {
  /** How many requests had the right key. */
  readonly served: number;
}

/** The largest body that is read, in bytes. */
export const MAX_BODY_BYTES = 1_048_576;

export function isKey(presented: string | undefined, key: string): boolean {
  const [a, b] = [presented ?? "", key].map((text) => createHash("sha256").update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}

/** Sends events as they are made; ends early where the client goes. */
export async function sendEvents(
  response: ServerResponse,
  events: Iterable<string>,
): Promise<void> {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  await pipeline(events, response);
}

/** Part of a stream, and then the end of the connection. */
export function cutOff(response: ServerResponse, events: Iterable<string>): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  const some = [...events].slice(0, 3).join("");
  response.write(some, () => response.destroy());
}

/** Says nothing until the client gives up. */
export async function stall(response: ServerResponse): Promise<void> {
  await once(response, "close");
}
