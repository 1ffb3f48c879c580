import { SecretHandle } from "@llmcfg/client";
import { expect, test } from "vitest";
import { StateView } from "../../src/connected/config-view.ts";
import { bundleOf, type Contents, Sensitive } from "../support/bundles.ts";

const asNumber = {
  parse(value: unknown): number {
    if (typeof value === "number") return value;
    throw new Error("expected a number");
  },
};

test.each(["", 0, false, null])(
  "SDK-02 LAW-29 %j is a value, and no fallback takes its place",
  (value) => {
    const view = viewOf({ a: value });

    expect(view.get("a")).toBe(value);
    expect(view.get("a", undefined, "fallback")).toBe(value);
  },
);

test.each(["", 0, false, null])("SDK-02 LAW-29 %j is a fallback", (fallback) => {
  const view = viewOf({});

  expect(view.get("a", undefined, fallback)).toBe(fallback);
  expect(view.get("a", asNumber, fallback)).toBe(fallback);
  expect(view.get("a")).toBeUndefined();
});

test("SDK-02 values are frozen to the last leaf, and so is what a schema makes of them", () => {
  const view = viewOf({ a: { b: [{ c: 1 }] } });
  const copying = { parse: (value: unknown) => ({ copy: structuredClone(value) }) };

  const value = view.get("a") as { b: { c: number }[] }; // as written above
  const parsed = view.get("a", copying);

  expect(() => value.b[0]?.c !== undefined && (value.b[0].c = 2)).toThrow(TypeError);
  expect(() => value.b.push({ c: 3 })).toThrow(TypeError);
  expect(Object.isFrozen(parsed?.copy)).toBe(true);
});

test("a schema is asked once for each path, and for what is there alone", () => {
  const calls: unknown[] = [];
  const schema = {
    parse(value: unknown): string {
      calls.push(value);
      return `seen ${String(value)}`;
    },
  };
  const view = viewOf({ a: 1, b: 2 });

  const seen = ["a", "a", "b", "none", "a"].map((path) => view.get(path, schema));

  expect(seen).toEqual(["seen 1", "seen 1", "seen 2", undefined, "seen 1"]);
  expect(calls).toEqual([1, 2]);
});

test("what a schema throws comes through", () => {
  expect(() => viewOf({ a: "x" }).get("a", asNumber)).toThrow("expected a number");
});

test("a folder is the object of its keys, nested by their segments", () => {
  const view = viewOf({ "a/b/c": 1, "a/b/d.e": 2, "a/f": 3, "ab/c": 4, __proto__x: 5 });

  expect(view.get("a")).toEqual({ b: { c: 1, "d.e": 2 }, f: 3 });
  expect(view.get("a/b")).toEqual({ c: 1, "d.e": 2 });
  expect(view.get("")).toEqual({ a: { b: { c: 1, "d.e": 2 }, f: 3 }, ab: { c: 4 }, __proto__x: 5 });
  expect(view.get("a/")).toBeUndefined();
  expect(viewOf({}).get("")).toEqual({});
});

test("P4 a key named __proto__ is a member like any other, and changes no prototype", () => {
  const values = JSON.parse('{"__proto__": {"polluted": true}}') as Contents; // as it would be sent
  const { bundle } = { bundle: { ...bundleOf(2, {}), values: values as never } }; // past our own server

  const view = new StateView({ bundle }, handleOf);

  expect(view.get("__proto__")).toEqual({ polluted: true });
  expect(Object.hasOwn(view.get("") as object, "__proto__")).toBe(true); // of all keys
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined(); // any object
});

test("SDK-07 in the place of a sensitive value stands a handle, in folders too", () => {
  const view = viewOf({ "secrets/key": new Sensitive("s3cr3t") });

  expect(view.get("secrets/key")).toBeInstanceOf(SecretHandle);
  expect(JSON.stringify(view.get(""))).toBe('{"secrets":{"key":"(sensitive)"}}');
});

function viewOf(contents: Contents): StateView {
  return new StateView({ bundle: bundleOf(2, contents) }, handleOf);
}

function handleOf(key: string): SecretHandle {
  return new SecretHandle(() => Promise.resolve(`secret of ${key}`));
}
