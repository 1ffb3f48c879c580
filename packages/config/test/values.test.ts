import { compileGlob, parseDecimal, parseSize, parseTime } from "@llmcfg/config";
import { expect, test } from "vitest";

test.each([
  [1024, 1024],
  ["1024", 1024],
  ["10KB", 10_000],
  ["10 KiB", 10_240],
  ["1MiB", 1_048_576],
  ["2GB", 2_000_000_000],
  ["1GiB", 1_073_741_824],
  ["7B", 7],
])("§3.3 the size %j is %d bytes", (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each([-1, 1.5, "1.5MB", "10mb", "KB", "", "1  KB", "99999999999GiB"])(
  "§3.3 %j is no size, and a hint lists the units",
  (value) => {
    const read = (): number => parseSize(value);

    expect(read).toThrow(
      expect.objectContaining({
        code: "invalid_size",
        hint: 'write a whole number or for example "10MiB" (B, KB, KiB, MB, MiB, GB, GiB)',
      }),
    );
  },
);

test.each([
  ["2.50", "2.5"],
  ["0.10", "0.1"],
  ["007", "7"],
  [0.1, "0.1"],
  [1e-7, "0.0000001"],
  [1.5e21, "1500000000000000000000"],
  ["123456789012345678901234567890.1230", "123456789012345678901234567890.123"],
  [0, "0"],
])("§3.2 the amount %j is kept exactly, as %s", (value, text) => {
  expect(parseDecimal(value)).toBe(text);
});

test.each(["-1", "1e5", ".5", "1.", "abc", "", -0.5, Number.NaN])(
  "§3.2 %j is no amount",
  (value) => {
    expect(() => parseDecimal(value)).toThrow(expect.objectContaining({ code: "invalid_decimal" }));
  },
);

test.each(["2026-11-25T10:44:00Z", "2024-02-29t23:59:60.5+01:30", "0001-01-01 00:00:00z"])(
  "RFC 3339 %s is a time, and keeps its text",
  (text) => {
    expect(parseTime(text)).toBe(text);
  },
);

test.each([
  "2026-02-29T00:00:00Z",
  "2026-13-01T00:00:00Z",
  "2026-01-01",
  "2026-01-01T24:00:00Z",
  "2026-01-01T00:00:00",
])("RFC 3339 %s is no time", (text) => {
  expect(() => parseTime(text)).toThrow(expect.objectContaining({ code: "invalid_time" }));
});

test.each([
  ["gpt-4o", "gpt-4o", true],
  ["gpt-4o", "gpt-4o-mini", false],
  ["gpt-*", "gpt-4o/mini", true],
  ["g?t", "gpt", true],
  ["[a-c]x", "bx", true],
  ["[!a-c]x", "bx", false],
  ["{gpt,claude}-*", "claude-3", true],
  ["a\\*b", "a*b", true],
  ["a\\*b", "axb", false],
  ["a.b", "axb", false],
  ["😀?", "😀x", true],
  ["?", "😀", true],
])("§4.7 the flat glob %j on %j: %j", (pattern, text, expected) => {
  expect(compileGlob(pattern)(text)).toBe(expected);
});

test.each([
  ["/v1/*", "/v1/chat", true],
  ["/v1/*", "/v1/chat/completions", false],
  ["/v1/**", "/v1/chat/completions", true],
  ["/v?/x", "/v//x", false],
])("§4.7 the path glob %j on %j: %j", (pattern, text, expected) => {
  expect(compileGlob(pattern, "path")(text)).toBe(expected);
});

test.each(["[a", "{a,b", "a}", "a\\"])("§4.7 the glob %j does not compile", (pattern) => {
  expect(() => compileGlob(pattern)).toThrow(expect.objectContaining({ code: "invalid_glob" }));
});

test("§4.7 a hostile glob takes no longer than the text is long", () => {
  const matches = compileGlob(`${"*a".repeat(40)}b`);

  expect(matches("a".repeat(5_000))).toBe(false);
});
