import { expect, test } from "vitest";
import { blankLike, cellsOf } from "../src/validate/cells.ts";

/** As `wcwidth` and terminals have them. */
test.each<[string, string, number]>([
  ["ASCII", "name: x", 7],
  ["letters with accents", "é\u00e4", 2],
  ["a combining mark", "e\u0301x", 2],
  ["Chinese", "配置", 4],
  ["Korean", "한글", 4],
  ["kana and full-width signs", "カな：", 6],
  ["an emoji", "😀", 2],
  ["a family of emoji", "👩‍👩‍👧", 2],
  ["a skin tone", "👍🏽", 2],
  ["a flag", "🇩🇪", 2],
  ["a sign that is made an emoji", "❤️", 2],
  ["a sign that is none", "❤", 1],
  ["digits", "12", 2],
  ["what stands for a secret", "⋯…", 2],
  ["a zero width joiner alone", "\u200d", 0],
])("VAL-4 %s %j takes as many cells as a terminal gives it", (_what, text, cells) => {
  expect(cellsOf(text)).toBe(cells);
  expect(blankLike(text)).toBe(" ".repeat(cells));
});

test("VAL-4 tabs stay tabs in what is to be as wide as a text", () => {
  expect(blankLike("\ta:\t配")).toBe("\t  \t  ");
});
