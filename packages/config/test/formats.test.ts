import { type Json, nearestNames } from "@llmcfg/config";
import { type Format, type Located, type Position, parseText } from "@llmcfg/config/sources";
import { expect, test } from "vitest";
import { toJson } from "../src/sources/locate-json.ts";

test("CFG-5 the YAML, TOML and JSON spelling of one document give equal values", () => {
  const yaml =
    "a: {b: [1, two, true]}\nlist:\n  - id: x\n    n: null\n  - {id: y}\ntext: |\n  hi\n";
  const json = '{"a":{"b":[1,"two",true]},"list":[{"id":"x","n":null},{"id":"y"}],"text":"hi\\n"}';
  const toml =
    'a.b = [1, "two", true]\ntext = """\nhi\n"""\n[[list]]\nid = "x"\n[[list]]\nid = "y"\n';

  expect(valueOf(yaml, "yaml")).toEqual(JSON.parse(json));
  expect(valueOf(json, "json")).toEqual(JSON.parse(json));
  expect(valueOf(toml, "toml")).toEqual({
    a: { b: [1, "two", true] },
    text: "hi\n",
    list: [{ id: "x" }, { id: "y" }], // TOML has no null
  });
});

test("LOAD-12 every node knows its line and column, in each format", () => {
  const yaml = treeOf("a:\n  b: 1\nc: [x, {d: 2}]\n", "yaml");
  const json = treeOf('{"a": {\n  "b": 1}}', "json");
  const toml = treeOf("x = 1\n[a]\nb = 2\n", "toml");

  expect(placeAt(yaml, "a", "b")).toEqual([2, 6]);
  expect(placeAt(yaml, "c", "1", "d")).toEqual([3, 12]);
  expect(placeAt(json, "a", "b")).toEqual([2, 8]);
  expect(placeAt(toml, "a", "b")).toEqual([3, 5]);
  expect(nameAt(yaml, "a")).toEqual([1, 1]);
});

test("§3.1 YAML is version 1.2 with the core schema", () => {
  const yaml = "a: no\nb: on\nc: yes\nd: 0x10\ne: 0o17\nf: .5\ng: 2026-11-25\nh: ~\ni: 1_000\n";

  expect(valueOf(yaml, "yaml")).toEqual({
    a: "no",
    b: "on",
    c: "yes",
    d: 16,
    e: 15,
    f: 0.5,
    g: "2026-11-25",
    h: null,
    i: "1_000",
  });
});

test.each(["a: {b: ${env:X}}", "a:\n  - [x, ${secret:k#v}, y]", "a: {b: x${file:/x}, c: 1}"])(
  "§3.6 a reference in %j, without quotes inside brackets, is told how it is written",
  (yaml) => {
    const findings = findingsOf(yaml, "yaml");

    const line = yaml.split("\n").length;
    const column = (yaml.split("\n").at(-1) ?? "").indexOf("${") + 1;
    expect(findings).toMatchObject([{ code: "parse_error", position: { line, column } }]);
    expect(findings[0]?.message).toContain('in quotes: "${env:NAME}"');
  },
);

test("§3.1 aliases and merge keys are expanded, and stand where the aliased text stands", () => {
  const yaml =
    "base: &b {x: 1, y: 2}\ncopy: *b\nmerged:\n  <<: *b\n  y: 3\nboth:\n  <<: [{x: 9}, *b]\n";

  const tree = treeOf(yaml, "yaml");

  expect(toJson(tree)).toEqual({
    base: { x: 1, y: 2 },
    copy: { x: 1, y: 2 },
    merged: { y: 3, x: 1 },
    both: { x: 9, y: 2 },
  });
  expect(placeAt(tree, "copy", "x")).toEqual([1, 14]);
  expect(placeAt(tree, "merged", "x")).toEqual([1, 14]);
});

test("§3.1 dates of TOML keep their text, and numbers their spelling", () => {
  const tree = treeOf("d = 1979-05-27T07:32:00Z\nv = 1.50\nh = 0x1F\n", "toml");

  expect(toJson(tree)).toEqual({ d: "1979-05-27T07:32:00Z", v: 1.5, h: 31 });
  expect(tree.type === "object" && tree.entries.get("v")).toMatchObject({ lexeme: "1.50" });
});

test.each<[string, Format, string, string, [number, number]]>([
  ["a duplicate key", "yaml", "a: 1\nb: 2\na: 3\n", "duplicate_key", [3, 1]],
  ["a duplicate key", "json", '{"a": 1,\n "a": 2}', "duplicate_key", [2, 2]],
  ["a duplicate key", "toml", "a = 1\na = 2\n", "duplicate_key", [2, 1]],
  ["two merge keys", "yaml", "x: &x {}\ny:\n  <<: *x\n  <<: *x\n", "duplicate_key", [4, 3]],
  ["a number as key", "yaml", "1: x\n", "key_not_string", [1, 1]],
  ["null as key", "yaml", "a:\n  null: x\n", "key_not_string", [2, 3]],
  ["a boolean as key", "yaml", "true: x\n", "key_not_string", [1, 1]],
  ["a list as key", "yaml", "? [a]\n: x\n", "key_not_string", [1, 3]],
  ["two documents", "yaml", "a: 1\n---\nb: 2\n", "several_documents", [2, 1]],
  ["an unknown tag", "yaml", "a: !secret x\n", "unknown_tag", [1, 4]],
  ["bytes", "yaml", "a:\n  !!binary Zm9v\n", "unknown_tag", [2, 12]],
  ["a date", "yaml", "a: !!timestamp 2001-12-14\n", "unknown_tag", [1, 16]],
  ["a list of pairs", "yaml", "a: !!omap [b: 1]\n", "unknown_tag", [1, 11]],
  ["an alias without anchor", "yaml", "a: *nope\n", "parse_error", [1, 4]],
  ["bad indentation", "yaml", "a:\n  b: 1\n c: 2\n", "parse_error", [3, 1]],
  ["a tab", "yaml", "a:\n\tb: 1\n", "parse_error", [2, 1]],
  ["a list at the top", "yaml", "- a\n", "not_a_mapping", [1, 1]],
  ["a comment", "json", '{"a": 1 // x\n}', "parse_error", [1, 9]],
  ["a comma at the end", "json", '{"a": 1,}', "parse_error", [1, 9]],
  ["an end too early", "json", '{"a": ', "parse_error", [1, 7]],
  ["a carriage return alone", "toml", "a = 1\rb = 2\n", "parse_error", [1, 6]],
  ["a missing value", "toml", "a =\n", "parse_error", [2, 1]],
])(
  "LOAD-7 %s in %s %j is refused as %s at its place",
  (_what, format, text, code, [line, column]) => {
    const findings = findingsOf(text, format);

    expect(findings).toMatchObject([{ code, position: { line, column } }]);
  },
);

