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

type Chunk = IteratorResult<Uint8Array> | "silent";

/** Somebody waits for bytes. */
interface Waiting {
  readonly sinceMs: number;
  readonly resolve: (chunk: Chunk) => void;
}

/**
 * The events of one open stream, read only when they are asked for: a slow reader is felt by the
 * server, and nothing piles up here.
 */
export class EventStream {
  readonly #bytes: AsyncIterator<Uint8Array>;
  readonly #runtime: Runtime;
  readonly #parser = new SseParser();
  readonly #events: WatchEvent[] = [];
  #waiting: Waiting | undefined;

  /** @param closed aborts once nobody reads the stream any more */
  constructor(bytes: AsyncIterable<Uint8Array>, runtime: Runtime, closed: AbortSignal) {
    this.#bytes = bytes[Symbol.asyncIterator]();
    this.#runtime = runtime;
    this.#listenForSilence(closed).catch(() => {}); // it ends with the stream
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

  #nextChunk(): Promise<Chunk> {
    const { promise, resolve, reject } = Promise.withResolvers<Chunk>();
    const waiting = { sinceMs: this.#runtime.monotonicMs(), resolve };
    this.#waiting = waiting;
    const answered = () => {
      if (this.#waiting === waiting) this.#waiting = undefined;
    };
    this.#bytes.next().then(resolve, reject).finally(answered); // too late if silence won
    return promise;
  }

  /** One timer for the stream's whole life, however many chunks come. */
  async #listenForSilence(closed: AbortSignal): Promise<never> {
    for (let leftMs = SILENCE_MS; ; ) {
      await this.#runtime.sleep(leftMs, closed);
      const waiting = this.#waiting;
      const silentMs = waiting === undefined ? 0 : this.#runtime.monotonicMs() - waiting.sinceMs;
      if (silentMs >= SILENCE_MS) waiting?.resolve("silent");
      leftMs = silentMs >= SILENCE_MS ? SILENCE_MS : SILENCE_MS - silentMs;
    }
  }
}
