import type { WatchEvent } from "@llmcfg/protocol";
import type { EncodedMessage, WatchEncoder, WatchSink } from "../../src/modules/watch/ports.ts";

/** Messages as JSON text alone; counts how many it was asked for. */
export class JsonEncoder implements WatchEncoder {
  readonly name = "sse";
  readonly ping: EncodedMessage = { revision: 0, type: "ping", bytes: new Uint8Array() };
  encoded = 0;

  encode(_type: EncodedMessage["type"], _revision: number, json: string): Uint8Array {
    this.encoded++;
    return new TextEncoder().encode(json);
  }
}

/** A consumer that keeps what it is sent, and reads only while it is told to. */
export class RecordingSink implements WatchSink {
  readonly messages: EncodedMessage[] = [];
  isClosed = false;
  /** How many messages it takes before it says that it is behind; `undefined` for any number. */
  #room: number | undefined;
  #drained: () => void = () => {};
  readonly #waiting = new Set<() => void>();

  send(message: EncodedMessage): boolean {
    this.messages.push(message);
    for (const wake of this.#waiting) wake();
    return this.#room === undefined || --this.#room > 0;
  }

  onDrain(listener: () => void): void {
    this.#drained = listener;
  }

  close(): void {
    this.isClosed = true;
    for (const wake of this.#waiting) wake();
  }

  /** From now on every message is one too many. */
  stall(): void {
    this.#room = 0;
  }

  resume(): void {
    this.#room = undefined;
    this.#drained();
  }

  /** Takes one message that waits, and is behind again. */
  readOne(): void {
    this.#room = 1;
    this.#drained();
  }

  get events(): readonly WatchEvent[] {
    return this.messages.filter(({ type }) => type !== "ping").map(eventOf);
  }

  /** Resolves once there are so many events. */
  async count(events: number): Promise<readonly WatchEvent[]> {
    return await this.until(() => this.events.length >= events);
  }

  /** Resolves once the condition holds; it is looked at after each message. */
  async until(isReached: () => boolean): Promise<readonly WatchEvent[]> {
    while (!isReached()) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.add(resolve);
      await promise;
      this.#waiting.delete(resolve);
    }
    return this.events;
  }
}

export function eventOf({ bytes }: EncodedMessage): WatchEvent {
  return JSON.parse(new TextDecoder().decode(bytes)) as WatchEvent; // what the hub wrote
}
