/** toml-test, the files for TOML 1.0. */

import { type Located, type ParsedText, parseText } from "@llmcfg/config/sources";
import { expect, test } from "vitest";
import { bytesOf, type FileCase, readCases } from "./suite-cases.ts";

interface TomlCase extends FileCase {
  readonly value?: Tagged;
}

/** As the suite writes values: scalars with their type. */
type Tagged = { readonly [name: string]: Tagged } | readonly Tagged[] | string;

const cases = readCases("toml-test") as readonly TomlCase[]; // as its README says

test.each(cases.filter(({ value }) => value !== undefined))(
  "CFG-5 LOAD-1 TOML $name has the value that it stands for",
  (file) => {
    const { value = {} } = file;

    const parsed = parse(file);

    const tree = parsed.state === "ok" ? given(parsed.tree) : {}; // or there are only comments
    expect(parsed.state).not.toBe("malformed");
    expect(tree).toStrictEqual(expected(value));
  },
);

test.each(cases.filter(({ value }) => value === undefined))(
  "LOAD-7 what is no TOML is refused: $name",
  (file) => {
    const parsed = parse(file);

    expect(parsed.state).toBe("malformed");
  },
);

function parse(file: TomlCase): ParsedText {
  const place = (line: number, column: number) =>
    ({ kind: "file", file: "a", line, column }) as const;
  return parseText(bytesOf(file), { format: "toml", place });
}

function given(node: Located): unknown {
  if (node.type === "array") return node.items.map(given);
  if (node.type === "object") {
    return Object.fromEntries([...node.entries].map(([name, value]) => [name, given(value)]));
  }
  return typeof node.value === "string" ? normalTime(node.value) : node.value;
}

function expected(value: Tagged): unknown {
  if (typeof value === "string") throw new TypeError("a scalar has a type");
  if (Array.isArray(value)) return value.map(expected);
  const members = value as { readonly [name: string]: Tagged }; // no list, see above
  const { type, value: text } = members;
  if (typeof type === "string" && typeof text === "string") return scalarOf(type, text);
  return Object.fromEntries(Object.entries(members).map(([name, each]) => [name, expected(each)]));
}

function scalarOf(type: string, text: string): unknown {
  switch (type) {
    case "string":
      return normalTime(text);
    case "integer": // those beyond 2^53 are refused later, where the kind of the field is known
      return Number(text);
    case "float":
      return Number(text.replace(/inf$/, "Infinity"));
    case "bool":
      return text === "true";
    default:
      return normalTime(text);
  }
}

/** Times keep their text, which may be spelt in several ways. */
function normalTime(text: string): string {
  const [, date, time] = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d.*)$/.exec(text) ?? [];
  const whole = date === undefined ? text : `${date}T${time?.replace(/z$/, "Z")}`;
  return whole.replace(/(:\d\d)\.(\d*?)0*(?=Z|[-+]|$)/, (_all, seconds: string, digits: string) => {
    return digits === "" ? seconds : `${seconds}.${digits}`;
  });
}
