import type { Json } from "@llmcfg/config";
import { locateJson } from "@llmcfg/config/sources";
import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { mergeTrees } from "../src/merge/merge-trees.ts";
import { prepareLayer } from "../src/merge/prepare-layer.ts";
import { settle } from "../src/merge/settle.ts";
import type { Tree, TreeContext } from "../src/merge/tree.ts";
import { treeJson } from "../src/merge/tree-json.ts";
import { formatConfigPath } from "../src/paths/config-path.ts";
import { annotate } from "../src/schema/annotations.ts";
import { field } from "../src/schema/field.ts";
import { SchemaNode } from "../src/schema/node.ts";
import type { Fault } from "../src/validate/fault.ts";

const item = z.object({
  id: z.string(),
  n: annotate(z.number().default(7), { aliases: ["count"] }),
  tags: z.array(z.string()).optional(),
});

const schema = new SchemaNode(
  z.object({
    a: z.object({ x: z.number().nullable().default(1), y: z.number().optional() }).prefault({}),
    list: z.array(z.string()).default(["d"]),
    items: field.keyedList(item, { key: "id" }).default([]),
    either: z.union([z.string(), z.object({ k: z.number() })]).default("s"),
    free: z.record(z.string(), field.json()).default({}),
  }),
);

test("MRG-1 objects merge key by key, and the higher layer wins at a leaf", () => {
  expect(merge({ a: { x: 2, y: 1 } }, { a: { y: 3 } })).toMatchObject({ a: { x: 2, y: 3 } });
});

test("MRG-2 an array replaces the lower array as a whole", () => {
  expect(merge({ list: ["a", "b"] }, { list: ["c"] })).toMatchObject({ list: ["c"] });
});

test("MRG-3 operators remove, patch, put before and behind, in this order", () => {
  const merged = merge(
    {
      items: [
        { id: "a", n: 1 },
        { id: "b", n: 2 },
        { id: "c", n: 3 },
      ],
    },
    {
      items: {
        $append: [{ id: "z", n: 9 }],
        $prepend: [{ id: "y", n: 8 }],
        $merge: { b: { n: 20 }, new: { n: 5 } },
        $unset: ["a"],
      },
    },
  );

  expect(merged).toMatchObject({
    items: [
      { id: "y", n: 8 },
      { id: "b", n: 20 },
      { id: "c", n: 3 },
      { id: "new", n: 5 },
      { id: "z", n: 9 },
    ],
  });
});

test("MRG-3 a patch can remove an item, and items of plain lists by their place", () => {
  expect(
    merge({ items: [{ id: "a" }, { id: "b" }] }, { items: { $merge: { a: { $unset: true } } } }),
  ).toMatchObject({ items: [{ id: "b", n: 7 }] });
  expect(merge({ list: ["a", "b", "c"] }, { list: { $unset: [0, 2] } })).toMatchObject({
    list: ["b"],
  });
});

test("MRG-3 $replace stands for the value, without what lies below and without the default", () => {
  expect(merge({ a: { x: 5, y: 6 } }, { a: { $replace: { y: 1 } } })).toMatchObject({
    a: { x: 1, y: 1 },
  });
  expect(merge({}, { list: { $replace: [] } })).toMatchObject({ list: [] });
});

test("MRG-4 $unset brings the default back, for a value and for names in an object", () => {
  expect(merge({ a: { x: 5 } }, { a: { x: { $unset: true } } })).toMatchObject({ a: { x: 1 } });
  expect(merge({ a: { x: 5, y: 6 } }, { a: { $unset: ["y"] } })).toMatchObject({ a: { x: 5 } });
  expect(
    merge({ list: ["a"] }, { list: { $unset: true } }, { list: { $append: ["e"] } }),
  ).toMatchObject({
    list: ["d", "e"],
  });
});

test("MRG-4 null is a value, and anything may take its place", () => {
  expect(merge({ a: { x: 5 } }, { a: { x: null } })).toMatchObject({ a: { x: null } });
  expect(merge({ a: null }, { a: { y: 2 } })).toMatchObject({ a: { x: 1, y: 2 } });
  expect(faultsOf({ a: { y: 1 } }, { a: null })).toEqual([]);
});

