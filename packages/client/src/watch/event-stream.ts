import type { WatchEvent } from "@llmcfg/protocol";
import type { Runtime } from "../runtime.ts";
import { parseWatchEvent } from "./parse-event.ts";
import { SseParser } from "./sse-parser.ts";

/** A server pings every 15 s: after three of these without a byte it is gone, or the way to it. */
const SILENCE_MS = 45_000;

/** What reading a stream gives next. */
export type Reading =
  | { readonly type: "event"; readonly event: WatchEvent }
  | { readonly type: "ended" }
  | { readonly type: "silent" };

/**
 * The events of one open stream, read only when they are asked for: a slow reader is felt by the
 * server, and nothing piles up here.
 */
export class EventStream {
  readonly #bytes: AsyncIterator<Uint8Array>;
  readonly #runtime: Runtime;
  readonly #parser = new SseParser();
  readonly #events: WatchEvent[] = [];

  constructor(bytes: AsyncIterable<Uint8Array>, runtime: Runtime) {
    this.#bytes = bytes[Symbol.asyncIterator]();
    this.#runtime = runtime;
  }

  /** What the server wants clients to wait before they connect again; see {@link SseParser}. */
  get retryMs(): number | undefined {
    return this.#parser.retryMs;
  }

  /**
   * The next event; comments keep the stream alive and are nothing else.
   *
   * @throws {LlmcfgError} `INTERNAL`, `VALUE_TOO_LARGE` for what is no event of ours
   * @throws what the connection fails with, or the reason of an abort
   */
  async next(): Promise<Reading> {
    for (;;) {
      const event = this.#events.shift();
      if (event !== undefined) return { type: "event", event };
      const chunk = await this.#nextChunk();
      if (chunk === "silent") return { type: "silent" };
      if (chunk.done === true) return { type: "ended" };
      for (const { data } of this.#parser.push(chunk.value)) {
        const parsed = parseWatchEvent(data);
        if (parsed !== undefined) this.#events.push(parsed);
      }
    }
  }

  async #nextChunk(): Promise<IteratorResult<Uint8Array> | "silent"> {
    const read = this.#bytes.next();
    const alarm = new AbortController();
    const silence = this.#runtime.sleep(SILENCE_MS, alarm.signal).then(
      () => "silent" as const,
      () => "silent" as const, // called off: nobody waits for it any more
    );
    try {
      return await Promise.race([read, silence]);
    } finally {
      alarm.abort();
      read.catch(() => {}); // fails later if silence won: the stream is closed then
    }
  }
}
