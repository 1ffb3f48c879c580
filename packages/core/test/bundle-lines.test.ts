import { bundleLines } from "@llmcfg/core";
import { expect, test } from "vitest";

test("STR-09 each value is a line of path, tab and hash, sorted bytewise whatever their order", () => {
  const lines = bundleLines([
    { path: "staging/web/\u{1f600}", hash: "sha256:d" },
    { path: "staging/web/b", hash: "sha256:b" },
    { path: "staging/web/\uffee", hash: "hmac:c" },
    { path: "staging/web/B/a", hash: "sha256:a" },
  ]);

  expect(lines).toBe(
    "staging/web/B/a\tsha256:a\n" +
      "staging/web/b\tsha256:b\n" +
      "staging/web/\uffee\thmac:c\n" +
      "staging/web/\u{1f600}\tsha256:d\n",
  );
});

test("nothing has no lines", () => {
  expect(bundleLines([])).toBe("");
});
