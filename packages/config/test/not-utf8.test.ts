import { parseText } from "@llmcfg/config/sources";
import { expect, test } from "vitest";

const NOT_UTF8 = "the text is not UTF-8 from here";

test.each<[string, readonly (string | number)[], [number, number]]>([
  ["at the start", [0xe9, "a: 1\n"], [1, 1]],
  ["in line 2", ["a: 1\nb: x", 0xe9, "y\nc: 2\n"], [2, 5]],
  ["in the last line", ["a: 1\nb: 2\nc: ", 0x80], [3, 4]],
  ["behind characters of several bytes", ["a: €é\n😀: ", 0xff, "\n"], [2, 5]],
  ["behind a byte order mark", [0xef, 0xbb, 0xbf, "a: ", 0xc0, 0x80], [1, 4]],
  ["in a character that ends too early", ["a: 1\nb: ", 0xe2, 0x82], [2, 4]],
  ["in a character that breaks off", ["a: 1\nb: ", 0xe2, 0x82, "x\n"], [2, 4]],
  ["as half a pair of UTF-16", ["a: ", 0xed, 0xa0, 0x80], [1, 4]],
  ["far behind", ["a: 1\n".repeat(10_000), "b: ", 0xe9, "\n"], [10_001, 4]],
])("LOAD-7 a byte that is not UTF-8 %s is told at its place", (_where, parts, at) => {
  expect(faultOf(bytesOf(parts))).toEqual({ code: "not_utf8", message: NOT_UTF8, at });
});

test("LOAD-7 text in UTF-16 is told as that, in either order of bytes", () => {
  const little = Buffer.from("\ufeffa: 1\n", "utf16le");
  const big = Buffer.from(little).swap16();

  const told = { code: "not_utf8", message: "the text is UTF-16: save it as UTF-8", at: [1, 1] };
  expect(faultOf(little)).toEqual(told);
  expect(faultOf(big)).toEqual(told);
});

function bytesOf(parts: readonly (string | number)[]): Uint8Array {
  return Buffer.concat(
    parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.of(part))),
  );
}

function faultOf(bytes: Uint8Array) {
  const place = (line: number, column: number) =>
    ({ kind: "file", file: "gateway", line, column }) as const;
  const result = parseText(bytes, { format: "yaml", place });
  const finding = result.state === "malformed" ? result.findings[0] : undefined;
  if (finding?.position?.kind !== "file") throw new Error(`it is ${result.state}`);
  const { code, message, position } = finding;
  return { code, message, at: [position.line, position.column] };
}
