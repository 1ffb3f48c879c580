import { expect, test } from "vitest";
import { findFault, formatOf } from "../../src/adapters/documents/find-fault.ts";

test.each([
  ["YAML", "application/yaml", "a: 1\nb: [1, 2\n", 3, 1],
  ["YAML", "Application/YAML; charset=utf-8", "a:\n\t- 1\n", 2, 1],
  ["YAML", "text/yaml", "a: 1\nb: 2\na: 3\n", 3, 1],
  ["TOML", "application/toml", "a = 1\nb 2\n", 2, 3],
  ["JSON", "application/json", '{\n  "a": 1,\n}', 3, 1],
] as const)(
  "%s of %s that is broken is told with line and column",
  (language, type, text, ...at) => {
    const fault = faultIn(text, type);

    expect(fault).toMatchObject({ language, line: at[0], column: at[1] });
    expect(fault?.detail).toMatch(/^\S.*[^.]$/);
  },
);

test.each([
  ["a mapping", "application/yaml", "a: 1\n"],
  ["a list", "application/yaml", "- a\n- b\n"],
  ["several documents", "application/yaml", "a: 1\n---\nb: 2\n"],
  ["a tag of somebody's", "application/yaml", "a: !Ref b\n"],
  ["nothing", "application/yaml", "\n"],
  ["a list", "application/json", "[1, 2]"],
  ["a table", "application/toml", "[a]\nb = 1\n"],
  ["a text of a language that is not known", "text/x-java-properties", "{[:"],
])("%s in %s is nothing to tell of", (_, type, text) => {
  expect(faultIn(text, type)).toBeUndefined();
});

test("what is told quotes nothing of the text", () => {
  const texts = ["hunter2: 1\nhunter2: 2\n", "a: [hunter2\n", "a: 'hunter2\n", "a: hunter2: x\n"];

  const faults = texts.map((text) => faultIn(text, "application/yaml"));

  for (const fault of faults) expect(fault).toBeDefined();
  expect(JSON.stringify(faults)).not.toContain("hunter2");
});

function faultIn(text: string, contentType: string) {
  const format = formatOf(contentType);
  return format === undefined ? undefined : findFault(text, format);
}
