import { isLlmcfgError } from "@llmcfg/core";
import { expect, test } from "vitest";
import { parseValue } from "../src/commands/config/set.ts";

test.each([
  ["text\n", "string", "text"],
  ["text\n", "document", "text\n"],
  ["5\n", "number", 5],
  ["true", "boolean", true],
  ['{"a":[1]}', "object", { a: [1] }],
  ["null", "object", null],
  ["[]", "array", []],
] as const)("CLI-27 %j as %s is that value", (text, type, value) => {
  expect(parseValue(text, type)).toEqual(value);
});

test.each([
  ["abc", "number", "the value is not a number"],
  ["[1]", "object", "the value is not an object"],
  ["{}", "array", "the value is not an array"],
  ['{"a":1,}', "object", "the value is not an object: the JSON is refused at line 1, column 8"],
  ['{"a":1,\n"a":2}', "object", "the value is not an object: the JSON is refused at line 2"],
  ["12345678901234567890", "number", "the value is not a number: the JSON is refused at line 1"],
] as const)("CLI-27 %j is no %s, and it is said why", (text, type, message) => {
  expect(refusalOf(() => parseValue(text, type))).toMatchObject({
    reason: "RULE_VIOLATION",
    message: expect.stringContaining(message) as string,
  });
});

function refusalOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return isLlmcfgError(error) ? { reason: error.reason, message: error.message } : error;
  }
}
