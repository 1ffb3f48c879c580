import fc from "fast-check";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { DEFAULT_LIMITS, type Limits } from "../src/formats/limits.ts";
import type { PackedTree } from "../src/formats/packed-tree.ts";
import { parseWholeYaml } from "../src/formats/parse-text.ts";
import { RecentPieces } from "../src/formats/recent-pieces.ts";
import { MalformedText, TreeBuilder } from "../src/formats/tree-builder.ts";
import { unpackTree } from "../src/formats/unpack-tree.ts";
import { parseYamlBlocks } from "../src/formats/yaml-blocks.ts";
import { parsePiece, YamlPieces } from "../src/formats/yaml-pieces.ts";
import type { Located, Span } from "../src/sources/located.ts";

/** How many texts each property looks at; many more were tried when it was written. */
const RUNS = Number(process.env["LLMCFG_TEST_RUNS"] ?? 150);

const SCALARS = [
  "word",
  "two words",
  "a, b",
  "no",
  "true",
  "False",
  "null",
  "~",
  "",
  "12",
  "-3",
  "-0",
  "017",
  "0x1F",
  "0o17",
  "1.10",
  "-1.5",
  "1e3",
  ".5",
  "5.",
  "+1",
  ".inf",
  "-.Inf",
  ".nan",
  "1_000",
  "10.0.0.1",
  "30s",
  "2023-06-01",
  "1:2",
  "${env:HOME}",
  "/etc/a.pem",
  "https://a.b:8443/v1",
  '"quoted"',
  "'single'",
  "'it''s'",
  '"esc\\n"',
  '"a # b"',
  "'a: b'",
  "word # comment",
  "a#b",
  "# comment",
  "  spaced  ",
  "{}",
  "[]",
  "[a, b]",
  "{a: 1, b: [x]}",
  "[1,\n      2]",
  '"two\n    lines"',
  "two\n      lines",
  "|\n      block\n      text",
  ">-\n      folded\n\n      text\n",
  "|+\n      keep\n\n",
  "|2\n       deep",
  "*x",
  "&x word",
  "!!str 12",
  "!t x",
  "- dash",
  "-",
  "? q",
  "a: b",
  "a:",
  "@x",
  "`x",
  "%x",
  "x\ty",
  "\t",
  "ä ö",
  "\u00a0",
  "\u2028",
  "😀",
  "é: ü",
  "[a",
  "{a",
  '"open',
  "]",
  "}",
  "---",
  "...",
  "<<",
  "null # n",
  '"q"#x',
  '"q" #x',
  "[] # e",
  "{} x",
  "key:",
] as const;

/** Those before it are well formed wherever they stand. */
const ODD_FROM: number = SCALARS.indexOf("  spaced  ");

const KEYS = [
  "a",
  "b",
  "id",
  "name",
  "two words",
  "1",
  "1.5",
  "true",
  "null",
  "nullable",
  "~",
  "<<",
  '"quoted"',
  "'single'",
  '"a: b"',
  "k.dots",
  "k-dash",
  "k/slash",
  "a#b",
  "é",
  "? x",
  "&k a",
  "*k",
  "[x]",
  "gpt-4o",
  "4o",
  "1e3",
  "-k",
  "a ",
  "$merge",
  ".x",
  '"es\\tc"',
  "- a",
  "- - a",
  "#c",
  "${x}",
  "_",
] as const;

/** What is a value of its own in a collection in flow style. */
const FLOW_VALUES = [
  "a",
  "b c",
  "[]",
  "{}",
  '"q"',
  "'q'",
  "-3",
  "1.5",
  "1.10",
  "true",
  "null",
  "~",
  "${env:X}",
  "http://a:80/x",
  "a:b",
  "a#b",
] as const;

/** What else may stand there, well-formed or not. */
const FLOW_ODDS = [
  "a: 1",
  "b: x y",
  "c: [x]",
  "{a: b}",
  '"k": v',
  "'k': 1",
  "x: ${y}",
  "",
  " ",
  "a:",
  '"k":v',
  "'it''s'",
  '"e\\n"',
  "a: b: c",
  "a #b",
  "*x",
  "&x a",
  "!t a",
  "? a",
  "- a",
  "-",
  "<<: {a: 1}",
  ":",
  "a :b",
  "1: x",
  "true: x",
  "é: ü",
  "\ta",
  "a\n  b",
  "[",
  "}",
] as const;

