import { isJsonObject, type Json, mergeLayers, type NamedValue } from "@llmcfg/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

test("MRG-1 objects merge member by member, and each leaf says who gave it and who gave way", () => {
  const merged = mergeLayers([
    { name: "base", value: { a: 1, b: { c: 2, d: 3 }, e: [1] } },
    { name: "staging", value: { b: { c: 4 }, f: {} } },
    { name: "production", value: { b: { c: 5, "x/y": 6 } } },
  ]);

  expect(merged.value).toEqual({ a: 1, b: { c: 5, d: 3, "x/y": 6 }, e: [1], f: {} });
  expect(merged.leaves).toEqual([
    { pointer: "/a", layer: "base", shadowed: [] },
    { pointer: "/b/c", layer: "production", shadowed: ["base", "staging"] },
    { pointer: "/b/d", layer: "base", shadowed: [] },
    { pointer: "/b/x~1y", layer: "production", shadowed: [] },
    { pointer: "/e", layer: "base", shadowed: [] },
    { pointer: "/f", layer: "staging", shadowed: [] },
  ]);
});

test.each<[string, Json, Json, Json]>([
  ["MRG-2 an array replaces an array", [1, 2], [3], [3]],
  ["an empty array replaces too", { a: [1] }, { a: [] }, { a: [] }],
  ["MRG-4 null is a value", { a: 1 }, { a: null }, { a: null }],
  ["an object replaces a scalar", { a: 1 }, { a: { b: 2 } }, { a: { b: 2 } }],
  ["a scalar replaces an object", { a: { b: 2 } }, { a: 1 }, { a: 1 }],
  ["an empty object adds nothing", { a: { b: 1 } }, { a: {} }, { a: { b: 1 } }],
  ["an empty object replaces a scalar", { a: 1 }, { a: {} }, { a: {} }],
])("%s", (_name, weaker, stronger, expected) => {
  expect(merge(weaker, stronger)).toEqual(expected);
});

test("whatever lies between two objects keeps the weaker one from showing through", () => {
  const { value, leaves } = mergeLayers([
    { name: "base", value: { a: { x: 1 } } },
    { name: "staging", value: { a: 5 } },
    { name: "production", value: { a: { y: 2 } } },
  ]);

  expect(value).toEqual({ a: { y: 2 } });
  expect(leaves).toEqual([{ pointer: "/a/y", layer: "production", shadowed: ["base", "staging"] }]);
});

test("members keep the order in which the weakest layer gives them", () => {
  const merged = merge({ b: 1, a: 2 }, { c: 3, a: 4, b: 5 });

  expect(JSON.stringify(merged)).toBe('{"b":5,"a":4,"c":3}');
});

test("MRG-5 each place where kinds differ is told, but for a weaker null", () => {
  const conflicts: string[] = [];

  mergeLayers(
    [
      { name: "1", value: { a: { x: 1 }, b: [1], c: 1, d: null, e: 1 } },
      { name: "2", value: { a: 1, b: { x: 1 }, c: [1], d: {}, e: "2" } },
      { name: "3", value: { a: null } },
    ],
    {
      onConflict: (pointer, weaker, stronger) =>
        conflicts.push(
          `${pointer} ${weaker.name}<${stronger.name} ${JSON.stringify(stronger.value)}`,
        ),
    },
  );

  expect(conflicts).toEqual(["/a 1<2 1", '/b 1<2 {"x":1}', "/c 1<2 [1]"]);
});

test("one layer is left as it is, all its leaves its own", () => {
  const merged = mergeLayers([{ name: "base", value: { a: { b: [] }, c: {} } }]);

  expect(merged.value).toEqual({ a: { b: [] }, c: {} });
  expect(merged.leaves.map(({ pointer }) => pointer)).toEqual(["/a/b", "/c"]);
});

test("no layer at all is a mistake of the caller", () => {
  expect(() => mergeLayers([])).toThrow(TypeError);
});

test("a member named __proto__ stays a member, and no prototype changes", () => {
  const evil = JSON.parse('{"__proto__":{"isAdmin":true},"constructor":{"a":1}}') as Json;

  const merged = merge({ b: 1 }, evil);

  expect(JSON.stringify(merged)).toBe('{"b":1,"__proto__":{"isAdmin":true},"constructor":{"a":1}}');
  expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
  expect(({} as Record<string, unknown>)["isAdmin"]).toBeUndefined();
});

