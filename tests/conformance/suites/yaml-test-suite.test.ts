/** YAML Test Suite, as far as configuration takes YAML: what it refuses on purpose is listed by name. */

import { parseText } from "@llmcfg/config/sources";
import { expect, test } from "vitest";
import { DEFAULT_LIMITS } from "../../../packages/config/src/formats/limits.ts";
import { parseWholeYaml } from "../../../packages/config/src/formats/parse-text.ts";
import { TreeBuilder } from "../../../packages/config/src/formats/tree-builder.ts";
import { unpackTree } from "../../../packages/config/src/formats/unpack-tree.ts";
import { parseYamlBlocks } from "../../../packages/config/src/formats/yaml-blocks.ts";
import { YamlPieces } from "../../../packages/config/src/formats/yaml-pieces.ts";
import { toJson } from "../../../packages/config/src/sources/locate-json.ts";
import { readCases } from "./suite-cases.ts";

interface YamlCase {
  readonly name: string;
  readonly about: string;
  readonly text: string;
  /** One value for each document. */
  readonly json?: string;
  readonly fails?: true;
}

/** YAML which configuration does not take, by the code of the refusal. */
const REFUSED_ON_PURPOSE: Readonly<Record<string, string>> = {
  // A configuration is one document: which of several would be meant?
  several_documents:
    "35KP 6XDY 6ZKB 7Z25 9DXL 9KAX JHB9 KSS4 L383 M7A3 NKF9 PUW8 RZT7 U9NS UT92 W4TN",
  // JSON, and so every consumer, knows keys that are strings alone; these are null, lists or mappings.
  key_not_string:
    "26DV 2JQS 4FJ6 6BFJ 6M2F 6PBE 9MMW CFD4 DFF7 E76Z FH7J FRK4 KK5P LX3P M2N8-00 M2N8-01 M5DY NHX8 " +
    "PW8X Q9WF RZP5 S3PD SBG9 SM9W-01 UKK6-00 V9D5 X38W XW4D",
  // The core schema has no other tags: what they would make is nothing that JSON has.
  unknown_tag: "565N 5TYM 6CK3 6WLZ 7FWL 9WXW C4HZ CC74 CUP7 J7PZ M5C3 P76L UGM3 Z67P Z9M4",
  // Directives that are reserved, or of another version than 1.2.
  parse_error: "2LFX 6LVF BEC7 MUS6-05 MUS6-06",
};

/** YAML which the parser does not know: an anchor's name may not hold every character that YAML allows. */
const GAPS: ReadonlySet<string> = new Set(["2SXE", "W5VH"]);

/** No YAML, which has no content: it is refused as an empty source, not as malformed. */
const EMPTY: ReadonlySet<string> = new Set(["9MMA", "SF5V"]);

const refusals = new Map(
  Object.entries(REFUSED_ON_PURPOSE).flatMap(([code, names]) => {
    return names.split(" ").map((name) => [name, code] as const);
  }),
);

const cases = readCases("yaml-test-suite") as readonly YamlCase[]; // as its README says
const accepted = cases.filter(({ fails, name }) => {
  return fails === undefined && !refusals.has(name) && !GAPS.has(name);
});

test.each(accepted)(
  "CFG-5 LOAD-1 YAML $name has the value that the suite gives: $about",
  ({ text, json }) => {
    const value = valueOf(text);

    // Without one, the suite has a value that is no JSON, or none at all.
    const expected = json === undefined || json.trim() === "" ? value : JSON.parse(json);
    expect(value ?? null).toEqual(expected ?? null);
    expect(codeOf(text)).toBe(stateOf(value));
  },
);

test.each(cases.filter(({ name }) => refusals.has(name)))(
  "LOAD-7 §3.1 YAML that configuration does not take is refused by its reason: $name, $about",
  ({ name, text }) => {
    expect(codeOf(text)).toBe(refusals.get(name));
  },
);

test.each(cases.filter(({ fails }) => fails === true))(
  "LOAD-7 what is no YAML is refused: $name, $about",
  ({ name, text }) => {
    expect(codeOf(text)).toMatch(EMPTY.has(name) ? /^empty$/ : /^(?!ok$|empty$)/);
  },
);

test.each(cases.filter(({ name }) => GAPS.has(name)))(
  "LOAD-7 YAML that the parser does not know is refused, not misread: $name, $about",
  ({ text }) => {
    expect(codeOf(text)).toBe("parse_error");
  },
);

test("LOAD-18 PRF-3 what is read by its lines of any text of the suite is what the whole grammar reads", () => {
  const told = cases.filter(({ text }) => {
    const tree = parseYamlBlocks(text, DEFAULT_LIMITS, new YamlPieces());
    if (tree === undefined) return false;
    expect(toJson(unpackTree(tree, placed(text)))).toStrictEqual(valueOf(text));
    return true;
  });

  expect(told.length).toBeGreaterThan(40);
});

/** The state, or the code of the first finding. */
function codeOf(text: string): string {
  const place = (line: number, column: number) =>
    ({ kind: "file", file: "a", line, column }) as const;
  const parsed = parseText(text, { format: "yaml", place });
  return parsed.state === "malformed" ? (parsed.findings[0]?.code ?? "") : parsed.state;
}

function stateOf(value: unknown): string {
  if (value === undefined) return "empty";
  const isMapping = typeof value === "object" && value !== null && !Array.isArray(value);
  return isMapping ? "ok" : "not_a_mapping";
}

/** Of any document, be it a mapping or not; nothing where there is none. */
function valueOf(text: string): unknown {
  const builder = new TreeBuilder(text, () => ({ kind: "default" }), DEFAULT_LIMITS);
  const tree = parseWholeYaml(text, builder);
  return tree === undefined ? undefined : toJson(unpackTree(tree, placed(text)));
}

function placed(text: string) {
  return {
    text,
    placeOf: (start: number, end: number) => ({
      at: { kind: "default" } as const,
      span: { start, end },
    }),
  };
}
