/**
 * What the upstreams of the example have in common: they let in, list models, answer and fail
 * alike, each in the words of its own API.
 *
 * @module
 */

import { createHash, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { Json, JsonObject } from "@llmcfg/core";
import { ApiError } from "../api-error.ts";
import { listen, type RunningServer, readJson, sendJson } from "../json-http.ts";
import { type Asked, faultOf } from "./answer.ts";

export interface UpstreamOptions {
  /** Stands in every answer. */
  readonly name: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** Takes the next port where this one is in use. */
  readonly orNext?: boolean;
  /** Asked of each request. */
  readonly apiKey: string;
  /** The ids that it lists; it answers for any. */
  readonly models: readonly string[];
}

export interface RunningUpstream extends RunningServer {
  /** How many requests had the right key. */
  readonly served: number;
}

/** What sets one API apart from another. */
export interface UpstreamApi<R extends Asked> {
  /** Where answers are asked for, by POST. */
  readonly path: string;
  /** The key that a request presents. */
  keyOf(request: IncomingMessage): string | undefined;
  /** @throws {ApiError} for headers that the API does not take */
  checkHeaders?(request: IncomingMessage): void;
  /** @throws {ApiError} 400 for a body that is not well formed */
  parse(body: Json): R;
  whole(request: R, name: string): JsonObject;
  events(request: R, name: string): Iterable<string>;
  list(models: readonly string[]): JsonObject;
  errorBody(error: ApiError): JsonObject;
}

/** Starts a small server that speaks the API. */
export async function startUpstream<R extends Asked>(
  api: UpstreamApi<R>,
  options: UpstreamOptions,
): Promise<RunningUpstream> {
  let served = 0;
  const server = await listen(async (request, response) => {
    try {
      requireKey(api.keyOf(request), options.apiKey);
      served++;
      api.checkHeaders?.(request);
      await serve(api, options, { request, response });
    } catch (error) {
      if (!(error instanceof ApiError) || response.headersSent) throw error;
      sendJson(response, error.status, api.errorBody(error));
    }
  }, options);
  return {
    ...server,
    get served() {
      return served;
    },
  };
}

function requireKey(presented: string | undefined, key: string): void {
  const [a, b] = [presented ?? "", key].map((text) => createHash("sha256").update(text).digest());
  if (a !== undefined && b !== undefined && timingSafeEqual(a, b)) return;
  throw new ApiError("the API key is wrong", {
    status: 401,
    type: "authentication_error",
    code: "invalid_api_key",
  });
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** The largest body that is read, in bytes. */
const MAX_BODY_BYTES = 1_048_576;

async function serve<R extends Asked>(
  api: UpstreamApi<R>,
  { name, models }: UpstreamOptions,
  { request, response }: Exchange,
): Promise<void> {
  const path = new URL(request.url ?? "/", "http://upstream").pathname;
  const route = `${request.method} ${path}`;
  if (route === "GET /v1/models") return sendJson(response, 200, api.list(models));
  if (route !== `POST ${api.path}`) {
    throw new ApiError(`there is no ${route}`, { status: 404, type: "not_found_error" });
  }
  const asked = api.parse(await readJson(request, MAX_BODY_BYTES));
  const fault = faultOf(asked.model);
  if (fault === "stall") return await stall(response);
  if (fault === "cut") return cutOff(response, api.events(asked, name));
  if (fault !== undefined) throw failure(fault.status, name);
  if (asked.isStream) await sendEvents(response, api.events(asked, name));
  else sendJson(response, 200, api.whole(asked, name));
}

function failure(status: number, name: string): ApiError {
  const type = status === 429 ? "rate_limit_error" : "api_error";
  return new ApiError(`${name} answers ${status}`, { status, type });
}

/** Sends events as they are made; ends early where the client goes. */
async function sendEvents(response: ServerResponse, events: Iterable<string>): Promise<void> {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  await pipeline(events, response);
}

/** Part of a stream, and then the end of the connection. */
function cutOff(response: ServerResponse, events: Iterable<string>): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  const some = [...events].slice(0, 3).join("");
  response.write(some, () => response.destroy());
}

/** Says nothing until the client gives up. */
async function stall(response: ServerResponse): Promise<void> {
  await once(response, "close");
}
