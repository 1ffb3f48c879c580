import { crc32 as zlibCrc32 } from "node:zlib";
import { crc32, formatToken, parseToken, type Token } from "@llmcfg/core";
import fc from "fast-check";
import { expect, test } from "vitest";

const ZEROS: Token = { kind: "sa", handle: "0".repeat(16), secret: "0".repeat(43) };
const VECTOR = "llmcfg_sa_0000000000000000000000000000000000000000000000000000000000016eEpm";

test("05 §2.2 the vector of the specification", () => {
  expect(formatToken(ZEROS)).toBe(VECTOR);
  expect(parseToken(VECTOR)).toEqual(ZEROS);
});

test("what is written is read as it was, and scanners for leaks find it", () => {
  const base62 = fc.constantFrom(
    ...Array.from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
  );
  const text = (length: number) =>
    fc.string({ unit: base62, minLength: length, maxLength: length });
  const token = fc.record({
    kind: fc.constantFrom("dev", "pat", "sa", "agt"),
    handle: text(16),
    secret: text(43),
  });

  fc.assert(
    fc.property(token, (parts) => {
      const written = formatToken(parts);

      expect(written).toMatch(/^llmcfg_(dev|pat|sa|agt)_[0-9A-Za-z]{65}$/);
      expect(parseToken(written)).toEqual(parts);
    }),
  );
});

test("any single character that is wrong is noticed", () => {
  fc.assert(
    fc.property(fc.nat(VECTOR.length - 1), fc.constantFrom("1", "z", "_", "-"), (at, wrong) => {
      fc.pre(VECTOR[at] !== wrong);

      expect(parseToken(VECTOR.slice(0, at) + wrong + VECTOR.slice(at + 1))).toBeUndefined();
    }),
  );
});

test.each([
  ["nothing", ""],
  ["a character too few", VECTOR.slice(0, -1)],
  ["a character too many", `${VECTOR}0`],
  ["a line behind it", `${VECTOR}\n`],
  ["space before it", ` ${VECTOR}`],
  ["a kind that does not exist", VECTOR.replace("_sa_", "_xx_")],
  ["the kind of another", VECTOR.replace("_sa_", "_pat_")],
])("%s is no token", (_name, text) => {
  expect(parseToken(text)).toBeUndefined();
});

test.each([
  ["a short handle", { ...ZEROS, handle: "0" }],
  ["a long secret", { ...ZEROS, secret: "0".repeat(44) }],
  ["parts that only fit together", { ...ZEROS, handle: "0".repeat(17), secret: "0".repeat(42) }],
  ["another alphabet", { ...ZEROS, handle: "-".repeat(16) }],
])("%s cannot be written", (_name, token) => {
  expect(() => formatToken(token)).toThrow(TypeError);
});

test("the CRC-32 is that of zlib", () => {
  expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(crc32(bytes)).toBe(zlibCrc32(bytes));
    }),
  );
});
