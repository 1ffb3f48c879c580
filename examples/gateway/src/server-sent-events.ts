/**
 * The text/event-stream format, as far as chat APIs use it.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 * @module
 */

import { upstreamError } from "./dialects/upstream-error.ts";

export interface ServerSentEvent {
  readonly event: string | undefined;
  readonly data: string;
}

/** How long an event may be, in characters: whoever sends one without end must not fill memory. */
const MAX_EVENT_LENGTH = 8 * 1_048_576;

/**
 * The events of a stream of bytes, as they come. Comments and events without data are left out.
 *
 * @throws {ApiError} 502 for an event that is longer than 8 Mi characters
 */
export async function* readEvents(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<ServerSentEvent> {
  let event: string | undefined;
  let data: string[] = [];
  let length = 0;
  for await (const line of readLines(bytes)) {
    length += line.length;
    checkLength(length);
    if (line === "") {
      if (data.length > 0) yield { event, data: data.join("\n") };
      event = undefined;
      data = [];
      length = 0;
      continue;
    }
    const [, name = "", value = ""] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (name === "event") event = value;
    if (name === "data") data.push(value);
  }
}

function checkLength(length: number): void {
  if (length > MAX_EVENT_LENGTH)
    throw upstreamError("an event of the provider's stream is too long");
}

/** One event as it is written. */
export function formatEvent(data: string, event?: string): string {
  const name = event === undefined ? "" : `event: ${event}\n`;
  return `${name}data: ${data}\n\n`;
}

/** Lines end with CR, LF or both; the last one counts only if it is ended. */
async function* readLines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let begun = "";
  let mayContinueEnd = false;
  for await (const chunk of bytes) {
    const decoded = decoder.decode(chunk, { stream: true });
    const text: string = mayContinueEnd && decoded.startsWith("\n") ? decoded.slice(1) : decoded;
    if (decoded !== "") mayContinueEnd = text.endsWith("\r"); // an LF may follow
    const [first = "", ...others] = text.split(/\r\n|\n|\r/);
    begun += first;
    checkLength(begun.length);
    const last = others.pop();
    if (last === undefined) continue;
    yield begun;
    yield* others;
    begun = last;
  }
}
