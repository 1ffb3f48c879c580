/**
 * What all three servers of the example need of `node:http`.
 *
 * @module
 */

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
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
}

const DEFAULT_SHUTDOWN_TIMEOUT_MS = 10_000;

/**
 * Listens, and answers with what `handle` does; an error that it throws becomes an answer.
 *
 * Disposing it lets requests in flight finish, and takes no new ones.
 */
export async function listen(handle: Handler, options: ListenOptions): Promise<RunningServer> {
  const host = options.host ?? "127.0.0.1";
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => sendError(response, error));
  });
  if (options.keepAliveTimeoutMs !== undefined)
    server.keepAliveTimeout = options.keepAliveTimeoutMs;
  for (let port = options.port; ; port++) {
    try {
      server.listen(port, host);
      await once(server, "listening");
      break;
    } catch (error) {
      const isTaken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
      if (!isTaken || options.orNext !== true || port >= options.port + 100) throw error;
    }
  }

  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    port,
    limit(maxConnections) {
      server.maxConnections = maxConnections;
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      server.closeIdleConnections();
      const timer = setTimeout(
        () => server.closeAllConnections(),
        options.shutdownTimeoutMs ?? DEFAULT_SHUTDOWN_TIMEOUT_MS,
      );
      await closed;
      clearTimeout(timer);
    },
  };
}

export function sendJson(response: ServerResponse, status: number, body: Json): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.statusCode = status;
  response.setHeader("content-type", "application/json; charset=utf-8");
  response.setHeader("content-length", bytes.length);
  response.end(bytes);
}

/** Nothing of an error that is not ours leaves the process. */
export function sendError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy(); // half an answer: the client must not take it for a whole one
    return;
  }
  const known =
    error instanceof ApiError
      ? error
      : new ApiError("the server had an error", { status: 500, type: "api_error" });
  if (error !== known) console.error(error);
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
