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

/** Makes the ids; takes random bytes in bulk, so that a request costs no system call. */
export class RequestIds {
  readonly #pool = Buffer.alloc(8_192);
  #used = this.#pool.length;
  #timeMs = 0;
  #time = "";

  /** The caller's `X-Request-Id` where it is 1 to 128 visible ASCII characters; else a new one. */
  requestIdOf(header: string | string[] | undefined): string {
    const isKept = typeof header === "string" && VISIBLE_ASCII.test(header);
    return isKept ? header : this.createRequestId();
  }

  /** `req_` and a ULID. */
  createRequestId(): string {
    const nowMs = Date.now();
    if (nowMs !== this.#timeMs) {
      this.#timeMs = nowMs;
      this.#time = toTimeDigits(nowMs);
    }
    const at = this.#take(16);
    let random = "";
    for (let i = at; i < at + 16; i++) random += CROCKFORD.charAt((this.#pool[i] ?? 0) & 31);
    return `req_${this.#time}${random}`;
  }

  /** Goes on with the caller's trace where `traceparent` is valid; else begins one. */
  traceOf(header: string | undefined): Trace {
    const match = header === undefined ? null : TRACEPARENT.exec(header);
    const traceId = match?.[1] ?? this.#hex(16);
    return { traceId, traceparent: `00-${traceId}-${this.#hex(8)}-${match?.[2] ?? "00"}` };
  }

  #hex(bytes: number): string {
    const at = this.#take(bytes);
    return this.#pool.toString("hex", at, at + bytes);
  }

  #take(count: number): number {
    if (this.#used + count > this.#pool.length) {
      randomFillSync(this.#pool);
      this.#used = 0;
    }
    this.#used += count;
    return this.#used - count;
  }
}

/** The ten time digits of a ULID. */
function toTimeDigits(ms: number): string {
  let digits = "";
  for (let i = 0, rest = ms; i < 10; i++, rest = Math.floor(rest / 32)) {
    digits = CROCKFORD.charAt(rest % 32) + digits;
  }
  return digits;
}
