import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { sha256, webSha256 } from "../../src/bundle/sha256.ts";

test("the vectors of FIPS 180-4 hold", async () => {
  const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  expect(await sha256("abc")).toBe(abc);
  expect(await webSha256("abc")).toBe(abc);
});

test("a browser's hash is Node's, whatever the text", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary" }), async (text) => {
      const expected = createHash("sha256").update(text, "utf8").digest("hex");

      expect(await sha256(text)).toBe(expected);
      expect(await webSha256(text)).toBe(expected);
    }),
    { numRuns: 20 }, // a hash of the Web Crypto API is a task on another thread
  );
});
