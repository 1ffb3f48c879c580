import { parseEnv } from "node:util";
import { isLlmcfgError } from "@llmcfg/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { negotiate } from "../../src/transport/http/accept.ts";
import { renderDotenv } from "../../src/transport/http/render-dotenv.ts";
import { renderProperties } from "../../src/transport/http/render-properties.ts";
import { renderYaml } from "../../src/transport/http/render-yaml.ts";

describe("API-07 negotiation", () => {
  test.each([
    [undefined, "application/json"],
    ["*/*", "application/json"],
    ["text/plain", "text/plain"],
    ["text/*", "text/plain"],
    ["application/json;q=0.5, text/plain", "text/plain"],
    ["text/plain;q=0, */*", "application/json"],
    ["TEXT/PLAIN ; Q=0.9", "text/plain"],
  ])("RFC 9110 Accept: %s gives %s", (accept, type) => {
    expect(negotiate(accept, ["application/json", "text/plain"])).toBe(type);
  });

  test.each(["image/png", "application/json;q=0", "application/xml, text/html"])(
    "RFC 9110 Accept: %s gives nothing that is offered",
    (accept) => {
      expect(() => negotiate(accept, ["application/json"])).toThrow(
        "none of the accepted media types can be sent: it may be application/json",
      );
    },
  );
});

describe("YAML", () => {
  test("values are in block style, and text that could be something else in quotes", () => {
    const value = {
      plain: "a text",
      quoted: ["yes", "1", "", "a: b", "- x", "two\nlines", "null", " space "],
      nested: [{ a: 1, b: [true, null] }, [1, [2]], {}, []],
      "odd key!": 1.5,
    };

    expect(renderYaml(value)).toBe(
      [
        "plain: a text",
        "quoted:",
        '  - "yes"',
        '  - "1"',
        '  - ""',
        '  - "a: b"',
        '  - "- x"',
        String.raw`  - "two\nlines"`,
        '  - "null"',
        '  - " space "',
        "nested:",
        "  - a: 1",
        "    b:",
        "      - true",
        "      - null",
        "  - - 1",
        "    - - 2",
        "  - {}",
        "  - []",
        '"odd key!": 1.5',
        "",
      ].join("\n"),
    );
  });

  test.each([
    [30, "30\n"],
    ["text", "text\n"],
    [null, "null\n"],
    [[], "[]\n"],
    [{}, "{}\n"],
  ])("%j alone is %j", (value, text) => {
    expect(renderYaml(value)).toBe(text);
  });
});

describe("properties", () => {
  test("members and elements have names of their own, and what is special is escaped", () => {
    const values = [
      ["a b=c:d", " x\\y\n"],
      ["o", { p: 1, q: [true, { r: "é#!" }], s: {} }],
      ["n", null],
    ] as const;

    expect(renderProperties(values)).toBe(
      [
        String.raw`a\ b\=c\:d=\ x\\y\n`,
        "o.p=1",
        "o.q[0]=true",
        String.raw`o.q[1].r=\u00e9#!`,
        "o.s={}",
        "n=",
        "",
      ].join("\n"),
    );
  });
});

describe("dotenv", () => {
  test("EXP-02 keys become names, and what is no text compact JSON", () => {
    const values = [
      ["inference/timeout-seconds", 30],
      ["db-url", "postgres://localhost/ml"],
      ["1st", { a: [1] }],
    ] as const;

    expect(renderDotenv(values)).toBe(
      "INFERENCE_TIMEOUT_SECONDS='30'\nDB_URL='postgres://localhost/ml'\n_1ST='{\"a\":[1]}'\n",
    );
  });

  test("EXP-04 whatever is written is read back as the same text by Node, or refused", () => {
    const units = ["a", "n", " ", '"', "'", "`", "\\", "$", "#", "=", "\n", "\r", "\t", "é", "{"];
    const text = fc.string({ unit: fc.constantFrom(...units) });

    fc.assert(
      fc.property(text, (value) => {
        expect(["refused", value]).toContain(readBack(value));
        const isHard = /[\r"'`\\]/.test(value);
        expect(isHard || readBack(value) === value).toBe(true);
      }),
    );
  });

  test.each([
    [
      [
        ["a-b", 1],
        ["a_b", 2],
      ],
      "a_b would have the name A_B, which another key has",
    ],
    [[["a", "'\"`"]], "a has a value that a .env file cannot hold"],
  ] as const)("EXP-02 %j is refused where it cannot be told apart or held", (values, message) => {
    expect(() => renderDotenv(values)).toThrow(message);
  });
});

function readBack(value: string): string | undefined {
  let file: string;
  try {
    file = renderDotenv([["key", value]]);
  } catch (error) {
    if (isLlmcfgError(error, "RULE_VIOLATION")) return "refused";
    throw error;
  }
  return parseEnv(file)["KEY"];
}
