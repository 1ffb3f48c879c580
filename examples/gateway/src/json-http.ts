/**
 * What all three servers of the example need of `node:http`.
 *
 * @module
 */

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { isReservedName, type Json } from "@llmcfg/core";
import { ApiError, badRequest } from "./api-error.ts";

export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export interface RunningServer extends AsyncDisposable {
  /** `http://127.0.0.1:8101`. */
  readonly url: string;
  readonly port: number;
  /** More connections than this are closed at once. */
  limit(maxConnections: number): void;
}

export interface ListenOptions {
  readonly host?: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** Takes the next port where this one is in use. */
  readonly orNext?: boolean;
  readonly keepAliveTimeoutMs?: number;
  /** How long requests in flight have to finish once it is disposed; 10 s by default. */
  readonly shutdownTimeoutMs?: number;
  /** Told of each error that is a fault of ours; by default it is written to standard error. */
  readonly onError?: (error: unknown) => void;
}

const DEFAULT_SHUTDOWN_TIMEOUT_MS = 10_000;

/**
 * Listens, and answers with what `handle` does; an error that it throws becomes an answer.
 *
 * Disposing it lets requests in flight finish, and takes no new ones.
 */
export async function listen(handle: Handler, options: ListenOptions): Promise<RunningServer> {
  const { host = "127.0.0.1", keepAliveTimeoutMs, shutdownTimeoutMs } = options;
  const { onError = console.error } = options;
  const server = createServer((request, response) => {
    // While the server closes, a connection that has become idle would keep it open.
    response.once("close", () => server.listening || server.closeIdleConnections());
    handle(request, response).catch((error: unknown) => sendError(response, error, onError));
  });
  if (keepAliveTimeoutMs !== undefined) server.keepAliveTimeout = keepAliveTimeoutMs;
  const port = await bind(server, { ...options, host });
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    port,
    limit(maxConnections) {
      server.maxConnections = maxConnections;
    },
    [Symbol.asyncDispose]: () => close(server, shutdownTimeoutMs ?? DEFAULT_SHUTDOWN_TIMEOUT_MS),
  };
}

/** How many ports are tried where the next one may be taken. */
const MAX_PORTS = 100;

async function bind(
  server: Server,
  { host, port: wanted, orNext }: ListenOptions,
): Promise<number> {
  for (let port = wanted; ; port++) {
    try {
      server.listen(port, host);
      await once(server, "listening");
      return (server.address() as AddressInfo).port; // it listens on TCP
    } catch (error) {
      const isTaken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
      if (!isTaken || orNext !== true || port >= wanted + MAX_PORTS) throw error;
    }
  }
}

async function close(server: Server, timeoutMs: number): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), timeoutMs);
  await closed;
  clearTimeout(timer);
}

export function sendJson(response: ServerResponse, status: number, body: Json): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.statusCode = status;
  response.setHeader("content-type", "application/json; charset=utf-8");
  response.setHeader("content-length", bytes.length);
  response.end(bytes);
}

/** Nothing of an error that is not ours leaves the process. */
function sendError(
  response: ServerResponse,
  error: unknown,
  onError: (error: unknown) => void,
): void {
  if (response.destroyed) return; // whoever asked has gone: nobody is left to be told
  if (response.headersSent) {
    response.destroy(); // half an answer: the client must not take it for a whole one
    return;
  }
  const known =
    error instanceof ApiError
      ? error
      : new ApiError("the server had an error", { status: 500, type: "api_error" });
  if (error !== known) onError(error);
  // What is left of a body that is too large is never read: the connection is of no more use.
  if (known.status === 413) response.setHeader("connection", "close");
  sendJson(response, known.status, known.toBody());
}

/** @throws {ApiError} 413 above `maxBytes`, 400 for what is not JSON */
export async function readJson(request: IncomingMessage, maxBytes: number): Promise<Json> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) {
      const message = `the body has more than ${maxBytes} bytes`;
      throw new ApiError(message, { status: 413, type: "invalid_request_error" });
    }
    chunks.push(chunk);
  }
  return parseBody(Buffer.concat(chunks).toString("utf8"));
}

function parseBody(text: string): Json {
  let reserved: string | undefined;
  let body: Json;
  try {
    body = JSON.parse(text, (name, value: unknown) => {
      if (isReservedName(name)) reserved = name;
      return value;
    }) as Json; // what JSON.parse gives
  } catch {
    throw badRequest("the body is not JSON");
  }
  if (reserved !== undefined) throw badRequest(`the name ${reserved} is not allowed`, reserved);
  return body;
}