test("MRG-7 defaults are a layer that operators extend", () => {
  expect(merge({ list: { $append: ["e"] } })).toMatchObject({ list: ["d", "e"] });
});

test.each([
  ["an object over a list", { list: ["a"] }, { list: { x: 1 } }, ["merge_type_conflict"]],
  ["a list over a value", { either: "s" }, { either: ["x"] }, ["merge_type_conflict"]],
  ["an object over a value", { either: "s" }, { either: { k: 1 } }, ["merge_type_conflict"]],
  ["the same with $replace", { either: "s" }, { either: { $replace: { k: 1 } } }, []],
  ["an object over a default value", {}, { either: { k: 1 } }, []],
])("MRG-5 %s: %j, %j", (_what, lower, higher, codes) => {
  const faults = faultsOf(lower, higher);

  expect(faults.map(({ code }) => code)).toEqual(codes);
  for (const fault of faults) expect(fault.related).toHaveLength(1);
});

test.each<[string, Json, string]>([
  ["an operator that is none", { list: { $apend: ["x"] } }, "unknown_operator"],
  ["an operator that is none in an object", { a: { $foo: 1 } }, "unknown_operator"],
  ["$replace beside another", { list: { $replace: [], $append: [] } }, "operator_misused"],
  ["an operator beside a member", { list: { $append: [], x: 1 } }, "operator_misused"],
  ["$merge on a plain list", { list: { $merge: { a: 1 } } }, "operator_misused"],
  ["$append without a list", { list: { $append: "x" } }, "operator_misused"],
  ["$unset without a list", { list: { $unset: "x" } }, "operator_misused"],
  ["a place that is not there", { list: { $unset: [3] } }, "unknown_item"],
  ["a patch that is no object", { items: { $merge: { a: 7 } } }, "operator_misused"],
  ["a patch that is nothing", { items: { $merge: { a: null } } }, "operator_misused"],
  ["a patch with another key", { items: { $merge: { a: { id: "b" } } } }, "key_mismatch"],
  ["$include", { $include: ["x.yaml"] }, "unsupported_directive"],
  [
    "a key that reaches prototypes",
    JSON.parse('{"free": {"__proto__": 1}}') as Json,
    "forbidden_key",
  ],
])("MRG-8 %s is refused", (_what, layer, code) => {
  expect(faultsOf(layer).map((fault) => fault.code)).toContain(code);
});

test("MRG-8 free values may have any name, and $schema is for editors", () => {
  const merged = merge({ $schema: "https://x/y.json", free: { $ref: "#/a", k: { $foo: 1 } } });

  expect(merged).toMatchObject({ free: { $ref: "#/a", k: { $foo: 1 } } });
  expect(faultsOf({ $schema: "x", free: { $ref: "#/a" } })).toEqual([]);
});

test("MRG-3 keys are unique after the operation", () => {
  const faults = faultsOf({ items: [{ id: "a" }] }, { items: { $append: [{ id: "a" }] } });

  expect(faults).toMatchObject([
    { code: "duplicate_id", segments: [{ name: "items" }, { key: "a" }] },
  ]);
});

test("MRG-3 removing what is not there is worth a warning, with the nearest key", () => {
  const faults = faultsOf({ items: [{ id: "openai" }] }, { items: { $unset: ["opnai"] } });

  expect(faults).toMatchObject([
    { code: "nothing_to_unset", severity: "warning", hint: 'did you mean "openai"?' },
  ]);
});

test("MRG-3 faults in items that operators give name the item, wherever it comes to lie", () => {
  const unsafe = 2 ** 53;
  const layer = {
    items: {
      $merge: { b: { id: "x" } },
      $append: [{ id: "z", n: unsafe }],
    },
  };

  const faults = faultsOf({ items: [{ id: "a" }, { id: "b", n: unsafe }] }, layer);

  expect(faults.map(({ code, segments }) => [code, formatConfigPath(segments)])).toEqual([
    ["unsafe_integer", "items[b].n"],
    ["key_mismatch", "items[b]"],
    ["unsafe_integer", "items[z].n"],
  ]);
});

