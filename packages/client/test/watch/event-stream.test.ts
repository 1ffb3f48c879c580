import { describe, expect, test } from "vitest";
import { EventStream, type Reading } from "../../src/watch/event-stream.ts";
import { eventually } from "../support/eventually.ts";
import { HeldRuntime } from "../support/held-runtime.ts";

const HEARTBEAT = 'data: {"type":"heartbeat","revision":2,"hash":"sha256:00"}\n\n';

describe("a stream of events", () => {
  test("a ping is enough to be alive, however often it is all that comes", async () => {
    using stream = new OpenStream();
    const reading = stream.next();

    for (let i = 0; i < 10; i++) {
      await stream.isAskedFor(i + 1);
      stream.runtime.advance(44_000);
      await settled();
      stream.give(": ping\n\n");
    }
    await stream.isAskedFor(11);
    stream.give(HEARTBEAT);

    expect(await reading).toMatchObject({ type: "event" });
  });

  test("45 s after the last byte it is silent, and not before", async () => {
    using stream = new OpenStream();
    const outcomes: Reading[] = [];
    const reading = stream.next().then((outcome) => outcomes.push(outcome));
    await stream.isAskedFor(1);
    stream.runtime.advance(30_000);
    stream.give(": ping\n\n");
    await stream.isAskedFor(2);

    stream.runtime.advance(44_999);
    await settled();
    expect(outcomes).toEqual([]);
    stream.runtime.advance(1);
    await reading;

    expect(outcomes).toEqual([{ type: "silent" }]);
  });

  test("the time in which nobody reads is not the server's silence", async () => {
    using stream = new OpenStream();
    const first = stream.next();
    await stream.isAskedFor(1);
    stream.give(HEARTBEAT);
    await first;

    stream.runtime.advance(300_000); // the reader was busy
    const second = stream.next();
    await stream.isAskedFor(2);
    stream.runtime.advance(44_000);
    await settled();
    stream.give(HEARTBEAT);

    expect(await second).toMatchObject({ type: "event" });
  });

  test("nothing is left of it once it is closed", async () => {
    const stream = new OpenStream();
    expect(stream.runtime.sleeps).toEqual([45_000]);

    stream[Symbol.dispose]();
    await settled();

    expect(stream.runtime.sleeps).toEqual([]);
  });
});

/** A stream whose bytes are given one piece at a time, on a clock that is held. */
class OpenStream implements Disposable {
  readonly runtime = new HeldRuntime();
  readonly #closed = new AbortController();
  readonly #stream: EventStream;
  #asked = 0;
  #give: ((text: string) => void) | undefined;

  constructor() {
    const bytes = { [Symbol.asyncIterator]: () => ({ next: () => this.#ask() }) };
    this.#stream = new EventStream(bytes, this.runtime, this.#closed.signal);
  }

  next(): Promise<Reading> {
    return this.#stream.next();
  }

  /** Resolves once bytes were asked for so many times: what was given before was read. */
  async isAskedFor(times: number): Promise<void> {
    await eventually(() => this.#asked, times);
  }

  give(text: string): void {
    this.#give?.(text);
  }

  [Symbol.dispose](): void {
    this.#closed.abort();
  }

  #ask(): Promise<IteratorResult<Uint8Array>> {
    this.#asked++;
    const { promise, resolve } = Promise.withResolvers<IteratorResult<Uint8Array>>();
    this.#give = (text) => resolve({ done: false, value: new TextEncoder().encode(text) });
    return promise;
  }
}

/** All that follows from what has happened has happened. */
async function settled(): Promise<void> {
  await new Promise((done) => setImmediate(done));
}
