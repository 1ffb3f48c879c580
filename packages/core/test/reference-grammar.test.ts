import { type Json, listReferences } from "@llmcfg/core";
import { expect, test } from "vitest";

test("the references of a value are listed with their places and what they lead to", () => {
  const value = {
    url: "http://${ref:host}:${ref://net/port:-80}/${ref:host}",
    auth: ["x", "${secret:secrets/key}"],
    "a/b": { n: 1 },
  };

  expect(listReferences(value, "ml")).toEqual([
    { pointer: "/url", kind: "ref", target: { service: "ml", key: "host" } },
    { pointer: "/url", kind: "ref", target: { service: "net", key: "port" } },
    { pointer: "/url", kind: "ref", target: { service: "ml", key: "host" } },
    { pointer: "/auth/1", kind: "secret", target: { service: "ml", key: "secrets/key" } },
  ]);
});

test.each([
  ["an escape", "$${ref:a}"],
  ["the word of another reader", "${env:HOME}"],
  ["a path that is no key", "${ref:a//b}"],
  ["an expression around it", "${{ x ${ref:a} }}"],
  ["the name of a member", { "${ref:a}": 1 }],
  ["no end", "${ref:a"],
  ["no string", 1],
])("%s is no reference", (_name, value) => {
  expect(listReferences(value, "ml")).toEqual([]);
});

test("a value that has more references than can be followed is not listed to its end", () => {
  expect(listReferences(Array<Json>(600).fill("${ref:a}${ref:b}"), "ml")).toHaveLength(1_000);
});

test.each([
  ["references", "${ref:a}".repeat(125_000)],
  ["starts without end", "${ref:".repeat(170_000)],
  ["starts that all end at the last character", `${"${ref:".repeat(170_000)}}`],
  ["expressions without end", "${{".repeat(340_000)],
  ["an expression that ends at the last character", `${"${{".repeat(340_000)}}}`],
  ["dollars", "$".repeat(1_000_000)],
  ["escapes", "$${".repeat(340_000)],
  ["one long path", `\${ref:${"a".repeat(1_000_000)}`],
])("P5 hostile text of 1 MiB takes linear time: %s", (_name, text) => {
  const started = performance.now();
  listReferences(text, "ml");

  expect(performance.now() - started).toBeLessThan(2_000);
});
