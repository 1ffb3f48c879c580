/**
 * The two ids that tie an answer, its log lines and its audit record together.
 *
 * @module
 */

import { randomFillSync } from "node:crypto";

const VISIBLE_ASCII = /^[\x21-\x7e]{1,128}$/;
const TRACEPARENT =
  /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/;
const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** Where a request stands in a trace (W3C Trace Context). */
export interface Trace {
  /** 32 hex digits. */
  readonly traceId: string;
  /** The header of the answer: the same trace, a span of ours. */
  readonly traceparent: string;
}

/**
 * Makes the ids. Random bytes are drawn and written as text in bulk: a request costs no system call,
 * and its digits are pieces of a text that is there.
 */
export class RequestIds {
  readonly #hex = new RandomText((bytes) => bytes.toString("hex"));
  readonly #crockford = new RandomText(toCrockford);
  #timeMs = 0;
  #time = "";

  /** The caller's `X-Request-Id` where it is 1 to 128 visible ASCII characters; else a new one. */
  requestIdOf(header: string | string[] | undefined): string {
    const isKept = typeof header === "string" && VISIBLE_ASCII.test(header);
    return isKept ? header : this.createRequestId();
  }

  /** `req_` and a ULID. */
  createRequestId(nowMs: number = Date.now()): string {
    if (nowMs !== this.#timeMs) {
      this.#timeMs = nowMs;
      this.#time = toTimeDigits(nowMs);
    }
    return `req_${this.#time}${this.#crockford.take(16)}`;
  }

  /** Goes on with the caller's trace where `traceparent` is valid; else begins one. */
  traceOf(header: string | undefined): Trace {
    const match = header === undefined ? null : TRACEPARENT.exec(header);
    const traceId = match?.[1] ?? this.#hex.take(32);
    return { traceId, traceparent: `00-${traceId}-${this.#hex.take(16)}-${match?.[2] ?? "00"}` };
  }

  /** The header of an answer whose request named no trace: a trace and a span of ours. */
  createTraceparent(): string {
    return `00-${this.#hex.take(32)}-${this.#hex.take(16)}-00`;
  }
}

/** Random digits, each piece given once. */
class RandomText {
  readonly #bytes = Buffer.alloc(8_192);
  readonly #write: (bytes: Buffer) => string;
  #text = "";
  #used = 0;

  constructor(write: (bytes: Buffer) => string) {
    this.#write = write;
  }

  take(length: number): string {
    if (this.#used + length > this.#text.length) {
      this.#text = this.#write(randomFillSync(this.#bytes));
      this.#used = 0;
    }
    this.#used += length;
    return this.#text.slice(this.#used - length, this.#used);
  }
}

/** Five bits of each byte, as a digit. */
function toCrockford(bytes: Buffer): string {
  return Buffer.from(bytes.map((byte) => CROCKFORD.charCodeAt(byte & 31))).toString("latin1");
}

/** The ten time digits of a ULID. */
function toTimeDigits(ms: number): string {
  let digits = "";
  for (let i = 0, rest = ms; i < 10; i++, rest = Math.floor(rest / 32)) {
    digits = CROCKFORD.charAt(rest % 32) + digits;
  }
  return digits;
}
