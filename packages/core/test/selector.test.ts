import {
  isLlmcfgError,
  parseSelector,
  selectorContains,
  selectorCovers,
  selectorMatches,
  selectorMeets,
} from "@llmcfg/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

test("a selector is its segments, and whether it goes on", () => {
  expect(parseSelector("production/*/inference/**")).toEqual({
    text: "production/*/inference/**",
    segments: ["production", "*", "inference"],
    isOpen: true,
  });
  expect(parseSelector("production/ml/db-url")).toMatchObject({ isOpen: false });
  expect(parseSelector("**")).toEqual({ text: "**", segments: [], isOpen: true });
});

test.each([
  ["nothing", ""],
  ["an environment alone", "production"],
  ["a service alone", "production/ml-service"],
  ["a slash at the end", "production/ml-service/"],
  ["a slash before", "/production/ml-service/**"],
  ["** in the middle", "production/**/db-url"],
  ["a part of a segment", "production/ml-service/infer*"],
  ["three stars", "production/***"],
  ["an upper-case environment", "Production/**"],
  ["a service that is no label", "production/ml_service/**"],
  ["a segment that climbs", "production/ml-service/../**"],
  ["a control character", "production/ml-service/a\n/**"],
  ["35 segments", `production/ml-service/${Array(33).fill("*").join("/")}`],
])("%s is no selector", (_name, text) => {
  let error: unknown;
  try {
    parseSelector(text);
  } catch (thrown) {
    error = thrown;
  }

  expect(isLlmcfgError(error, "INVALID_ARGUMENT")).toBe(true);
});

test.each([
  ["production/ml/**", "production/ml/a", true],
  ["production/ml/**", "production/ml/a/b/c", true],
  ["production/ml/**", "production/mlops/a", false],
  ["production/ml/a/**", "production/ml/a", true],
  ["production/ml/a/**", "production/ml/ab", false],
  ["production/ml/*", "production/ml/a", true],
  ["production/ml/*", "production/ml/a/b", false],
  ["*/ml/**", "staging/ml/a", true],
  ["*/ml/**", "staging/web/a", false],
  ["production/*/secrets/*", "production/ml/secrets/x", true],
  ["production/ml/A", "production/ml/a", false],
  ["**", "a/b/c", true],
])("%s and %s: %s", (selector, path, expected) => {
  expect(selectorMatches(parseSelector(selector), path)).toBe(expected);
});

describe("against all the paths there are of two letters and one more", () => {
  const LETTERS = ["a", "b", "other"]; // `other` stands for every name that no selector has
  const PATHS = [3, 4, 5, 6].flatMap((length) => pathsOf(length));
  const segment = fc.constantFrom("*", "a", "b");
  const selector = fc.oneof(
    fc.array(segment, { maxLength: 4 }).map((all) => [...all, "**"].join("/")),
    fc.array(segment, { minLength: 3, maxLength: 5 }).map((all) => all.join("/")),
  );
  const folder = fc.array(fc.constantFrom(...LETTERS), { maxLength: 4 });

  test("a selector matches what its pattern means", () => {
    fc.assert(
      fc.property(selector, (text) => {
        const pattern = new RegExp(
          `^${text
            .split("/")
            .map((s) => (s === "**" ? "([^/]+/)*" : s === "*" ? "[^/]+/" : `${s}/`))
            .join("")}$`,
        );
        const parsed = parseSelector(text);

        for (const path of PATHS) {
          expect(selectorMatches(parsed, path)).toBe(pattern.test(`${path}/`));
        }
      }),
      { numRuns: 30 },
    );
  });

  test("it covers a folder where all paths below match, and meets it where any does", () => {
    fc.assert(
      fc.property(selector, folder, (text, segments) => {
        const parsed = parseSelector(text);
        const below = PATHS.filter((path) => {
          const all = path.split("/");
          return all.length > segments.length && segments.every((s, i) => s === all[i]);
        });
        const matches = (path: string) => selectorMatches(parsed, path);

        expect(selectorCovers(parsed, segments)).toBe(below.every(matches));
        expect(selectorMeets(parsed, segments)).toBe(below.some(matches));
      }),
      { numRuns: 300 },
    );
  });

  test("05 §3.9 one contains another where every path of the other is its own", () => {
    fc.assert(
      fc.property(selector, selector, (one, other) => {
        const [outer, inner] = [parseSelector(one), parseSelector(other)];
        const isSubset = PATHS.filter((path) => selectorMatches(inner, path)).every((path) =>
          selectorMatches(outer, path),
        );

        expect(selectorContains(outer, inner)).toBe(isSubset);
      }),
      { numRuns: 500 },
    );
  });

  function pathsOf(length: number): readonly string[] {
    if (length === 1) return LETTERS;
    return pathsOf(length - 1).flatMap((path) => LETTERS.map((letter) => `${path}/${letter}`));
  }
});
