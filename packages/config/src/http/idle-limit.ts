import type { Clock } from "../clock.ts";
import { withTimeout } from "../concurrency.ts";
import { HttpFailure, type HttpStream } from "./http-client.ts";

export interface IdleLimit {
  readonly clock: Clock;
  /** Between two chunks, and before the first. */
  readonly idleMs: number;
  /** Who is silent, for the message. */
  readonly origin: string;
}

/**
 * The stream, taken for dead once it has been silent for too long: then its chunks throw
 * {@link HttpFailure} `timeout`. What is done with a chunk meanwhile does not count as silence.
 */
export function withIdleLimit(stream: HttpStream, limit: IdleLimit): HttpStream {
  const { status, headers } = stream;
  return {
    status,
    headers,
    chunks: chunksInTime(stream.chunks, limit),
    [Symbol.asyncDispose]: () => stream[Symbol.asyncDispose](),
  };
}

async function* chunksInTime(
  chunks: HttpStream["chunks"],
  { clock, idleMs, origin }: IdleLimit,
): AsyncGenerator<Uint8Array> {
  const incoming = chunks[Symbol.asyncIterator]();
  const late = () => {
    throw new HttpFailure("timeout", `${origin} was silent for ${idleMs} ms`);
  };
  for (;;) {
    const next = await withTimeout(incoming.next(), { clock, ms: idleMs, late });
    if (next.done === true) return;
    yield next.value;
  }
}
