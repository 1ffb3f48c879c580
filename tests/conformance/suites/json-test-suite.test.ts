/** JSON Parsing Test Suite: `y_` is JSON, `n_` is not, `i_` is left open by RFC 8259. */

import { type ParsedText, parseText } from "@llmcfg/config/sources";
import { expect, test } from "vitest";
import { toJson } from "../../../packages/config/src/sources/locate-json.ts";
import { bytesOf, type FileCase, readCases } from "./suite-cases.ts";

/** JSON by its grammar, which configuration does not take: by name, with the code and the reason. */
const REFUSED_ON_PURPOSE: ReadonlyMap<string, readonly [code: string, reason: string]> = new Map([
  ["y_object_duplicated_key", ["duplicate_key", "one of the two would be lost silently"]],
  ["y_object_duplicated_key_and_value", ["duplicate_key", "a repeated key is a mistake"]],
]);

const cases = readCases("json-test-suite") as readonly FileCase[]; // as its README says

test.each(casesOf("y_").filter(({ name }) => !REFUSED_ON_PURPOSE.has(name)))(
  "CFG-5 LOAD-1 JSON $name is read, with the value that JSON.parse gives",
  (file) => {
    const bytes = bytesOf(file);
    const expected: unknown = JSON.parse(new TextDecoder().decode(bytes));

    // What is no object is well-formed, and no document.
    expect(outcomeOf(bytes)).toBe(isObject(expected) ? "ok" : "not_a_mapping");
    expect(valueWithin(bytes)).toStrictEqual(expected);
  },
);

test.each(casesOf("y_").filter(({ name }) => REFUSED_ON_PURPOSE.has(name)))(
  "LOAD-7 JSON that configuration does not take is refused by its reason: $name",
  (file) => {
    const [code] = REFUSED_ON_PURPOSE.get(file.name) ?? [];

    expect(outcomeOf(bytesOf(file))).toBe(code);
  },
);

test.each(casesOf("n_"))("LOAD-7 what is no JSON is refused: $name", (file) => {
  const isEmpty = new TextDecoder().decode(bytesOf(file)).trim() === "";

  const outcome = outcomeOf(bytesOf(file));

  expect(outcome).toMatch(isEmpty ? /^empty$/ : /^(parse_error|not_utf8|too_deep)$/);
});

test.each(casesOf("i_"))(
  "LOAD-7 what RFC 8259 leaves open is read as JSON.parse does, or refused: $name",
  (file) => {
    const bytes = bytesOf(file);

    const value = valueWithin(bytes);

    const expected = value === undefined ? undefined : JSON.parse(new TextDecoder().decode(bytes));
    expect(value).toStrictEqual(expected);
    expect(outcomeOf(bytes)).toMatch(/^(ok|not_a_mapping|parse_error|not_utf8|too_deep)$/);
  },
);

function casesOf(kind: "y_" | "n_" | "i_"): readonly FileCase[] {
  return cases.filter(({ name }) => name.startsWith(kind));
}

/** The state, or the code of the first finding. */
function outcomeOf(bytes: Uint8Array): string {
  const parsed = parse(bytes);
  return parsed.state === "malformed" ? (parsed.findings[0]?.code ?? "") : parsed.state;
}

/** Of any JSON text: as a member of a document. Nothing where it is none. */
function valueWithin(bytes: Uint8Array): unknown {
  const within = parse(Buffer.concat([Buffer.from('{"x":'), bytes, Buffer.from("}")]));
  if (within.state !== "ok") return undefined;
  const value = within.tree.entries.get("x");
  return value && toJson(value);
}

function parse(bytes: Uint8Array): ParsedText {
  const place = (line: number, column: number) =>
    ({ kind: "file", file: "a", line, column }) as const;
  return parseText(bytes, { format: "json", place });
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
