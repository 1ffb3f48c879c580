import { decodeUtf8, utf8Length } from "@llmcfg/core";
import fc from "fast-check";
import { expect, test } from "vitest";

test("bytes become the text they are, with its byte order mark", () => {
  expect(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe("\ufeffa");
  const point = fc.oneof(fc.nat(0xd7ff), fc.integer({ min: 0xe000, max: 0x10ffff }));

  fc.assert(
    fc.property(fc.array(point), (points) => {
      const text = String.fromCodePoint(...points);

      expect(decodeUtf8(Buffer.from(text))).toBe(text);
      expect(utf8Length(text)).toBe(Buffer.byteLength(text));
    }),
  );
});

test.each([
  ["a byte that begins nothing", [0x61, 0xff]],
  ["a sequence cut off", [0xe2, 0x82]],
  ["an overlong form", [0xc0, 0xaf]],
  ["a surrogate", [0xed, 0xa0, 0x80]],
  ["beyond the last character", [0xf4, 0x90, 0x80, 0x80]],
])("%s is not UTF-8", (_name, bytes) => {
  expect(() => decodeUtf8(Uint8Array.from(bytes))).toThrow(
    expect.objectContaining({ reason: "INVALID_ARGUMENT" }) as Error,
  );
});
