import type { Json } from "@llmcfg/config";
import { locateJson } from "@llmcfg/config/sources";
import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { DraftTree } from "../src/merge/draft-tree.ts";
import { prepareLayer } from "../src/merge/prepare-layer.ts";
import { settle } from "../src/merge/settle.ts";
import type { TreeContext, ValueTree } from "../src/merge/tree.ts";
import { treeJson } from "../src/merge/tree-json.ts";
import { field } from "../src/schema/field.ts";
import { SchemaNode } from "../src/schema/node.ts";

const item = z.object({
  id: z.string(),
  name: z.string().default("none"),
  parts: z.record(z.string(), z.string().default("none")).default({}),
});
const node = new SchemaNode(
  z.object({
    items: field.keyedList(item, { key: "id" }).default([]),
    first: z.string().default("none"),
  }),
);
const context: TreeContext = {
  segments: [],
  nodes: [node],
  report: () => {}, // that an id is given twice is told elsewhere
};

test("MRG-7 a default goes to the first item of its key, and never over a value that was given", () => {
  const given = treeOf({ items: [{ id: "a" }, { id: "a" }, { id: "b", name: "B" }] });
  const draft = new DraftTree(given, context);

  for (const path of ["items[a].name", "items[b].name", "items[c].name", "first"]) {
    draft.setDefault(path, "derived", "first");
  }

  expect(treeJson(draft.tree)).toEqual({
    items: [
      { id: "a", name: "derived", parts: {} },
      { id: "a", name: "none", parts: {} },
      { id: "b", name: "B", parts: {} },
    ],
    first: "derived",
  });
});

test("MRG-7 whatever is derived, the tree that it is derived from stays as it was", () => {
  const ids = fc.constantFrom("a", "b", "c", "d");
  const items = fc.array(fc.record({ id: ids, name: fc.constantFrom("none", "N") }));
  const path = fc.tuple(ids, fc.constantFrom("name", "parts.x", "parts.y", "id"));

  fc.assert(
    fc.property(items, fc.array(path), (list, paths) => {
      const tree = treeOf({ items: list });
      const before = treeJson(tree);
      const draft = new DraftTree(tree, context);

      const seen = paths.map(([id, member], i) => {
        const place = `items[${id}].${member}`;
        const old = draft.get(place);
        draft.setDefault(place, `derived ${i}`, "first");
        return { place, old, now: draft.get(place) };
      });

      expect(treeJson(tree)).toEqual(before);
      const derived = seen.filter(({ old, now }) => old !== now);
      for (const { place, now } of derived) expect(draft.get(place)).toBe(now);
    }),
  );
});

function treeOf(value: Json): ValueTree {
  const located = locateJson(value, { kind: "override", at: "" });
  const tree = settle(prepareLayer(located, "test", context), context);
  if (tree === undefined) throw new Error("there is no tree");
  return tree;
}
