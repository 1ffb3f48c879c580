import { ConfigLoader, ConfigValidationError, type LoaderOptions } from "@llmcfg/config";
import { expect, test } from "vitest";
import { DefinedSchema } from "../src/schema/define-schema.ts";
import { Snippets } from "../src/validate/snippet.ts";
import { Folder } from "./support/folder.ts";
import { gatewaySchema } from "./support/gateway-schema.ts";

test("TNT-4 the mark under a hidden value tells nothing of its length", async () => {
  const short = await reportOf("providers: [{id: a, key: sk-1}]", { strict: true });
  const long = await reportOf(`providers: [{id: a, key: "${"s".repeat(40)}"}]`, { strict: true });

  expect(short.split("\n").slice(1)).toEqual(long.split("\n").slice(1));
  expect(short).toContain("key: ⋯");
  expect(short).toMatch(/\| +\^ a secret stands/);
});

test("TNT-1 VAL-4 a secret that an alias shows at an open place too stays hidden", async () => {
  const report = await reportOf(
    [
      "metadata:",
      "  owner: &k",
      "    sk-canary",
      "  prot: 1",
      "providers:",
      "  - id: a",
      "    key: *k",
    ].join("\n"),
  );

  expect(report).toContain("   3 |     ⋯\n");
  expect(report).not.toContain("sk-canary");
});

test("VAL-4 the mark stands under its place, behind masks, and is as wide as what is shown", async () => {
  const report = await reportOf('{providers: [{id: a, key: "0123456789", weight: many}]}');

  const [, line = "", mark = ""] = report.split("\n");
  expect(line).toContain("key: ⋯, weight: many");
  expect(mark.indexOf("^")).toBe(line.indexOf("many"));
  expect(/\^+/.exec(mark)?.[0]).toBe("^^^^");
});

test.each([
  [
    "tabs",
    "{metadata:\t{owner: x},\tserver: {prot: 1}}",
    "{metadata:\t{owner: x},\tserver: {",
    "prot",
  ],
  [
    "wide characters",
    "{metadata: {owner: 配置 😀}, server: {prot: 1}}",
    "{metadata: {owner: 配置 😀}, server: {",
    "prot",
  ],
])(
  "VAL-4 behind %s the mark stands in the column of its place",
  async (_what, text, before, name) => {
    const report = await reportOf(text);

    const lines = report.split("\n");
    const line = lines.findIndex((shown) => shown.includes(name) && shown.includes(" | "));
    expect(lines[line]).toContain(`| ${before}${name}`);
    const blank = before.replace(/[配置]|\p{Emoji_Presentation}/gu, "  ").replace(/[^\t]/g, " ");
    expect(lines[line + 1]).toMatch(new RegExp(`^ {6}\\| ${blank}\\^{4}(?!\\^)`));
  },
);

test.each([
  ["an operator", "providers:\n  $replace: []\n  $append: []", "   2 |   $replace: []", 2],
  ["what is no operator", "server:\n  $apend: [1]", "   2 |   $apend: [", 2],
  [
    "a key that is not allowed",
    "metadata:\n  tags:\n    constructor: x",
    "   3 |     constructor:",
    4,
  ],
  ["the item of a patch", "providers:\n  $merge:\n    a: {id: b}", "   3 |     a: {id:", 12],
])("VAL-4 MRG-8 %s is shown", async (_what, text, line, column) => {
  const report = await reportOf(text);

  const lines = report.split("\n");
  const at = lines.findIndex((shown) => shown.startsWith(` ${line}`));
  expect(at).toBeGreaterThan(0);
  expect(lines[at + 1]?.indexOf("^")).toBe("     | ".length + 1 + column);
});

test("VAL-4 what stronger layers replaced or patched is shown too, and secrets are hidden still", async () => {
  await using folder = await Folder.create();
  const file = await folder.write(
    "gateway.yaml",
    "providers:\n  - {id: a, key: sk-canary, weight: 1, models: [], tags: 7}\n",
  );
  const patch = { $merge: { a: { key: "${env:K}", weight: 2, models: { $append: [] } } } };
  const loader = new ConfigLoader(gatewaySchema).addFile(file).withOverrides({ providers: patch });

  const error = await loader.load().catch((e: unknown) => e);

  if (!(error instanceof ConfigValidationError)) throw new Error("it is valid", { cause: error });
  expect(error.report.errors[0]?.snippet?.split("\n")[1]).toBe(
    "   2 |   - {id: a, key: ⋯, weight: 1, models: [], tags: 7}",
  );
  expect(error.report.format()).not.toContain("canary");
});

test("PRF-4 however many places are shown, the tree is walked once", () => {
  const at = { kind: "file", file: "a.json", line: 1, column: 1 } as const;
  const span = { start: 2, end: 3 };
  let walks = 0;
  const entries = new Map([
    ["version", { type: "scalar", value: "1", at, span, source: "a" } as const],
  ]);
  const tree = {
    type: "object",
    source: "a",
    at,
    get entries() {
      walks++;
      return entries;
    },
  } as const;
  const { node } = DefinedSchema.of(gatewaySchema);
  const context = { segments: [], nodes: [node], report: () => {} };
  const snippets = new Snippets(new Map([["a.json", "{ 1 }"]]), [tree, tree], context);

  const shown = Array.from({ length: 50 }, () => snippets.at({ at, span }));

  expect(new Set(shown)).toEqual(new Set(["   1 | { 1 }\n     |   ^"]));
  expect(walks).toBe(1);
});

async function reportOf(text: string, options: LoaderOptions = {}): Promise<string> {
  await using folder = await Folder.create();
  const file = await folder.write("gateway.yaml", text);
  const loader = new ConfigLoader(gatewaySchema, options).addFile(file);
  const error = await loader.load().catch((e: unknown) => e);
  if (!(error instanceof ConfigValidationError)) throw new Error("it is valid", { cause: error });
  return error.report.format().replaceAll(file, "FILE");
}