test("LOAD-7 a duplicate key names both places, and every one is found", () => {
  const findings = findingsOf("a: 1\na: 2\nb: 1\nb: 2\n", "yaml");

  expect(findings.map(({ position }) => position)).toMatchObject([{ line: 2 }, { line: 4 }]);
  expect(findings[0]?.related).toMatchObject([{ position: { line: 1, column: 1 } }]);
});

test("LOAD-7 text that is not UTF-8 is refused, and a byte order mark is dropped", () => {
  const latin1 = parse(Uint8Array.of(0x61, 0x3a, 0x20, 0xe9), "yaml");
  const marked = parse(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61, 0x3a, 0x20, 0x31), "yaml");

  expect(latin1).toMatchObject({ state: "malformed", findings: [{ code: "not_utf8" }] });
  expect(marked.state === "ok" && placeAt(marked.tree, "a")).toEqual([1, 4]);
});

test("LOAD-7 limits hold: bytes, depth, values, aliases", () => {
  const deep = `${"[".repeat(70)}${"]".repeat(70)}`;
  const bomb = `a: &a [x]\nb: &b [${"*a,".repeat(20)}]\nc: &c [${"*b,".repeat(20)}]\n`;
  const cyclic = "a: &a\n  b: *a\n";

  const results = [
    parse("a: 12345\n", "yaml", { maxBytes: 8 }),
    parse(`{"a":${deep}}`, "json"),
    parse(`a: ${deep}`, "yaml"),
    parse("a: [1, 2, 3]\n", "yaml", { maxNodes: 4 }),
    parse(bomb, "yaml"),
    parse(cyclic, "yaml"),
    parse(`{"a":${"[".repeat(100_000)}`, "json"),
  ];

  const codes = results.map((result) => result.state === "malformed" && result.findings[0]?.code);
  expect(codes).toEqual([
    "too_large",
    "too_deep",
    "too_deep",
    "too_many_nodes",
    "too_many_aliases",
    expect.stringMatching(/too_deep|too_many_aliases/),
    expect.stringMatching(/too_deep|parse_error/),
  ]);
});

test.each<[Format, string]>([
  ["yaml", ""],
  ["yaml", "# only a comment\n"],
  ["yaml", "---\n"],
  ["toml", "# only a comment\n"],
  ["json", " \n"],
])("LOAD-17 %s %j has no content", (format, text) => {
  expect(parse(text, format)).toEqual({ state: "empty" });
});

test("LOAD-17 {} means nothing on purpose", () => {
  expect(valueOf("{}", "yaml")).toEqual({});
  expect(valueOf("{}", "json")).toEqual({});
});

test("SEC-6 what is reported about text never quotes it", () => {
  const secret = "sk-canary-7391";
  const broken: [string, Format][] = [
    [`a: "${secret}\nb: [`, "yaml"],
    [`a: ${secret}: ${secret}`, "yaml"],
    [`{"a": ${secret}}`, "json"],
    [`a = ${secret}`, "toml"],
    [`a: *${secret}`, "yaml"],
  ];

  const reports = broken.map(([text, format]) => JSON.stringify(findingsOf(text, format)));

  expect(reports.join("")).not.toContain(secret);
});

test("CFG-3 near names are offered", () => {
  expect(nearestNames("prot", ["port", "host"])).toEqual(["port"]);
});

function place(line: number, column: number): Position {
  return { kind: "file", file: "gateway", line, column };
}

function parse(content: string | Uint8Array, format: Format, limits = {}) {
  return parseText(content, { format, place, limits });
}

function treeOf(text: string, format: Format): Located {
  const result = parse(text, format);
  if (result.state !== "ok") throw new Error(JSON.stringify(result));
  return result.tree;
}

function valueOf(text: string, format: Format): Json {
  return toJson(treeOf(text, format));
}

function findingsOf(text: string, format: Format) {
  const result = parse(text, format);
  if (result.state !== "malformed") throw new Error(`it is ${result.state}`);
  return result.findings;
}

function placeAt(tree: Located, ...steps: readonly string[]) {
  const node = steps.reduce<Located | undefined>((at, step) => {
    if (at?.type === "object") return at.entries.get(step);
    return at?.type === "array" ? at.items[Number(step)] : undefined;
  }, tree);
  return node?.at.kind === "file" ? [node.at.line, node.at.column] : undefined;
}

function nameAt(tree: Located, name: string) {
  const at = tree.type === "object" ? tree.names?.get(name)?.at : undefined;
  return at?.kind === "file" ? [at.line, at.column] : undefined;
}
