import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { bundleHash } from "../../src/bundle/bundle-hash.ts";

const PLACE = { env: "production", service: "ml-service" };

test("the hash of a bundle without keys is that of nothing", async () => {
  expect(await bundleHash(PLACE, new Map())).toBe(
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  );
});

test("STR-09 the hash is over the lines path TAB hash LF, whatever order the keys come in", async () => {
  const text =
    "production/ml-service/a\tsha256:02\n" +
    "production/ml-service/a.b\tsha256:01\n" +
    "production/ml-service/a/b\thmac:03\n";
  const expected = `sha256:${createHash("sha256").update(text, "utf8").digest("hex")}`;

  const hash = await bundleHash(
    PLACE,
    new Map([
      ["a.b", "sha256:01"],
      ["a/b", "hmac:03"],
      ["a", "sha256:02"],
    ]),
  );

  expect(hash).toBe(expected);
});

test("STR-09 keys are sorted by their bytes, not by their UTF-16 code units", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.string({ unit: "grapheme", minLength: 1 })),
      async (keys) => {
        const lines = keys
          .filter((key) => key.isWellFormed())
          .map((key) =>
            Buffer.from(`production/ml-service/${key}\tsha256:${key.length}\n`, "utf8"),
          );
        const sorted = lines.toSorted((a, b) => Buffer.compare(pathOf(a), pathOf(b)));
        const expected = createHash("sha256").update(Buffer.concat(sorted)).digest("hex");

        const hashes = new Map(
          keys
            .filter((key) => key.isWellFormed())
            .map((key) => [key, `sha256:${key.length}`] as const),
        );
        expect(await bundleHash(PLACE, hashes)).toBe(`sha256:${expected}`);
      },
    ),
  );
});

function pathOf(line: Buffer): Buffer {
  return line.subarray(0, line.indexOf("\tsha256:"));
}
