/**
 * The text/event-stream format, as far as chat APIs use it.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 * @module
 */

export interface ServerSentEvent {
  readonly event: string | undefined;
  readonly data: string;
}

/** The events of a stream of bytes, as they come. Comments and events without data are left out. */
export async function* readEvents(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<ServerSentEvent> {
  let event: string | undefined;
  let data: string[] = [];
  for await (const line of readLines(bytes)) {
    if (line === "") {
      if (data.length > 0) yield { event, data: data.join("\n") };
      event = undefined;
      data = [];
      continue;
    }
    const [, name = "", value = ""] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (name === "event") event = value;
    if (name === "data") data.push(value);
  }
}

/** One event as it is written. */
export function formatEvent(data: string, event?: string): string {
  const name = event === undefined ? "" : `event: ${event}\n`;
  return `${name}data: ${data}\n\n`;
}

/** Lines end with CR, LF or both; the last one counts only if it is ended. */
async function* readLines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of bytes) {
    rest += decoder.decode(chunk, { stream: true });
    const isOpen = rest.endsWith("\r"); // an LF may follow
    const lines = rest.split(isOpen ? /\r\n|\n|\r(?!$)/ : /\r\n|\n|\r/);
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest.endsWith("\r")) yield rest.slice(0, -1);
}
