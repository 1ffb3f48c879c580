/**
 * Server-sent events, from bytes in whatever pieces they come.
 *
 * @see WHATWG HTML, section 9.2 (Server-sent events)
 * @module
 */

import { LlmcfgError } from "@llmcfg/core";

/** An event as it is dispatched at its blank line. */
export interface SseEvent {
  /** `message` where the stream names none. */
  readonly event: string;
  readonly data: string;
  /** The last id of the stream so far; empty where there was none. */
  readonly id: string;
}

/** More than the largest message of ours (1 MiB) with its lines. */
const MAX_EVENT_CHARS = 4 * 1024 * 1024;

const LINE_END = /\r\n?|\n/;

/** Reads one stream from its first byte on. */
export class SseParser {
  readonly #decoder = new TextDecoder(); // drops the one byte order mark a stream may begin with
  readonly #maxEventChars: number;
  /** The pieces of the line that has not ended: put together once, when it does. */
  #unfinished: string[] = [];
  #unfinishedChars = 0;
  /** A line feed that comes next belongs to the carriage return that ended the last line. */
  #skipLineFeed = false;
  #data: string[] = [];
  #dataChars = 0;
  #event = "";
  #id = "";
  #retryMs: number | undefined;

  /** @param maxEventChars no unfinished line or event is kept beyond this length */
  constructor(maxEventChars: number = MAX_EVENT_CHARS) {
    this.#maxEventChars = maxEventChars;
  }

  /** How long the server wants clients to wait before they connect again, once it has said so. */
  get retryMs(): number | undefined {
    return this.#retryMs;
  }

  /**
   * Takes the next bytes and gives the events that end in them, in order.
   *
   * What is unfinished when the stream ends is no event: just do not push any more.
   *
   * @throws {LlmcfgError} `VALUE_TOO_LARGE` for an event beyond the limit; the parser is no use then
   */
  push(bytes: Uint8Array): readonly SseEvent[] {
    const events: SseEvent[] = [];
    for (const line of this.#takeLines(this.#decoder.decode(bytes, { stream: true }))) {
      const event = this.#readLine(line);
      if (event !== undefined) events.push(event);
    }
    if (this.#unfinishedChars + this.#dataChars > this.#maxEventChars) {
      const limit = this.#maxEventChars;
      throw new LlmcfgError("VALUE_TOO_LARGE", `an event of the stream exceeds ${limit}`, {
        limit,
      });
    }
    return events;
  }

  /** The lines that end in the text: with CR LF, LF or CR. */
  #takeLines(text: string): readonly string[] {
    if (text === "") return [];
    const came = this.#skipLineFeed && text.startsWith("\n") ? text.slice(1) : text;
    this.#skipLineFeed = text.endsWith("\r");
    const lines = came.split(LINE_END);
    const rest = lines.pop() ?? "";
    if (lines[0] !== undefined) {
      lines[0] = [...this.#unfinished, lines[0]].join("");
      this.#unfinished = [];
      this.#unfinishedChars = 0;
    }
    this.#unfinished.push(rest);
    this.#unfinishedChars += rest.length;
    return lines;
  }

  #readLine(line: string): SseEvent | undefined {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return undefined; // a comment
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
    this.#readField(name, value);
    return undefined;
  }

  #readField(name: string, value: string): void {
    if (name === "data") {
      this.#data.push(value);
      this.#dataChars += value.length + 1;
    }
    if (name === "event") this.#event = value;
    if (name === "id" && !value.includes("\0")) this.#id = value;
    if (name === "retry" && /^[0-9]{1,9}$/.test(value)) this.#retryMs = Number(value);
  }

  #dispatch(): SseEvent | undefined {
    const lines = this.#data;
    const event = this.#event === "" ? "message" : this.#event;
    this.#data = [];
    this.#dataChars = 0;
    this.#event = "";
    if (lines.length === 0) return undefined; // only an id, a comment, a retry
    return { event, data: lines.join("\n"), id: this.#id };
  }
}