/** Collections in flow style, with and without spaces, nested, some broken. */
const { flow } = fc.letrec<Record<"flow" | "part" | "entry", string>>((tie) => ({
  flow: fc
    .record({
      members: fc.oneof(
        { weight: 3, arbitrary: fc.tuple(fc.constant("[]"), few(tie("part"))) },
        { weight: 3, arbitrary: fc.tuple(fc.constant("{}"), few(tie("entry"))) },
        { weight: 1, arbitrary: fc.tuple(fc.constant("{}"), few(tie("part"))) },
      ),
      comma: fc.constantFrom(",", ", ", ", ", " , "),
      inner: fc.constantFrom("", "", " "),
      end: fc.constantFrom("", "", "", "", "", "", " # c", "  ", "#c", ",", " x"),
    })
    .map(({ members: [brackets, members], comma, inner, end }) => {
      return `${brackets[0]}${inner}${members.join(comma)}${inner}${brackets[1]}${end}`;
    }),
  part: fc.oneof(
    { maxDepth: 3 },
    { weight: 6, arbitrary: fc.constantFrom(...FLOW_VALUES) },
    { weight: 1, arbitrary: fc.constantFrom(...FLOW_ODDS) },
    { weight: 1, arbitrary: tie("flow") },
  ),
  entry: fc
    .tuple(fc.constantFrom("a", "b", '"c"', "d e"), fc.nat(9), tie("part"))
    .map(([key, n, value]) => (key.endsWith('"') ? `${key}: ${value}` : `${key}${n}: ${value}`)),
}));

function few(member: fc.Arbitrary<string>): fc.Arbitrary<string[]> {
  return fc.array(member, { maxLength: 3 });
}

/** Mostly what may stand anywhere; else whatever may go wrong. */
const scalar: fc.Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...SCALARS.slice(0, ODD_FROM)) },
  { weight: 2, arbitrary: fc.constantFrom(...SCALARS) },
  { weight: 2, arbitrary: flow },
);

/** Lines of any kind in any column: mostly no YAML. */
const line: fc.Arbitrary<string> = fc
  .tuple(
    fc.nat(6),
    fc.constantFrom("", "", "", "- ", "-   ", "- - "),
    fc.oneof(
      fc.tuple(fc.constantFrom(...KEYS), scalar).map(([k, v]) => `${k}: ${v}`),
      fc.constantFrom(...KEYS).map((key) => `${key}:`),
      scalar,
      fc.constantFrom("", "", "# comment", "#", "---", "...", "%YAML 1.2"),
    ),
  )
  .map(([indent, dash, rest]) => " ".repeat(indent) + dash + rest);

/** What may stand between a key and the block below it. */
const gap: fc.Arbitrary<string> = fc.constantFrom(
  "\n",
  "\n",
  "\n",
  " # c\n",
  "\n\n",
  "\n# c\n",
  "  \n",
);

/** Well-formed in its outline: what stands in it may be anything. */
const { mapping: block } = fc.letrec<Record<"mapping" | "list" | "value" | "item", string>>(
  (tie) => ({
    mapping: fc
      .array(fc.tuple(fc.constantFrom(...KEYS.slice(0, 5)), fc.nat(99), tie("value")), {
        minLength: 1,
        maxLength: 4,
      })
      .map((entries) => entries.map(([key, n, value]) => `${key}${n}:${value}`).join("\n")),
    list: fc
      .array(tie("item"), { minLength: 1, maxLength: 4 })
      .map((items) => items.map((item) => `-${item}`).join("\n")),
    value: fc.oneof(
      { maxDepth: 4 },
      scalar.map((text) => ` ${text}`),
      fc.tuple(tie("mapping"), fc.constantFrom(1, 2, 2, 4, 0), gap).map(nested),
      fc.tuple(tie("list"), fc.constantFrom(0, 2, 4), gap).map(nested),
    ),
    item: fc.oneof(
      { maxDepth: 4 },
      tie("value"),
      tie("mapping").map((text) => ` ${indented(text, 2).trimStart()}`),
    ),
  }),
);

const written: fc.Arbitrary<string> = fc
  .dictionary(fc.constantFrom(...KEYS), fc.jsonValue({ maxDepth: 3 }), { minKeys: 1 })
  .chain((value) =>
    fc
      .record({
        indent: fc.constantFrom(1, 2, 4),
        indentSeq: fc.boolean(),
        collectionStyle: fc.constantFrom("any" as const, "block" as const),
      })
      .map((options) => stringify(value, options)),
  );

