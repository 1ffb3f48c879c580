import { parseText } from "@llmcfg/config/sources";
import { expect, test } from "vitest";

const NO_COLON = 'no ": " follows this text on its line';
const NOT_INDENTED = "is not closed before this line, which is indented too little to lie in it";
const NO_COMMA =
  'inside these brackets a comma is missing, or a text that holds ": " is not in quotes';

test.each<[string, string, [number, number]]>([
  ["a: [1, 2\nb: 3\n", `the "[" of line 1, column 4 ${NOT_INDENTED}`, [2, 1]],
  ["a:\n  b: {x: 1\n  c: 3\n", `the "{" of line 2, column 6 ${NOT_INDENTED}`, [3, 3]],
  ["a: [1,\n2]\n", `the "[" of line 1, column 4 ${NOT_INDENTED}`, [2, 1]],
  ["a:\n  b: {\n  x: 1\n  }\n", `the "{" of line 2, column 6 ${NOT_INDENTED}`, [3, 3]],
  ["a: [1, [2]\n", 'the "[" of line 1, column 4 is not closed', [2, 1]],
  ["{a: 1, b: 2\n", 'the "{" of line 1, column 1 is not closed', [2, 1]],
  [
    "a: [1, 2}\nb: 3\n",
    'the "[" of line 1, column 4 is closed by a bracket of the other kind',
    [1, 9],
  ],
  [
    "a: {\n  b: [1, 2},\n  c: []}\n",
    'the "[" of line 2, column 6 is closed by a bracket of the other kind',
    [2, 11],
  ],
  ["a: ]\n", "this bracket closes nothing", [1, 4]],
  ['a: "[\nb: 2\n', "the double quote of line 1, column 4 is not closed", [3, 1]],
  ["a: ['x, y]\n", "the single quote of line 1, column 5 is not closed", [2, 1]],
  ["a: [x: y: z]", NO_COMMA, [1, 8]],
  ["a: {x: 1 y: 2}", NO_COMMA, [1, 8]],
  ["a: [1 2\n 3: 4]", NO_COMMA, [1, 5]],
  ['a: ["x" "y"]', NO_COMMA, [1, 9]],
  ["a: [b,, c]", "there is nothing before this comma", [1, 7]],
])("LOAD-7 what does not fit in the brackets and quotes of %j is named", (text, message, at) => {
  expect(faultOf(text)).toEqual({ code: "parse_error", message, at });
});

test.each<[string, string, [number, number]]>([
  ["a:1\nb: 2", NO_COLON, [1, 1]],
  ["a 1\nb: 2", NO_COLON, [1, 1]],
  ["b: 2\na:1\n", NO_COLON, [2, 1]],
  ["a: b: c", 'a text that holds ": " must be quoted', [1, 4]],
  ["a: - b", "a list begins on the line after its key", [1, 4]],
  ["a: 'x'#y", 'a space is missing before the "#" of a comment', [1, 7]],
  ["a: |x\n b", 'text begins on the line after "|" or ">"', [1, 5]],
  [`${"a".repeat(1025)}: b`, "a key is longer than 1024 characters", [1, 1]],
  ["a: &x &y 1", "there is more than one anchor here", [1, 7]],
  ["a: !!str !!int 1", "there is more than one tag here", [1, 10]],
  ["a: 1\nb: &x *y", "an alias has no anchor and no tag of its own", [2, 7]],
  ["a: !!omap {b: 1}", "the tag is none of a mapping or list of this kind", [1, 4]],
  ["&x ? a\n: b", 'an anchor or tag stands before the "-", "?" or ":" that it must follow', [1, 4]],
])("LOAD-7 the mistake in %j is told by its name", (text, message, at) => {
  expect(faultOf(text)).toEqual({ code: "parse_error", message, at });
});

test.each<[string, [number, number]]>([
  ["<<<<<<< HEAD\na: 1\n=======\na: 2\n>>>>>>> x\n", [1, 1]],
  ["a: 1\r\n<<<<<<< HEAD\r\nb: 1\r\n", [2, 1]],
  ["a:\n  b: 1\n>>>>>>> x\n", [3, 1]],
  ["b: 2\n=======\n", [2, 1]],
])("LOAD-7 the mark that a merge left in %j is told as that", (text, at) => {
  const message = "this line is the mark of a conflict that a merge left";

  expect(faultOf(text)).toEqual({ code: "parse_error", message, at });
});

test("LOAD-7 a carriage return alone is told in YAML as it is in TOML", () => {
  const message = "a carriage return stands without a line feed";

  expect(faultOf("a: 1\rb: 2\r")).toEqual({ code: "parse_error", message, at: [1, 5] });
  expect(faultOf("x: 1\r\na:\r  b: 1\r\n")).toEqual({ code: "parse_error", message, at: [2, 3] });
  expect(faultOf("a = 1\rb = 2\r", "toml")).toMatchObject({ message });
});

test.each([
  ["yaml", `a: ${"[".repeat(5000)}`, [1, 68]],
  ["yaml", `x: 1\na: ${"[".repeat(200_000)}`, [2, 68]],
  ["yaml", `{"a[": ${"[".repeat(5000)}`, [1, 72]],
  ["toml", `a = ${"[".repeat(30_000)}${"]".repeat(30_000)}`, [1, 69]],
] as const)(
  "LOAD-7 what no parser can go through for its depth is refused with limit and place, in %s",
  (format, text, at) => {
    const message = "values are nested more than 64 deep";

    expect(faultOf(text, format)).toEqual({ code: "too_deep", message, at });
  },
);

function faultOf(text: string, format: "yaml" | "toml" = "yaml") {
  const place = (line: number, column: number) =>
    ({ kind: "file", file: "gateway", line, column }) as const;
  const result = parseText(text, { format, place });
  const finding = result.state === "malformed" ? result.findings[0] : undefined;
  if (finding?.position?.kind !== "file") throw new Error(`it is ${result.state}`);
  const { code, message, position } = finding;
  return { code, message, at: [position.line, position.column] };
}
