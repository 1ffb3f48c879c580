import { formatTime, isLlmcfgError, parseTime } from "@llmcfg/core";
import fc from "fast-check";
import { expect, test } from "vitest";

test("an instant is written in UTC with milliseconds", () => {
  expect(formatTime(0)).toBe("1970-01-01T00:00:00.000Z");
  expect(formatTime(1_795_313_401_114)).toBe("2026-11-22T02:10:01.114Z");
});

test("what is written is read as it was, and sorts as text in the order of time", () => {
  const atMs = fc.integer({ min: Date.UTC(0, 0) - 1e12, max: 253_402_300_799_999 });

  fc.assert(
    fc.property(atMs, atMs, (a, b) => {
      expect(parseTime(formatTime(a))).toBe(a);
      expect(formatTime(a) < formatTime(b)).toBe(a < b);
    }),
  );
});

test.each([
  ["2026-11-22T02:10:01Z", 1_795_313_401_000],
  ["2026-11-22T02:10:01.1Z", 1_795_313_401_100],
  ["2024-02-29T00:00:00.00Z", 1_709_164_800_000],
])("%s may leave out digits of the fraction", (text, atMs) => {
  expect(parseTime(text)).toBe(atMs);
});

test.each([
  "",
  "2026-11-22",
  "2026-11-22T02:10Z",
  "2026-11-22T02:10:01",
  "2026-11-22t02:10:01z",
  "2026-11-22 02:10:01Z",
  "2026-11-22T02:10:01+01:00",
  "2026-11-22T02:10:01.1234Z",
  "2026-11-22T02:10:60Z",
  "2026-11-22T24:00:00Z",
  "2026-02-29T00:00:00Z",
  "2026-13-01T00:00:00Z",
  "+002026-11-22T02:10:01Z",
  "1795313401114",
])("%j is no instant", (text) => {
  let error: unknown;
  try {
    parseTime(text);
  } catch (thrown) {
    error = thrown;
  }

  expect(isLlmcfgError(error, "INVALID_ARGUMENT")).toBe(true);
});

test.each([NaN, Infinity, 253_402_300_800_000, -62_167_219_200_001])(
  "%d milliseconds are outside of the years that can be written",
  (atMs) => {
    expect(() => formatTime(atMs)).toThrow(TypeError);
  },
);
