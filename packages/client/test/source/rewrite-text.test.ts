import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { escapeReferences, handleText, rewriteText } from "../../src/source/rewrite-text.ts";

const PLACE = { service: "gateway", key: "routing/policy", pointer: "/url", expanded: undefined };

describe("LCS-5 a text of the control plane", () => {
  test.each([
    ["${secret:secrets/openai-key}", "${secret://llmcfg/secrets/openai-key}"],
    ["${secret://shared/keys/openai}", "${secret://llmcfg/shared:keys/openai}"],
    ["${secret:with space/ü#x}", "${secret://llmcfg/with%20space/%C3%BC%23x}"],
    ["${secret:a:b}", "${secret://llmcfg/gateway:a:b}"],
  ])("%s becomes %s", (text, rewritten) => {
    expect(rewriteText(text, PLACE)).toBe(rewritten);
  });

  test.each([
    "plain",
    "",
    "costs $5",
    "$${secret:a}",
    "$${ref:a} and $${b}",
    "${env:HOME}/x",
    "${file:/etc/ca.pem}",
    "${",
  ])("%s without a reference of the server stays as it is, escapes and all", (text) => {
    expect(rewriteText(text, { ...PLACE, expanded: "never looked at" })).toBe(text);
  });

  test.each([
    ["a reference to a value", "${ref:host}", "db.internal"],
    ["one among text", "http://${ref:host}/x", "http://db.internal/x"],
    ["a secret with a fallback that was taken", "${secret:none:-text}", "text"],
    ["a value that is no string", "${ref:port}", 5_432],
    ["an object", "${ref:db}", { host: "h", ports: [1, 2] }],
  ])("%s is what the server makes of it", (_what, text, expanded) => {
    expect(rewriteText(text, { ...PLACE, expanded })).toEqual(expanded);
  });

  test("what the server has expanded is looked at no further: it has no references", () => {
    const expanded = { a: "${env:HOME}", b: ["$${x}", 1], c: null };

    expect(rewriteText("${ref:x}", { ...PLACE, expanded })).toEqual({
      a: "$${env:HOME}",
      b: ["$$${x}", 1],
      c: null,
    });
  });

  test.each([
    "Bearer ${secret:a}",
    "${ref:host}/${secret:a}",
    "${secret:a}${secret:b}",
    "${secret:a:-none}",
    "${ref:a-secret}",
  ])("%s that comes to something sensitive is a secret of its own place", (text) => {
    expect(rewriteText(text, PLACE)).toBe("${secret://llmcfg/routing/policy#url}");
  });
});

test.each([
  [{ key: "a/b", pointer: "" }, "${secret://llmcfg/a/b}"],
  [{ key: "a:b", pointer: "" }, "${secret://llmcfg/gateway:a:b}"],
  [{ key: "a", pointer: "/x/0/y z" }, "${secret://llmcfg/a#x/0/y%20z}"],
  [{ key: "a", pointer: "/x~1y" }, "${secret://llmcfg/a#x%7E1y}"],
  [{ key: "ключ", pointer: "" }, "${secret://llmcfg/%D0%BA%D0%BB%D1%8E%D1%87}"],
])("LCS-5 the handle of %j is %s", (place, text) => {
  expect(handleText("gateway", place)).toBe(text);
});

test("SEC-2 every handle fits the grammar of references", () => {
  const grammar =
    /^\$\{secret:\/\/llmcfg\/(?!\/)(?:[A-Za-z0-9/_.+=:,-]|%[0-9A-F]{2})+(?:#(?:[A-Za-z0-9/_.-]|%[0-9A-F]{2})+)?\}$/;
  const segment = fc.string({ unit: "grapheme", minLength: 1 }).filter((s) => !s.includes("/"));

  fc.assert(
    fc.property(
      fc.array(segment, { minLength: 1, maxLength: 3 }),
      fc.array(segment),
      (key, steps) => {
        const pointer = steps.map((step) => `/${step.replaceAll("~", "~0")}`).join("");
        expect(handleText("gateway", { key: key.join("/"), pointer })).toMatch(grammar);
      },
    ),
  );
});

test("text that is escaped comes out of the library's grammar as it was", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("$", "{", "}", "a", "${env:X}", "$${")), (parts) => {
      const text = parts.join("");
      expect(unescape(escapeReferences(text) as string)).toBe(text); // a string stays one
    }),
  );
});

/** The rule of the library: `$${` yields the two characters `${`; any other `${` is a reference. */
function unescape(text: string): string {
  let plain = "";
  for (let i = 0; i < text.length; ) {
    if (text.startsWith("$${", i)) {
      plain += "${";
      i += 3;
    } else {
      if (text.startsWith("${", i)) throw new Error(`there is a reference in ${text}`);
      plain += text[i];
      i++;
    }
  }
  return plain;
}
