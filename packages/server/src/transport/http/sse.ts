/**
 * Server-sent events on the raw answer: bytes that the hub encoded once, written as they are.
 *
 * @module
 */

import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { EncodedMessage, WatchEncoder, WatchSink } from "../../modules/watch/ports.ts";

/** `id`, `event: message`, `data`; a ping is a comment. */
export const sseEncoder: WatchEncoder = {
  name: "sse",
  encode: (_type, revision, json) =>
    Buffer.from(`id: ${revision}\nevent: message\ndata: ${json}\n\n`),
  ping: { revision: 0, type: "ping", bytes: Buffer.from(": ping\n\n") },
};

const RETRY = Buffer.from("retry: 2000\n\n");

/** How long a consumer that does not read may take to be told that it is over. */
const LINGER_MS = 5_000;

/**
 * One event stream. There are many of these: once it has begun it holds the answer alone.
 *
 * What is sent before {@link begin} waits: until then the request may still be refused.
 */
export class SseSink implements WatchSink {
  readonly #response: ServerResponse;
  #early: Uint8Array[] | undefined = [RETRY];
  #isClosed = false;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  /**
   * Sends the header and what has come so far.
   *
   * @param onGone called once, when the client is gone; at once where it is already
   */
  begin(headers: OutgoingHttpHeaders, onGone: () => void): void {
    const response = this.#response;
    const { socket } = response;
    if (socket === null || socket.destroyed) {
      onGone();
      return;
    }
    response.once("close", onGone);
    socket.setNoDelay(true);
    socket.setTimeout(0);
    // Delimited by the end of the connection: a message is one buffer to write, shared by all.
    response.useChunkedEncodingByDefault = false;
    response.writeHead(200, {
      ...headers,
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    });
    response.write(Buffer.concat(this.#early ?? []));
    this.#early = undefined;
    if (this.#isClosed) this.#end();
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
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#early === undefined) this.#end();
  }

  /** What was written is sent first; a client that does not read is cut off. */
  #end(): void {
    const { socket } = this.#response;
    if (!this.#response.writableEnded) this.#response.end();
    if (!this.#response.writableFinished) socket?.setTimeout(LINGER_MS, () => socket.destroy());
  }
}
