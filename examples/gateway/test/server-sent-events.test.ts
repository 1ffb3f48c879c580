import fc from "fast-check";
import { expect, test } from "vitest";
import { formatEvent, readEvents, type ServerSentEvent } from "../src/server-sent-events.ts";
import { collect } from "./support/collect.ts";

async function read(chunks: readonly Uint8Array[]): Promise<readonly ServerSentEvent[]> {
  async function* bytes() {
    yield* chunks;
  }
  return await collect(readEvents(bytes()));
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

test("events end with an empty line, whichever way lines end", async () => {
  for (const end of ["\n", "\r\n", "\r"]) {
    const text = ["event: ping", "data: a", "", "data: b", "data: c", "", ""].join(end);

    const whole = [utf8(text)];
    const byteByByte = [...utf8(text)].map((byte) => Uint8Array.of(byte));
    for (const chunks of [whole, byteByByte]) {
      expect(await read(chunks)).toEqual([
        { event: "ping", data: "a" },
        { event: undefined, data: "b\nc" },
      ]);
    }
  }
});

test("an event without end is given up, instead of filling memory", async () => {
  const chunk = utf8("x".repeat(1_048_576));

  await expect(read(Array.from({ length: 9 }, () => chunk))).rejects.toThrow("too long");
});

test("comments, other fields and events without data say nothing", async () => {
  const text = ": hello\nid: 7\n\nevent: x\n\ndata\n\ndata:  a: b\n\n";

  expect(await read([utf8(text)])).toEqual([
    { event: undefined, data: "" },
    { event: undefined, data: " a: b" },
  ]);
});

test("an event that is not ended does not count", async () => {
  expect(await read([utf8("data: a\n\ndata: b\n")])).toEqual([{ event: undefined, data: "a" }]);
});

test("what is written is read again, wherever the bytes are cut", async () => {
  const data = fc.string({ unit: "grapheme" }).map((text) => text.replaceAll(/[\r\n]/g, " "));
  const events = fc.array(fc.record({ data, event: fc.constantFrom("ping", undefined) }));

  await fc.assert(
    fc.asyncProperty(events, fc.integer({ min: 1, max: 7 }), async (given, size) => {
      const bytes = utf8(given.map((one) => formatEvent(one.data, one.event)).join(""));
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );

      expect(await read(chunks)).toEqual(given);
    }),
  );
});
