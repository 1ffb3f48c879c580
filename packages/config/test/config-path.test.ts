import { formatConfigPath, formatPointer, parseConfigPath, parsePointer } from "@llmcfg/config";
import fc from "fast-check";
import { expect, test } from "vitest";
import { pathsTouch } from "../src/paths/paths-touch.ts";

test("§3.4 members, items by key and by place, and quoted names are told apart", () => {
  const segments = parseConfigPath("providers[openai].models[gpt-4o].weight");
  const quoted = parseConfigPath('extensions."a.b"."".c[0]["0"]');

  expect(segments).toEqual([
    { type: "member", name: "providers" },
    { type: "item", key: "openai" },
    { type: "member", name: "models" },
    { type: "item", key: "gpt-4o" },
    { type: "member", name: "weight" },
  ]);
  expect(quoted).toEqual([
    { type: "member", name: "extensions" },
    { type: "member", name: "a.b" },
    { type: "member", name: "" },
    { type: "member", name: "c" },
    { type: "index", index: 0 },
    { type: "item", key: "0" },
  ]);
});

test.each(["a..b", ".a", "a.", "a[", "a[]", "a[x", 'a["x]', '"a', "a[0]b"])(
  "§3.4 %j is no path",
  (path) => {
    const parse = () => parseConfigPath(path);

    expect(parse).toThrow(expect.objectContaining({ code: "malformed_path" }));
  },
);

test("§3.4 any path is read as it was written", () => {
  const name = fc.oneof(fc.string(), fc.constantFrom("", "a.b", 'a"b', "[0]", "a]b", "\\"));
  const segment = fc.oneof(
    name.map((text) => ({ type: "member", name: text }) as const),
    fc.nat().map((index) => ({ type: "index", index }) as const),
    name.map((key) => ({ type: "item", key }) as const),
  );
  const path = fc.tuple(name, fc.array(segment, { maxLength: 5 }));

  fc.assert(
    fc.property(path, ([first, rest]) => {
      const segments = [{ type: "member", name: first } as const, ...rest];

      expect(parseConfigPath(formatConfigPath(segments))).toEqual(segments);
    }),
  );
});

test("RFC 6901 pointers escape ~ and /, and are read as they were written", () => {
  expect(formatPointer(["a/b", 0, "m~n", ""])).toBe("/a~1b/0/m~0n/");
  expect(parsePointer("/a~1b/0/m~0n/")).toEqual(["a/b", "0", "m~n", ""]);
  expect(parsePointer("")).toEqual([]);
});

test.each([
  ["server", "server.port", true],
  ["server.port", "server", true],
  ["server.portal", "server.port", false],
  ["server.port", "server.portal", false],
  ["providers[a]", "providers[b].x", false],
  ["providers[a].x", "providers[0]", true],
  ["", "server", true],
])("DIF-10 %j and %j touch: %j", (a, b, expected) => {
  expect(pathsTouch(parseConfigPath(a), parseConfigPath(b))).toBe(expected);
});