const text: fc.Arbitrary<string> = fc.oneof(
  fc.array(line, { maxLength: 8 }).map((lines) => lines.join("\n")),
  block,
  flow.map((collection) => `x: ${collection}`),
  written,
  fc.tuple(written, block).map((parts) => parts.join("\n")),
);

/** Mostly those that hold; else such that small texts pass. */
const limits: fc.Arbitrary<Limits> = fc
  .record({
    maxNodes: fc.constantFrom(500_000, 500_000, 500_000, 10, 4),
    maxDepth: fc.constantFrom(64, 64, 64, 3, 2, 1),
    maxAliases: fc.constantFrom(100, 100, 0),
  })
  .map((some) => ({ ...DEFAULT_LIMITS, ...some }));

/** Changes of a text as people make them, and as accidents do. */
const edit: fc.Arbitrary<(before: string) => string> = fc.oneof(
  fc
    .tuple(fc.nat(), line)
    .map(([at, added]) => onLines((lines) => lines.toSpliced(at % (lines.length + 1), 0, added))),
  fc
    .tuple(fc.nat(), line)
    .map(([at, other]) => onLines((lines) => lines.with(at % lines.length, other))),
  fc
    .tuple(fc.nat(), fc.nat(3))
    .map(([at, count]) => onLines((lines) => lines.toSpliced(at % lines.length, count))),
  fc
    .tuple(fc.nat(), fc.nat(3), fc.constantFrom(1, 2, -1, -2))
    .map(([at, count, by]) =>
      onLines((lines) =>
        lines.map((each, i) =>
          i >= at % lines.length && i <= (at % lines.length) + count ? shifted(each, by) : each,
        ),
      ),
    ),
  fc
    .tuple(fc.nat(), fc.nat())
    .map(([from, to]) =>
      onLines((lines) => lines.toSpliced(to % lines.length, 0, lines[from % lines.length] ?? "")),
    ),
  fc
    .tuple(
      fc.nat(),
      fc.constantFrom(
        '"',
        "'",
        "#",
        " #",
        ":",
        ": ",
        "- ",
        "[",
        "]",
        "{",
        "}",
        "&a ",
        "*a",
        "|",
        ">",
        "!t ",
        "\t",
        "\n",
        "\r\n",
        " ",
        "x",
        "1",
        "\n---\n",
        "\u0001",
      ),
    )
    .map(([at, piece]) => (before: string) => {
      const place = at % (before.length + 1);
      return before.slice(0, place) + piece + before.slice(place);
    }),
  fc.tuple(fc.nat(), fc.nat(4)).map(([at, count]) => (before: string) => {
    const place = at % (before.length + 1);
    return before.slice(0, place) + before.slice(place + count);
  }),
);

test("LOAD-18 PRF-3 read by its lines or as a whole, a YAML text gives the same values, spellings and positions", () => {
  let told = 0;

  fc.assert(
    fc.property(text, limits, (yaml, limit) => {
      if (compare(yaml, new YamlPieces(), limit)) told++;
    }),
    { numRuns: RUNS },
  );

  expect(told).toBeGreaterThan(RUNS / 20); // it is not always left to the whole grammar
});

test("LOAD-18 PRF-3 after any edits, what is parsed again with what is remembered is what the whole gives", () => {
  let told = 0;

  fc.assert(
    fc.property(text, fc.array(edit, { minLength: 1, maxLength: 5 }), (first, edits) => {
      const pieces = new YamlPieces();
      let yaml = first;
      compare(yaml, pieces);
      for (const change of edits) {
        yaml = change(yaml);
        if (compare(yaml, pieces)) told++;
      }
    }),
    { numRuns: RUNS },
  );

  expect(told).toBeGreaterThan(RUNS / 20);
});

test("PRF-3 LOAD-18 of a text with one changed item, that item alone is parsed again", () => {
  const parsed: string[] = [];
  const pieces = new YamlPieces((piece, limit) => {
    parsed.push(piece);
    return parsePiece(piece, limit);
  });
  const items = ['{id: a, tags: ["x\\n"]}', '{id: b, tags: ["y\\n"]}', '{id: c, tags: ["z\\n"]}'];
  const textOf = (list: readonly string[]) =>
    `top: {k: v}\nitems:\n${list.map((each) => `  - ${each}\n`).join("")}`;
  compare(textOf(items), pieces);
  parsed.length = 0;

  const isTold = compare(
    `# moved down\n${textOf(items.with(1, '{id: b, tags: ["changed\\n"]}'))}`,
    pieces,
  );

  expect(isTold).toBe(true);
  expect(parsed).toEqual(['\n  - {id: b, tags: ["changed\\n"]}\n']);
});