test("MRG-4 CFG-6 $unset takes other names of keys, and warns of names that the schema has not", () => {
  const lower = { items: [{ id: "a", n: 1 }] };
  const patch = (name: string) => ({ items: { $merge: { a: { $unset: [name] } } } });

  expect(merge(lower, patch("count"))).toMatchObject({ items: [{ id: "a", n: 7 }] });
  expect(faultsOf(lower, patch("count"))).toEqual([]);
  expect(faultsOf(lower, patch("cuont"))).toMatchObject([
    { code: "nothing_to_unset", severity: "warning", message: expect.stringContaining("cuont") },
  ]);
});

test("MRG-6 merging is associative, for layers that do not contradict each other", () => {
  const id = fc.constantFrom("a", "b", "c");
  const list = fc
    .uniqueArray(id, { maxLength: 3 })
    .map((ids) => ids.map((name) => ({ id: name, n: 1 })));
  const patch = fc.record(
    {
      $unset: fc.uniqueArray(id, { maxLength: 2 }),
      $merge: fc.dictionary(
        id,
        fc.oneof(fc.record({ n: fc.nat(9) }), fc.constant({ $unset: true })),
      ),
      $prepend: list,
      $append: list,
    },
    { requiredKeys: ["$append"] },
  );
  const unset = fc.constant({ $unset: true });
  const number = fc.oneof(fc.nat(9), unset);
  const a = fc.oneof(
    fc.record({ x: number, y: number }, { requiredKeys: [] }),
    fc.record({ $unset: fc.subarray(["x", "y"]) }),
    fc.record({ $replace: fc.record({ y: fc.nat(9) }) }),
    unset,
  );
  const items = fc.oneof(
    list,
    patch,
    unset,
    list.map((value) => ({ $replace: value })),
  );
  const layer = fc.record({ a, items }, { requiredKeys: [] });

  fc.assert(
    fc.property(fc.tuple(layer, layer, layer), (layers) => {
      const [one, two, three] = layers.map((value) => prepare(value)) as [Tree, Tree, Tree];

      const left = mergeTrees(mergeTrees(one, two, quiet), three, quiet);
      const right = mergeTrees(one, mergeTrees(two, three, quiet), quiet);

      expect(settled(left)).toEqual(settled(right));
    }),
    { numRuns: 500 },
  );
});

test("MRG-1 plain layers merge as the reference model does", () => {
  const leaf = fc.nat(9);
  const layer = fc.record(
    { a: fc.record({ x: leaf, y: leaf }, { requiredKeys: [] }), list: fc.array(fc.string()) },
    { requiredKeys: [] },
  );

  fc.assert(
    fc.property(fc.array(layer, { minLength: 1, maxLength: 4 }), (layers) => {
      const model = layers.reduce<{ a: object; list: readonly string[] }>(
        (below, { a, list }) => ({ a: { ...below.a, ...a }, list: list ?? below.list }),
        { a: { x: 1 }, list: ["d"] },
      );

      expect(merge(...(layers as Json[]))).toMatchObject(model);
    }),
  );
});

const quiet: TreeContext = { segments: [], nodes: [schema], report: () => {} };

function prepare(value: Json, context = quiet): Tree {
  return prepareLayer(locateJson(value, { kind: "override", at: "" }), "test", context);
}

function merge(...layers: readonly Json[]): Json {
  const merged = layers.reduce<Tree | undefined>(
    (below, layer) => mergeTrees(below, prepare(layer), quiet),
    undefined,
  );
  return settled(merged as Tree);
}

function settled(tree: Tree): Json {
  const result = settle(tree, quiet);
  return result === undefined ? null : treeJson(result);
}

function faultsOf(...layers: readonly Json[]): readonly Fault[] {
  const faults: Fault[] = [];
  const context = { ...quiet, report: (fault: Fault) => faults.push(fault) };
  const merged = layers.reduce<Tree | undefined>(
    (below, layer) => mergeTrees(below, prepare(layer, context), context),
    undefined,
  );
  settle(merged, context);
  return faults;
}
