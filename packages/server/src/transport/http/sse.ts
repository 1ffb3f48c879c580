/**
 * Server-sent events on the raw answer: bytes that the hub encoded once, written as they are.
 *
 * @module
 */

import type { ServerResponse } from "node:http";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { EncodedMessage, WatchEncoder, WatchSink } from "../../modules/watch/ports.ts";

/** `id`, `event: message`, `data`; comments have no revision. */
export const sseEncoder: WatchEncoder = {
  name: "sse",
  encode: (_type, revision, json) =>
    Buffer.from(`id: ${revision}\nevent: message\ndata: ${json}\n\n`),
  ping: { revision: 0, type: "ping", bytes: Buffer.from(": ping\n\n") },
};

export interface SseSink extends WatchSink {
  /** Sends the header and what has come so far. @param onGone called once the client is gone */
  begin(onGone: () => void): void;
}

const RETRY = Buffer.from("retry: 2000\n\n");

/** Takes the answer over from the framework. */
export function openSse(request: FastifyRequest, reply: FastifyReply): SseSink {
  return new SseAnswer(request, reply);
}

class SseAnswer implements SseSink {
  readonly #request: FastifyRequest;
  readonly #reply: FastifyReply;
  readonly #response: ServerResponse;
  #early: Uint8Array[] | undefined = [RETRY];
  #isClosing = false;

  constructor(request: FastifyRequest, reply: FastifyReply) {
    this.#request = request;
    this.#reply = reply;
    this.#response = reply.raw;
  }

  begin(onGone: () => void): void {
    const { socket } = this.#request.raw;
    socket.setNoDelay(true);
    socket.setTimeout(0);
    this.#reply.hijack();
    this.#response.on("close", onGone);
    this.#response.writeHead(200, {
      ...definedHeaders(this.#reply),
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    });
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const bytes of early) this.#response.write(bytes);
    if (this.#isClosing) this.#response.end();
  }

  send({ bytes }: EncodedMessage): boolean {
    if (this.#early === undefined) return this.#response.write(bytes);
    this.#early.push(bytes);
    return true;
  }

  onDrain(listener: () => void): void {
    this.#response.on("drain", listener);
  }

  close(): void {
    if (this.#early === undefined) this.#response.end();
    else this.#isClosing = true;
  }
}

function definedHeaders(reply: FastifyReply): Record<string, string | number | string[]> {
  const entries = Object.entries(reply.getHeaders()).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return Object.fromEntries(entries);
}
