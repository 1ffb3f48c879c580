import { setImmediate as nextTurn } from "node:timers/promises";
import type { Json } from "@llmcfg/config";
import { expect, test } from "vitest";
import { shareInSteps } from "../src/diff/share-unchanged.ts";
import { Slices } from "../src/load/slices.ts";
import { prepareInSteps, prepareLayer } from "../src/merge/prepare-layer.ts";
import { settle, settleInSteps } from "../src/merge/settle.ts";
import type { TreeContext, ValueTree } from "../src/merge/tree.ts";
import { expandReferences, filesIn } from "../src/references/expand.ts";
import { locateJson } from "../src/sources/locate-json.ts";

const CONTEXT: TreeContext = { segments: [], nodes: [], report: () => {} };
const LEAF = { a: "x", b: 1, c: true };

/** Some thousand objects each, that lie in each other in different ways. */
const SHAPES: readonly (readonly [string, () => Json])[] = [
  ["one long list", () => ({ items: Array.from({ length: 4_000 }, () => LEAF) })],
  ["one large object", () => Object.fromEntries(names(4_000).map((name) => [name, LEAF]))],
  ["a list far below", () => nested(20, { items: Array.from({ length: 4_000 }, () => LEAF) })],
  ["pairs of pairs", () => branches(2, 11)],
  ["lists of three of lists of three", () => lists(3, 7)],
  ["twelve of twelve of twelve", () => branches(12, 3)],
];

test.each(SHAPES)("PRF-4 layers of %s are made in steps of few objects", (_name, create) => {
  const document = create();
  const located = locateJson(document, { kind: "override", at: "" });
  const settled = settledOf(document);
  const inputs = {
    variable: () => undefined,
    file: () => "",
    handle: unused,
    materialFile: unused,
  };

  const objectsPerStep = [
    prepareInSteps(located, "test", CONTEXT),
    settleInSteps(prepareLayer(located, "test", CONTEXT), CONTEXT),
    filesIn(settled, CONTEXT),
    expandReferences(settled, { ...CONTEXT, inputs }),
    shareInSteps(structuredClone(document), create()),
  ].map((steps) => objectsIn(document) / countSteps(steps));

  expect(Math.max(...objectsPerStep)).toBeLessThan(20);
});

test("PRF-4 work in slices lets others go on, and comes to what its steps come to", async () => {
  let turns = 0;
  const ended = new AbortController();
  const others = (async () => {
    for (; !ended.signal.aborted; turns++) await nextTurn();
  })();

  const result = await new Slices().run(busyFor(60));
  ended.abort();
  await others;

  expect(result).toBe("done");
  expect(turns).toBeGreaterThan(3);
});

function* busyFor(ms: number): Generator<void, string> {
  const end = performance.now() + ms;
  while (performance.now() < end) yield;
  return "done";
}

function settledOf(document: Json): ValueTree {
  const located = locateJson(document, { kind: "override", at: "" });
  const settled = settle(prepareLayer(located, "test", CONTEXT), CONTEXT);
  if (settled === undefined) throw new Error("a document settles to one");
  return settled;
}

function countSteps(steps: Iterator<void, unknown>): number {
  let count = 1;
  while (steps.next().done !== true) count++;
  return count;
}

function objectsIn(value: Json): number {
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce((sum: number, part: Json) => sum + objectsIn(part), 1);
}

function names(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `n${i}`);
}

function nested(depth: number, inner: Json): Json {
  return depth === 0 ? inner : { in: nested(depth - 1, inner) };
}

function branches(width: number, depth: number): Json {
  if (depth === 0) return { ...LEAF };
  return Object.fromEntries(names(width).map((name) => [name, branches(width, depth - 1)]));
}

function lists(width: number, depth: number): Json {
  if (depth === 0) return { ...LEAF };
  return Array.from({ length: width }, () => lists(width, depth - 1));
}

/** No text of these documents holds a reference. */
function unused(): never {
  throw new Error("not expected");
}
