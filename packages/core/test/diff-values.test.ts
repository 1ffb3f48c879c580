import { diffValues, equalJson, isJsonObject, type Json, type ValueChange } from "@llmcfg/core";
import fc from "fast-check";
import { expect, test } from "vitest";

test("two objects have one change for each place where they differ, sorted by pointer", () => {
  const from = { gone: { a: 1 }, same: { x: [1] }, list: [1, 2], deep: { n: 1, s: "x" } };
  const to = { same: { x: [1] }, list: [1], deep: { n: 2, s: "x" }, "a/b": { new: true } };

  expect(diffValues(from, to)).toEqual([
    { op: "add", pointer: "/a~1b", from: undefined, to: { new: true } },
    { op: "change", pointer: "/deep/n", from: 1, to: 2 },
    { op: "remove", pointer: "/gone", from: { a: 1 }, to: undefined },
    { op: "change", pointer: "/list", from: [1, 2], to: [1] },
  ]);
});

test.each<[string, Json | undefined, Json | undefined, readonly ValueChange[]]>([
  ["X11 scalars", "a", "b", [{ op: "change", pointer: "", from: "a", to: "b" }]],
  ["an object and a scalar", { a: 1 }, 1, [{ op: "change", pointer: "", from: { a: 1 }, to: 1 }]],
  ["nothing and a value", undefined, null, [{ op: "add", pointer: "", from: undefined, to: null }]],
  ["a value and nothing", {}, undefined, [{ op: "remove", pointer: "", from: {}, to: undefined }]],
  ["nothing and nothing", undefined, undefined, []],
  [
    "LAW-29 null and absent",
    { a: null },
    {},
    [{ op: "remove", pointer: "/a", from: null, to: undefined }],
  ],
  ["an array and an object", [], {}, [{ op: "change", pointer: "", from: [], to: {} }]],
  ["equal values in another order", { a: 1, b: [{}] }, { b: [{}], a: 1 }, []],
])("%s", (_name, from, to, changes) => {
  expect(diffValues(from, to)).toEqual(changes);
});

test("names that an object inherits are not taken for members", () => {
  expect(diffValues({}, { toString: 1 })).toEqual([
    { op: "add", pointer: "/toString", from: undefined, to: 1 },
  ]);
});

test("applying the changes to one value gives the other, whatever their order", () => {
  fc.assert(
    fc.property(someJson(), someJson(), (from, to) => {
      const changes = diffValues(from, to);

      expect(changes.reduce(apply, from)).toEqual(to);
      expect(changes.toReversed().reduce(apply, from)).toEqual(to);
      expect(changes.length === 0).toBe(equalJson(from, to));
    }),
  );
});

test("the way back is the same changes turned around", () => {
  fc.assert(
    fc.property(someJson(), someJson(), (from, to) => {
      const there = diffValues(from, to).map((c) => [c.pointer, c.from, c.to]);
      const back = diffValues(to, from).map((c) => [c.pointer, c.to, c.from]);

      expect(back).toEqual(there);
    }),
  );
});

test("values are equal when their JSON has the same members and elements", () => {
  fc.assert(
    fc.property(someJson(), someJson(), (a, b) => {
      expect(equalJson(a, JSON.parse(JSON.stringify(a)) as Json)).toBe(true);
      expect(equalJson(a, b)).toBe(sortedText(a) === sortedText(b));
    }),
  );
});

function someJson(): fc.Arbitrary<Json> {
  return fc.letrec<{ value: Json }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3, depthSize: "small" },
      fc.constantFrom<Json>(null, 0, 1, "x", [], [1], [{}], {}),
      fc.dictionary(fc.constantFrom("a", "b", "c/d", "~", ""), tie("value"), { maxKeys: 3 }),
    ),
  })).value;
}

function apply(value: Json | undefined, { pointer, to }: ValueChange): Json | undefined {
  const [, first, ...rest] = pointer.split("/");
  if (first === undefined) return to;
  if (!isJsonObject(value)) throw new Error(`nothing to change at ${pointer}`);
  const name = first.replaceAll("~1", "/").replaceAll("~0", "~");
  const inner = {
    op: "change",
    pointer: rest.map((r) => `/${r}`).join(""),
    from: undefined,
    to,
  } as const;
  const { [name]: old, ...others } = value;
  const member = apply(old, inner);
  return member === undefined ? others : { ...others, [name]: member };
}

function sortedText(value: Json): string {
  return JSON.stringify(value, (_name, member: Json) =>
    isJsonObject(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
