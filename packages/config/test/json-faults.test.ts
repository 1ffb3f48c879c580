import { parseText } from "@llmcfg/config/sources";
import { expect, test } from "vitest";

test.each<[string, string, [number, number]]>([
  ['{"a": 1,}', "there is no comma before a closing bracket", [1, 9]],
  ['{"a": [1,]}', "there is no comma before a closing bracket", [1, 10]],
  ['{"a": 1, // x\n"b": 2}', "JSON has no comments", [1, 10]],
  ['{"a": /* x */ 1}', "JSON has no comments", [1, 7]],
  ["# x\n{}", "JSON has no comments", [1, 1]],
  ["{\"a\": 'x'}", "names and text stand in double quotes in JSON", [1, 7]],
  ["{'a': 1}", "names and text stand in double quotes in JSON", [1, 2]],
  ['{"a": NaN}', "JSON has no NaN and no Infinity", [1, 7]],
  ['{"a": -Infinity}', "JSON has no NaN and no Infinity", [1, 7]],
  ['{"a": True}', "the only words of JSON are true, false and null, in small letters", [1, 7]],
  ['{"a": 01}', "a number does not begin with 0 and another digit", [1, 8]],
  ['{"a": -}', "this is no number of JSON", [1, 7]],
  ['{"a": .5}', "this is no number of JSON", [1, 7]],
  ['{"a": 1.}', "this is no number of JSON", [1, 8]],
  ['{"a": 0x1F}', "this is no number of JSON", [1, 8]],
  ['{"a": [,1]}', "there is nothing before this comma", [1, 8]],
  [
    '{"a": "x\n"}',
    'a double quote is missing, or text has a line break that is not written as "\\n"',
    [1, 9],
  ],
  ['{"a": "x\ty"}', 'a tab in text is written as "\\t"', [1, 9]],
  [
    '{"a": "x\u0000"}',
    "a control character in text is written as \\u and four hexadecimal digits",
    [1, 9],
  ],
  ['{"a":\u00a01}', "this white space is none of JSON: write a space", [1, 6]],
])("LOAD-7 the mistake in %j is told by its name", (text, message, [line, column]) => {
  expect(findingsOf(text)).toMatchObject([
    { code: "parse_error", message, position: { line, column } },
  ]);
});

test.each<[string, string, [number, number]]>([
  ['{"a": 1\n "b": 2}', '"," or "}"', [2, 2]],
  ['{"a": [1\n 2]}', '"," or "]"', [2, 2]],
  ['{"a": [1}', '"," or "]"', [1, 9]],
  ['{"a": }', "a value", [1, 7]],
  ['{"a": ["b", x]}', "a value", [1, 13]],
  ['{"a": [x]}', 'a value or "]"', [1, 8]],
  ["{a: 1}", 'a name in double quotes or "}"', [1, 2]],
  ['{"a": 1, b: 2}', "a name in double quotes", [1, 10]],
  ['{"a" 1}', '":" behind the name', [1, 6]],
  ['{"a": "\\x"}', 'one of " \\ / b f n r t behind the backslash', [1, 8]],
  ['{"a": 1}\n{"a": 1}', "the end, for a JSON text is one value", [2, 1]],
])("LOAD-7 what was expected in %j is told: %s", (text, expected, [line, column]) => {
  const [finding] = findingsOf(text);

  expect(finding?.message).toContain(`this is not well-formed JSON: expected ${expected}`);
  expect(finding).toMatchObject({ code: "parse_error", position: { line, column } });
});

test.each([
  ['{"a": ', "a value"],
  ['{"a": [1', '"," or "]"'],
  ['{"a": "x', "a double quote at the end of the text"],
  ["{", 'a name in double quotes or "}"'],
])("LOAD-7 where %j ends too early, what is missing is told", (text, expected) => {
  const [finding] = findingsOf(text);

  expect(finding?.message).toBe(`the JSON ends too early: expected ${expected}`);
  expect(finding).toMatchObject({ position: { line: 1, column: text.length + 1 } });
});

function findingsOf(text: string) {
  const result = parseText(text, {
    format: "json",
    place: (line, column) => ({ kind: "file", file: "gateway.json", line, column }),
  });
  if (result.state !== "malformed") throw new Error(`it is ${result.state}`);
  return result.findings;
}
