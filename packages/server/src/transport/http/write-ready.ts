import type { ServerResponse } from "node:http";

/** What `node:http` keeps of an answer whose header was written; see {@link writeReady}. */
interface HeaderSlot {
  _header: string | null;
  _contentLength: number | null;
}

/** A body as the characters whose Latin-1 codes are its bytes, or the bytes themselves. */
export type ReadyBody = string | Buffer;

/** Up to this a body travels as text: `node:http` writes a text of this size with no buffer. */
const MAX_TEXT_BYTES = 8 * 1024;

/** The form of a body that {@link writeReady} sends at the least cost. */
export function toReadyBody(bytes: Buffer): ReadyBody {
  return bytes.length <= MAX_TEXT_BYTES ? bytes.toString("latin1") : bytes;
}

/**
 * Sends a header block that is ready as text, and the body.
 *
 * `node:http` has no public way to do so, but its own: `_header` is what `writeHead` makes of the
 * headers, and `end` sends it first. Connections, keep-alive, pipelining and errors stay with
 * `node:http`. Tests hold this against the Node releases we support.
 *
 * A body that is text goes out behind the header in the same string: one system call with one
 * buffer, where header and body apart are gathered first (measured in bench/http-read).
 *
 * @param block from the status line to the empty line; says `Content-Length`
 */
export function writeReady(response: ServerResponse, block: string, body: ReadyBody): void {
  const slot = response as unknown as HeaderSlot; // see above
  slot._contentLength = body.length;
  if (typeof body === "string") {
    slot._header = block + body; // `node:http` writes it in Latin-1, as all headers
    response.end();
  } else {
    slot._header = block;
    response.end(body);
  }
}