describe("laws", () => {
  const name = fc.constantFrom("a", "b", "c");
  const { value: anyValue } = fc.letrec<{ value: Json }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3, depthSize: "small" },
      fc.constantFrom<Json>(null, 0, 1, "x", [], [1], {}),
      fc.dictionary(name, tie("value"), { maxKeys: 3 }),
    ),
  }));
  /** Where one has an object all have: the first letter of a path decides what is there. */
  const layer = fc.dictionary(
    fc.constantFrom("object1", "object2", "n1", "n2"),
    fc.integer({ min: 0, max: 3 }),
  );
  const conflictFree: fc.Arbitrary<Json> = layer.map((entries) =>
    Object.fromEntries(
      Object.entries(entries).map(([key, n]) => [
        key,
        key.startsWith("object")
          ? n === 0
            ? {}
            : { [`m${n}`]: n, deep: { [`k${n % 2}`]: n } }
          : n,
      ]),
    ),
  );

  test("MRG-6 merging is associative where nothing conflicts", () => {
    fc.assert(
      fc.property(conflictFree, conflictFree, conflictFree, (a, b, c) => {
        const all = merge(a, b, c);

        expect(merge(merge(a, b), c)).toEqual(all);
        expect(merge(a, merge(b, c))).toEqual(all);
      }),
    );
  });

  test("with conflicts too, merging layer by layer from the weakest gives what merging all gives", () => {
    fc.assert(
      fc.property(fc.array(anyValue, { minLength: 2, maxLength: 5 }), (values) => {
        const stepwise = values.reduce((weaker, stronger) => merge(weaker, stronger));

        expect(merge(...values)).toEqual(stepwise);
        expect(merge(...values)).toEqual(values.reduce(mergeTwo));
      }),
    );
  });

  test("a layer merged with itself is itself, and an empty object changes no object", () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        fc.pre(isJsonObject(value));

        expect(merge(value, value)).toEqual(value);
        expect(merge(value, {})).toEqual(value);
        expect(merge({}, value)).toEqual(value);
      }),
    );
  });

  test("the leaves are those of the value, each equal to what its layer has there", () => {
    fc.assert(
      fc.property(fc.array(anyValue, { minLength: 1, maxLength: 4 }), (values) => {
        const layers = named(values);

        const { value, leaves } = mergeLayers(layers);

        expect(leaves.map(({ pointer }) => pointer)).toEqual(leafPointers(value));
        for (const { pointer, layer: giver, shadowed } of leaves) {
          const given = layers[Number(giver)];
          expect(valueAt(given?.value, pointer)).toEqual(valueAt(value, pointer));
          expect(shadowed.every((other) => Number(other) < Number(giver))).toBe(true);
        }
      }),
    );
  });
});

function merge(...values: readonly Json[]): Json {
  return mergeLayers(named(values)).value;
}

function named(values: readonly Json[]): readonly NamedValue[] {
  return values.map((value, i) => ({ name: String(i), value }));
}

/** The rule for two layers, written down as plainly as it is said. */
function mergeTwo(weaker: Json, stronger: Json): Json {
  if (!isJsonObject(weaker) || !isJsonObject(stronger)) return stronger;
  const merged: Record<string, Json> = { ...weaker };
  for (const [name, member] of Object.entries(stronger)) {
    const beneath = merged[name];
    merged[name] = beneath === undefined ? member : mergeTwo(beneath, member);
  }
  return merged;
}

function leafPointers(value: Json, pointer = ""): readonly string[] {
  if (!isJsonObject(value) || Object.keys(value).length === 0) return [pointer];
  return Object.keys(value)
    .toSorted()
    .flatMap((name) => leafPointers(value[name] ?? null, `${pointer}/${name}`));
}

function valueAt(value: Json | undefined, pointer: string): Json | undefined {
  return pointer
    .split("/")
    .slice(1)
    .reduce<Json | undefined>((at, name) => (isJsonObject(at) ? at[name] : undefined), value);
}
