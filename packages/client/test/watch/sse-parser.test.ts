import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type SseEvent, SseParser } from "../../src/watch/sse-parser.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function parse(text: string): readonly SseEvent[] {
  return new SseParser().push(bytes(text));
}

const of = (data: string, event = "message", id = "") => ({ event, data, id });

// From WHATWG HTML, section 9.2.6, and one for each sentence of the algorithm there.
const EXAMPLES: readonly (readonly [what: string, stream: string, events: readonly SseEvent[]])[] =
  [
    ["lines of data are joined", "data: YHOO\ndata: +2\ndata: 10\n\n", [of("YHOO\n+2\n10")]],
    [
      "comments, ids, and an id that resets",
      ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
      [of("first event", "message", "1"), of("second event"), of(" third event")],
    ],
    [
      "an empty line of data is data, an unfinished event is none",
      "data\n\ndata\ndata\n\ndata:",
      [of(""), of("\n")],
    ],
    [
      "one space after the colon is not data",
      "data:test\n\ndata: test\n\n",
      [of("test"), of("test")],
    ],
    ["events have names", "event: add\ndata: 1\n\ndata: 2\n\n", [of("1", "add"), of("2")]],
    ["an event without data is none, and its name is gone", "event: add\n\ndata: 2\n\n", [of("2")]],
    [
      "an id lasts until the next",
      "id: 7\ndata: 1\n\ndata: 2\n\n",
      [of("1", "message", "7"), of("2", "message", "7")],
    ],
    ["an id with a NUL is ignored", "id: 7\nid: 8\0\ndata: 1\n\n", [of("1", "message", "7")]],
    ["unknown fields are ignored", "foo: bar\ndata: 1\nDATA: 2\n\n", [of("1")]],
    [
      "CR LF, LF and CR end lines, also mixed",
      "data: 1\r\n\r\ndata: 2\r\rdata: 3\n\n",
      [of("1"), of("2"), of("3")],
    ],
    ["a line may hold colons", 'data: {"a": 1}\n\n', [of('{"a": 1}')]],
    ["the byte order mark at the start is none of it", "\ufeffdata: 1\n\n", [of("1")]],
    ["a byte order mark later is", "data: \ufeff1\n\n", [of("\ufeff1")]],
  ];

describe("an event stream", () => {
  test.each(EXAMPLES)("%s", (_what, stream, events) => {
    expect(parse(stream)).toEqual(events);
  });

  test("says how long to wait before the next one", () => {
    const parser = new SseParser();

    parser.push(bytes("retry: 2000\n\nretry: soon\n\nretry: -1\n\n"));

    expect(parser.retryMs).toBe(2_000);
  });

  test.each(EXAMPLES)("is the same in whatever pieces it comes: %s", (_what, stream, events) => {
    const whole = bytes(stream);
    fc.assert(
      fc.property(fc.array(fc.nat({ max: whole.length })), (cuts) => {
        const parser = new SseParser();
        const edges = [0, ...cuts.toSorted((a, b) => a - b), whole.length];

        const seen = edges.flatMap((edge, i) =>
          parser.push(whole.subarray(edges[i - 1] ?? 0, edge)),
        );

        expect(seen).toEqual(events);
      }),
      { numRuns: 30 },
    );
  });

  test("carries any text whole, cut in the middle of a character too", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.nat(), (text, at) => {
        const data = text.replaceAll(/[\r\n]/g, " ");
        const stream = bytes(`data: ${data}\n\n`);
        const cut = at % stream.length;
        const parser = new SseParser();

        const seen = [
          ...parser.push(stream.subarray(0, cut)),
          ...parser.push(stream.subarray(cut)),
        ];

        expect(seen).toEqual([of(new TextDecoder().decode(bytes(data)))]);
      }),
    );
  });

  test("keeps no more of an event than its limit, in one line or in many", () => {
    const one = new SseParser(100);
    const many = new SseParser(100);

    expect(() => one.push(bytes(`data: ${"x".repeat(200)}`))).toThrow(/exceeds 100/);
    expect(() => many.push(bytes("data: 123456789\n".repeat(20)))).toThrow(/exceeds 100/);
  });

  test("has no limit over all its events", () => {
    const parser = new SseParser(100);

    const events = Array.from({ length: 50 }, () =>
      parser.push(bytes("data: 123456789\n\n")),
    ).flat();

    expect(events).toHaveLength(50);
  });
});
