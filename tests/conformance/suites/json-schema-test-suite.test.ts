/** JSON Schema Test Suite, the required part of draft 2020-12, through the validator of external schemas. */

import type { Json } from "@llmcfg/config";
import { expect, test } from "vitest";
import { ExternalSchema } from "../../../packages/config/src/validate/json-schema/external-schema.ts";
import { readCases } from "./suite-cases.ts";

interface SchemaCase {
  readonly file: string;
  readonly description: string;
  readonly schema: boolean | Readonly<Record<string, unknown>>;
  readonly tests: readonly SchemaTest[];
}

interface SchemaTest {
  readonly description: string;
  readonly data: Json;
  readonly valid: boolean;
}

/** What is no schema here, by the reason: `file: description`, or the beginning of several. */
const REFUSED: Readonly<Record<string, readonly string[]>> = {
  "refers to another document: a schema is self-contained, nothing is fetched": [
    "refRemote: ",
    "dynamicRef: strict-tree schema",
    "dynamicRef: tests for implementation dynamic anchor and reference link",
    "dynamicRef: $ref and $dynamicAnchor are independent of order",
    "dynamicRef: $ref to $dynamicRef finds detached $dynamicAnchor",
  ],
  "is a boolean: nobody writes a file for it": ["boolean_schema: "],
  "is of a dialect of its own": ["vocabulary: "],
  "has a pattern that is not RE2, which takes its time in proportion to the text (VAL-14)": [
    "pattern: pattern with Unicode property escape",
    "patternProperties: patternProperties with Unicode property escape",
  ],
  "Ajv: $dynamicRef leads to an anchor of the same resource only": [
    "dynamicRef: A $dynamicRef that initially resolves to a schema with",
    "dynamicRef: after leaving a dynamic scope",
  ],
  "Ajv: cannot compile references that lead back to the root by a relative URI": [
    "ref: refs with relative uris and defs",
    "ref: relative refs with absolute uris and defs",
    "ref: URN ref with nested pointer ref",
  ],
};

/** What is judged otherwise than the draft says, by the reason: `file: description`, or its beginning. */
const JUDGED_OTHERWISE: Readonly<Record<string, readonly string[]>> = {
  "a format is checked, though the draft makes it an annotation: who writes it means it": [
    "format: ",
  ],
  "Ajv: $dynamicRef": [
    "dynamicRef: ",
    "unevaluatedItems: unevaluatedItems with $dynamicRef",
    "unevaluatedProperties: unevaluatedProperties with $dynamicRef",
  ],
  "Ajv: `__proto__` as the name in a schema; no document has such a name": [
    "properties: properties whose names are Javascript object property names",
  ],
  "Ajv: what contains, nested items, and an if alone have evaluated": [
    "unevaluatedItems: unevaluatedItems with nested items",
    "unevaluatedItems: unevaluatedItems depends on",
    "unevaluatedItems: unevaluatedItems and contains interact",
    "unevaluatedItems: unevaluatedItems with minContains = 0",
    "unevaluatedItems: unevaluatedItems can see annotations from if without then and else",
    "unevaluatedProperties: unevaluatedProperties with if/then/else, then not defined",
    "unevaluatedProperties: unevaluatedProperties can see annotations from if without then and else",
  ],
};

const given = readCases("json-schema-test-suite") as readonly SchemaCase[]; // as its README says
const cases = given.map((each) => {
  return { ...each, name: `${each.file}: ${each.description}` };
});
const refused = cases.filter(({ name }) => isListed(name, REFUSED));
const otherwise = cases.filter((each) => {
  return !refused.includes(each) && isListed(each.name, JUDGED_OTHERWISE);
});

test.each(cases.filter((each) => !refused.includes(each) && !otherwise.includes(each)))(
  "VAL-1 JSON Schema 2020-12 is judged as the draft says: $name",
  ({ schema, tests }) => {
    expect(misjudged(schema, tests)).toEqual([]);
  },
);

test.each(refused)(
  "VAL-11 a schema that is not taken is refused when it is given: $name",
  ({ schema }) => {
    expect(() => create(schema)).toThrow(expect.objectContaining({ code: "invalid_json_schema" }));
  },
);

test("VAL-1 how far Ajv keeps to the draft is known: what is listed as judged otherwise still is", () => {
  const mended = otherwise.filter(({ schema, tests, name }) => {
    return !name.startsWith("dynamicRef: ") && misjudged(schema, tests).length === 0;
  });

  // Of formats those that say nothing of text are as the draft has them.
  expect(mended.filter(({ file }) => file !== "format").map(({ name }) => name)).toEqual([]);
});

function create(schema: SchemaCase["schema"]): ExternalSchema {
  return new ExternalSchema(schema as Readonly<Record<string, unknown>>); // or it refuses it
}

function misjudged(schema: SchemaCase["schema"], tests: readonly SchemaTest[]): readonly string[] {
  const validator = create(schema);
  return tests.filter((each) => isValid(validator, each.data) !== each.valid).map(nameOf);
}

/** Nothing where the validator gives up. */
function isValid(validator: ExternalSchema, data: Json): boolean | undefined {
  try {
    return validator.check(data).length === 0;
  } catch (error) {
    if (error instanceof RangeError) return undefined; // $dynamicRef that leads to itself
    throw error;
  }
}

function nameOf({ description }: SchemaTest): string {
  return description;
}

function isListed(name: string, lists: Readonly<Record<string, readonly string[]>>): boolean {
  return Object.values(lists).some((names) => names.some((listed) => name.startsWith(listed)));
}
