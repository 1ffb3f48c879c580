/**
 * A reader of `/v1/watch` that has no more than the protocol gives it: plain fetch,
 * `Last-Event-ID`, reconnecting.
 *
 * @module
 */

import { setTimeout as delay } from "node:timers/promises";
import type { Access } from "./mortal-server.ts";

/** The message of one event of the stream. */
export interface ReceivedEvent {
  readonly type: string;
  readonly revision: number;
  /** Of heartbeats. */
  readonly hash?: string;
  /** Of changes. */
  readonly changes?: readonly { readonly key: string }[];
}

const PAUSE_MS = 25;
const SILENCE_MS = 20_000;

/** Follows `development/faults` from a revision on; ends when disposed. */
export class EventReader implements AsyncDisposable {
  readonly #access: Access;
  readonly #events: ReceivedEvent[] = [];
  readonly #stop = new AbortController();
  #lastEventId: string;
  #connected = Promise.withResolvers<void>();
  #connections = 0;
  #task: Promise<void> = Promise.resolve();

  constructor(access: Access, fromRevision: number) {
    this.#access = access;
    this.#lastEventId = String(fromRevision);
  }

  static start(access: Access, fromRevision: number): EventReader {
    const reader = new EventReader(access, fromRevision);
    reader.#task = reader.#run();
    return reader;
  }

  /** How often it was answered with a stream. */
  get connections(): number {
    return this.#connections;
  }

  /** Resolves with the next stream. */
  whenConnected(): Promise<void> {
    return this.#connected.promise;
  }

  /** Reconnects a last time and reads to the heartbeat that ends what was missed. */
  async finish(): Promise<readonly ReceivedEvent[]> {
    await this.#end();
    const signal = AbortSignal.timeout(SILENCE_MS);
    for await (const event of this.#connect(signal)) {
      this.#events.push(event);
      if (event.type === "heartbeat") break;
    }
    return this.#events;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }

  async #end(): Promise<void> {
    this.#stop.abort();
    await this.#task;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        for await (const event of this.#connect(signal)) this.#events.push(event);
      } catch {
        // the server was killed, or it is time to stop
      }
      if (!signal.aborted) await delay(PAUSE_MS);
    }
  }

  async *#connect(signal: AbortSignal): AsyncGenerator<ReceivedEvent> {
    const { url, token } = this.#access;
    const response = await fetch(`${url}/v1/watch?env=development&service=faults`, {
      headers: { authorization: `Bearer ${token}`, "last-event-id": this.#lastEventId },
      signal,
    });
    if (!response.ok || response.body === null) throw new Error(`watch: ${response.status}`);
    this.#connections++;
    this.#connected.resolve();
    this.#connected = Promise.withResolvers();
    let text = "";
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      const blocks = `${text}${chunk}`.split("\n\n");
      text = blocks.pop() ?? ""; // what a kill cut off is no event
      for (const block of blocks) yield* this.#toEvents(block);
    }
  }

  #toEvents(block: string): readonly ReceivedEvent[] {
    const fieldOf = (name: string) =>
      block
        .split("\n")
        .find((line) => line.startsWith(`${name}: `))
        ?.slice(name.length + 2);
    const content = fieldOf("data");
    if (content === undefined) return []; // a ping, or `retry`
    this.#lastEventId = fieldOf("id") ?? this.#lastEventId;
    return [JSON.parse(content) as ReceivedEvent]; // the wire format of events
  }
}
