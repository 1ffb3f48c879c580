import { Duration } from "@llmcfg/config";
import fc from "fast-check";
import { expect, test } from "vitest";

test.each([
  ["250ms", 250],
  ["1m 30s", 90_000],
  ["1m30s", 90_000],
  ["2h", 7_200_000],
  ["1w 1d", 691_200_000],
  ["10seconds", 10_000],
  ["1hour 5min 2sec 7millis", 3_902_007],
  ["0s", 0],
  ["365d", 31_536_000_000],
])("CFG-4 the text %j is read as %j milliseconds", (text, expected) => {
  expect(Duration.parse(text).ms).toBe(expected);
});

test.each([
  ["30", "duration_without_unit", 'write "30s" or "30ms"'],
  ["1.5s", "invalid_duration", 'a duration has whole numbers only: write "1s 500ms"'],
  ["1month", "invalid_duration", 'a month has no fixed length: write "30d"'],
  ["2y", "invalid_duration", 'write "365d", the longest duration'],
  ["100us", "invalid_duration", 'the shortest unit is the millisecond: write "1ms"'],
  ["30s 1m", "invalid_duration", 'each unit at most once, largest first: "1h 30m"'],
  ["1s 1s", "invalid_duration", 'each unit at most once, largest first: "1h 30m"'],
  ["366d", "duration_out_of_range", "the range is 0 to 365d"],
  ["3 sec", "invalid_duration", 'write for example "1m 30s"'],
  ["", "invalid_duration", 'write for example "1m 30s"'],
  ["-1s", "invalid_duration", 'write for example "1m 30s"'],
  ["1s ", "invalid_duration", 'write for example "1m 30s"'],
])("CFG-4 the text %j is refused as %s, with a hint", (text, code, hint) => {
  const read = (): Duration => Duration.parse(text);

  expect(read).toThrow(expect.objectContaining({ code, hint }));
});

test("CFG-4 canonical text has the largest units first, and is read as the same duration", () => {
  expect(String(Duration.parse("90s"))).toBe("1m 30s");
  expect(JSON.stringify(Duration.fromMs(0))).toBe('"0s"');
  expect(String(Duration.parse("1w"))).toBe("7d");

  fc.assert(
    fc.property(fc.integer({ min: 0, max: 31_536_000_000 }), (ms) => {
      const text = String(Duration.fromMs(ms));

      expect(Duration.parse(text).ms).toBe(ms);
    }),
  );
});

test("CFG-4 whatever the grammar makes is read as the sum of its parts", () => {
  const units = [
    ["w", 604_800_000],
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["m", 60_000],
    ["s", 1_000],
    ["ms", 1],
  ] as const;
  const parts = fc.tuple(
    fc.subarray([...units], { minLength: 1 }),
    fc.nat({ max: 40 }),
    fc.boolean(),
  );

  fc.assert(
    fc.property(parts, ([chosen, digits, isSpaced]) => {
      const text = chosen.map(([unit]) => `${digits}${unit}`).join(isSpaced ? " " : "");
      const ms = chosen.reduce((sum, [, each]) => sum + digits * each, 0);

      expect(Duration.parse(text).ms).toBe(ms);
    }),
  );
});
