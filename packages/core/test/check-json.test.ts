import { checkJson, type JsonLimits, parseJson } from "@llmcfg/core";
import fc from "fast-check";
import { expect, test } from "vitest";

test("what the parser gives has no faults", () => {
  const value = parseJson('{"a":[1,-0.5,"😀",null,true,{}],"":[]}');

  expect(checkJson(value)).toEqual([]);
});

test("the parser and the check agree on every value that can be written", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      let isParsed = true;
      try {
        parseJson(text);
      } catch {
        isParsed = false;
      }

      expect(checkJson(JSON.parse(text)).length === 0).toBe(isParsed);
    }),
  );
});

test.each([
  ["undefined", { a: undefined }, "NOT_JSON", "/a"],
  ["a hole in an array", Array<unknown>(1), "NOT_JSON", "/0"],
  ["a function", [() => 1], "NOT_JSON", "/0"],
  ["a bigint", { "a/b": 1n }, "NOT_JSON", "/a~1b"],
  ["a date", [new Date(0)], "NOT_JSON", "/0"],
  ["a map", new Map(), "NOT_JSON", ""],
  ["NaN", NaN, "UNSAFE_NUMBER", ""],
  ["infinity", [-Infinity], "UNSAFE_NUMBER", "/0"],
  ["2^53", 2 ** 53, "UNSAFE_NUMBER", ""],
  ["half a surrogate pair", ["\ud800"], "LONE_SURROGATE", "/0"],
  ["one in a name", { "\ud800": 1 }, "LONE_SURROGATE", "/\ud800"],
  ["__proto__", JSON.parse('{"__proto__":1}'), "RESERVED_MEMBER", "/__proto__"],
])("%s is refused", (_name, value: unknown, code, pointer) => {
  expect(checkJson(value)).toMatchObject([{ code, pointer }]);
});

test("an object without a prototype is one like any other", () => {
  expect(checkJson(Object.assign(Object.create(null) as object, { a: 1 }))).toEqual([]);
});

test.each<[string, JsonLimits, unknown, unknown, string]>([
  ["depth", { maxDepth: 2 }, [{ a: 1 }], [{ a: [] }], "TOO_DEEP"],
  ["nodes", { maxNodes: 3 }, [1, 2], [1, 2, 3], "TOO_MANY_NODES"],
  ["members", { maxMembers: 2 }, { a: 1, b: 2 }, { a: 1, b: 2, c: 3 }, "TOO_MANY_MEMBERS"],
])("the limit on %s is kept to the number", (_name, limits, allowed, refused, code) => {
  expect(checkJson(allowed, limits)).toEqual([]);
  expect(checkJson(refused, limits)).toMatchObject([{ code }]);
});

test("a value that holds itself ends at the limit of depth, a huge array before it is walked", () => {
  const circle: unknown[] = [];
  circle.push(circle);

  expect(checkJson(circle)).toMatchObject([{ code: "TOO_DEEP" }]);
  expect(checkJson(Array<unknown>(4_000_000_000))).toMatchObject([{ code: "TOO_MANY_NODES" }]);
});

test("at most twenty faults are reported", () => {
  expect(checkJson(Array<number>(30).fill(NaN))).toHaveLength(20);
});
