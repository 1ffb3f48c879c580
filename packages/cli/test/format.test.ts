import { expect, test } from "vitest";
import { outputOf } from "../src/output/format.ts";

const LIST = ["table", "json", "yaml", "jsonl", "name"] as const;

test.each([
  [{}, {}, "table"],
  [{ output: "yaml" }, { LLMCFG_OUTPUT: "json" }, "yaml"],
  [{ json: true }, {}, "json"],
  [{}, { LLMCFG_OUTPUT: "json" }, "json"],
  [{}, { LLMCFG_OUTPUT: "raw" }, "table"],
  [{}, { LLMCFG_OUTPUT: "" }, "table"],
] as const)("CLI-03 %j with %j is printed as %s", (flags, env, format) => {
  expect(outputOf(flags, env, LIST).format).toBe(format);
});

test.each([
  [{ output: "raw" }, "no output as raw"],
  [{ output: "xml" }, "no output format xml"],
  [{ output: "env" }, "not built yet"],
  [{ query: "a" }, "--query filters json and yaml"],
  [{ query: "a", output: "jsonl" }, "--query filters json and yaml"],
] as const)("CLI-03 %j is refused, not ignored", (flags, text) => {
  expect(() => outputOf(flags, {}, LIST)).toThrow(text);
});
