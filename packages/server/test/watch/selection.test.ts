import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { Namespace } from "../../src/modules/configs/ports.ts";
import { DependencyIndex } from "../../src/modules/watch/dependency-index.ts";
import { holds, toSelection } from "../../src/modules/watch/selection.ts";
import type { ShownKey } from "../../src/modules/watch/shown-key.ts";
import { SortedKeys } from "../../src/modules/watch/sorted-keys.ts";

const ns = (env: string, service?: string, prefix = ""): Namespace => ({ env, service, prefix });

test("a namespace within another one is left out, so that no key is in two", () => {
  const selection = toSelection("effective", [
    ns("production", "a", "x/"),
    ns("production", "a"),
    ns("production", "a", "y"),
    ns("staging", "a", "x/"),
    ns("production", "ab"),
    ns("base"),
    ns("base", "a", "x/"),
  ]);

  expect(selection.namespaces).toEqual([
    ns("base"),
    ns("production", "a"),
    ns("production", "ab"),
    ns("staging", "a", "x/"),
  ]);
});

test("equal selections have equal keys, whatever order they were written in", () => {
  const a = toSelection("effective", [ns("production", "a"), ns("staging", "a")]);
  const b = toSelection("effective", [
    ns("staging", "a"),
    ns("production", "a"),
    ns("staging", "a", "x"),
  ]);
  const raw = toSelection("raw", [ns("production", "a"), ns("staging", "a")]);

  expect(a.key).toBe(b.key);
  expect(raw.key).not.toBe(a.key);
});

test("none and more than 256 namespaces are refused", () => {
  const many = Array.from({ length: 257 }, (_, i) => ns("production", `s${i}`));

  expect(() => toSelection("effective", [])).toThrow("1 to 256");
  expect(() => toSelection("effective", many)).toThrow("1 to 256");
});

test.each([
  ["a service in capitals", ns("production", "Svc")],
  ["a prefix that is no folder", ns("production", "a", "/")],
  ["a prefix that climbs", ns("production", "a", "../")],
])("%s, which no key could be in, is refused", (_name, namespace) => {
  const selecting = () => toSelection("effective", [ns("production", "a"), namespace]);

  expect(selecting).toThrow(expect.objectContaining({ reason: "INVALID_KEY" }));
});

test("a prefix is text: it need not end where a segment does", () => {
  const ref = { env: "production", service: "a", key: "inference/model" };

  expect(holds(ns("production", "a", "infer"), ref)).toBe(true);
  expect(holds(ns("production", "a", "inference/model/"), ref)).toBe(false);
  expect(holds(ns("production", "b"), ref)).toBe(false);
});

test("STR-09 the hash is over the lines in the order of their bytes, not of UTF-16", () => {
  const paths = ["p/s/\u{1F600}", "p/s/\uFF5E", "p/s/a/b", "p/s/a-b"];
  const keys = new SortedKeys([]);

  for (const path of paths) keys.set(shown(path, "sha256:0"));
  keys.set(shown("p/s/gone", "sha256:0"));
  keys.set(shown("p/s/a/b", "sha256:1"));
  keys.delete("p/s/gone");
  keys.delete("p/s/never");

  const inBytes = [...paths].toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const lines = inBytes.map((path) => `${path}\tsha256:${path === "p/s/a/b" ? 1 : 0}\n`);
  expect(keys.all().map(({ path }) => path)).toEqual(inBytes);
  expect(keys.hash).toBe(`sha256:${createHash("sha256").update(lines.join("")).digest("hex")}`);
});

test("a key that no longer refers to another one is no longer touched by it", () => {
  const index = new DependencyIndex();
  index.set(key("a"), [key("a"), key("b"), key("c/d")]);
  index.set(key("e"), [key("b")]);
  const before = index.dependentsOf(key("b"));
  index.set(key("a"), [key("a"), key("c/d")]);

  expect(before).toEqual([key("a"), key("e")]);
  expect(index.dependentsOf(key("b"))).toEqual([key("e")]);
  expect(index.targets()).toEqual(
    [key("b"), key("c/d")].toSorted((x, y) => (x.key < y.key ? -1 : 1)),
  );
});

function key(name: string) {
  return { service: "s", key: name };
}

function shown(path: string, hash: string): ShownKey {
  const [env = "", service = "", ...names] = path.split("/");
  const ref = { env, service, key: names.join("/") };
  return { ref, path, version: 1, layer: env, hash, sensitive: false, follows: [] };
}
