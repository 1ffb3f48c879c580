import { setImmediate as nextTurn } from "node:timers/promises";
import type { Json } from "@llmcfg/config";
import { expect, test } from "vitest";
import { compareInSteps, diffInSteps, restartPlaces } from "../src/diff/diff-configs.ts";
import { shareInSteps } from "../src/diff/share-unchanged.ts";
import { checksumInSteps } from "../src/load/document-of.ts";
import { Slices } from "../src/load/slices.ts";
import { prepareInSteps, prepareLayer } from "../src/merge/prepare-layer.ts";
import { settle, settleInSteps } from "../src/merge/settle.ts";
import type { TreeContext, ValueTree } from "../src/merge/tree.ts";
import { expandReferences, filesIn } from "../src/references/expand.ts";
import { effectiveOf } from "../src/reload/effective.ts";
import { DefinedSchema } from "../src/schema/define-schema.ts";
import { ParseMemory, parseItems } from "../src/schema/parse-memory.ts";
import { locateJson } from "../src/sources/locate-json.ts";
import { gatewaySchema } from "./support/gateway-schema.ts";
import { longestTurn } from "./support/longest-turn.ts";
import { manage } from "./support/manage.ts";

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

test("PRF-4 what a change of every item takes is done in steps of few items", () => {
  const schema = DefinedSchema.of(gatewaySchema);
  const count = 2_000;
  const given = (weight: number) => ({
    providers: names(count).map((id) => ({ id, name: id, endpoint: null, weight })),
  });
  const [before, after] = [1, 2].map((weight) => schema.root.parse(given(weight)));
  const document: Json = given(2);
  const differences = stepsAndResult(compareInSteps(before, after, schema));

  const itemsPerStep = [
    parseItems(given(1), schema.node, new ParseMemory()),
    checksumInSteps(document, schema.node, new WeakMap()),
    diffInSteps(before, after, schema),
    restartPlaces(differences.result, schema),
    effectiveOf(before, after, { schema, version: 2, before: [] }),
  ].map((steps) => count / countSteps(steps));

  expect(differences.result).toHaveLength(count);
  expect(Math.max(...itemsPerStep, count / differences.steps)).toBeLessThan(20);
});

test("PRF-4 a reload of which every item is another holds the event loop for a small part of its work", async () => {
  const given = (weight: number) => ({
    providers: names(3_000).map((id) => ({ id, name: id, endpoint: null, weight })),
  });
  await using managed = await manage(given(1));
  await managed.manager.start();
  managed.source.put(given(2)); // what is compiled is compiled
  await managed.manager.reload();
  managed.source.put(given(3));

  const before = process.threadCpuUsage();
  const longestMs = await longestTurn(async () => await managed.manager.reload());
  const { user, system } = process.threadCpuUsage(before);

  expect(managed.manager.current().providers.map(({ weight }) => weight)).not.toContain(2);
  expect(longestMs).toBeLessThan((user + system) / 1_000 / 4);
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
  return stepsAndResult(steps).steps;
}

function stepsAndResult<R>(iterator: Iterator<void, R>): {
  readonly steps: number;
  readonly result: R;
} {
  for (let steps = 1; ; steps++) {
    const step = iterator.next();
    if (step.done === true) return { steps, result: step.value };
  }
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