test("PRF-3 collections on one line are read without the whole grammar", () => {
  const pieces = new YamlPieces(() => undefined);
  const yaml = `security: { authentication: {enabled: false} } # off
rules:
  - id: a
    condition: { type: model_name, pattern: "gpt-*", "not": [], any: {} }
    action: {type: route, to: [https://a.b:8443/v1, 10.0.0.1, -3, 1.10]}
  - [a, [b c, 'd'], { e: true, f: ~ }]
`;

  expect(compare(yaml, pieces)).toBe(true);
});

test("PRF-3 plain blocks are read without the whole grammar: mappings, lists, keyed lists, scalars", () => {
  const pieces = new YamlPieces(() => undefined);
  const yaml =
    '---\n# a gateway\nserver:\n  port: 8080 # https\n  host: "0.0.0.0"\nproviders:\n- id: openai\n  weight: 1.5\n' +
    "  models:\n    - id: gpt-4o\n      tags: []\n    -\n      id: 'x y'\nrouting: {}\nnone:\n";

  expect(compare(yaml, pieces)).toBe(true);
});

test("LOAD-18 what is remembered of files has a bound: those that were parsed longest ago are forgotten", () => {
  const recent = new RecentPieces(40);
  const remember = (file: string, yaml: string) => compare(yaml, recent.of(file));
  remember("a", "a: &a one\n");
  remember("b", "b: &b two\n");
  const [a, b] = [recent.of("a"), recent.of("b")];

  remember("c", `c: [${"long, ".repeat(10)}]\n`);
  remember("d", "d: 1\n");

  expect(recent.of("d").length).toBe(0);
  expect(recent.of("a")).not.toBe(a);
  expect(recent.of("b")).not.toBe(b);
});

/** @returns whether the lines told anything */
function compare(yaml: string, pieces: YamlPieces, limit: Limits = DEFAULT_LIMITS): boolean {
  const quick = parseYamlBlocks(yaml, limit, pieces);
  pieces.endText();
  if (quick === undefined) return false;
  expect(outline(yaml, quick)).toStrictEqual(outline(yaml, wholeOf(yaml, limit)));
  return true;
}

/** What the whole grammar makes of it; where that is nothing, its findings. */
function wholeOf(yaml: string, limit: Limits): PackedTree | undefined {
  const builder = new TreeBuilder(
    yaml,
    (line, column) => ({ kind: "file", file: "a", line, column }),
    limit,
  );
  try {
    const tree = parseWholeYaml(yaml, builder);
    return builder.findings.length > 0 ? undefined : tree;
  } catch (error) {
    if (error instanceof MalformedText) return undefined;
    throw error;
  }
}

/** Its parts, each with the place where it stands. */
function outline(yaml: string, tree: PackedTree | undefined): unknown {
  if (tree === undefined) return "it is malformed, or has a finding";
  return outlineOf(
    unpackTree(tree, {
      text: yaml,
      placeOf: (start, end) => ({ at: { kind: "default" }, span: { start, end } }),
    }),
  );
}

function outlineOf(node: Located): unknown {
  const { span } = node;
  if (node.type === "scalar") return [node.value, node.lexeme, placeOf(span)];
  if (node.type === "array") return { items: node.items.map(outlineOf), at: placeOf(span) };
  const entries = [...node.entries].map(([name, value]) => {
    return [name, placeOf(node.names?.get(name)?.span), outlineOf(value)];
  });
  return { entries, at: placeOf(span) };
}

function placeOf(span: Span | undefined): string {
  return `${span?.start}–${span?.end}`;
}

function indented(block: string, by: number): string {
  return block.replaceAll(/^(?=.)/gm, " ".repeat(by));
}

function nested([text, by, before]: readonly [string, number, string]): string {
  return before + indented(text, by);
}

function shifted(each: string, by: number): string {
  return by > 0 ? " ".repeat(by) + each : each.replace(new RegExp(`^ {0,${-by}}`), "");
}

function onLines(change: (lines: string[]) => string[]): (before: string) => string {
  return (before) => change(before.split("\n")).join("\n");
}
