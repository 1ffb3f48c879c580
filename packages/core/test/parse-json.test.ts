import { isLlmcfgError, type JsonLimits, parseJson } from "@llmcfg/core";
import fc from "fast-check";
import { expect, test } from "vitest";

test.each([
  "null",
  "true",
  "false",
  "0",
  "-1.5e-7",
  "0.1",
  "1.50",
  "1e3",
  "9007199254740991",
  "-9007199254740991",
  "5e-324",
  "2.2250738585072014e-308",
  '""',
  '"\\u0000\\" \\\\ \\/ \\b\\f\\n\\r\\t \\ud83d\\ude00 😀 \u2028"',
  "[]",
  "{}",
  ' \t\r\n{ "a" : [ 1 , { "b" : null } ] , "" : { } } ',
])("RFC 8259 %s is read as JSON.parse reads it", (text) => {
  expect(parseJson(text)).toStrictEqual(JSON.parse(text));
});

test("whatever JSON.stringify writes of safe numbers is read as it was", () => {
  const json = fc.jsonValue().filter(isKeepable);

  fc.assert(
    fc.property(json, fc.constantFrom(undefined, "\t"), (value, indent) => {
      const text = JSON.stringify(value, undefined, indent);

      expect(parseJson(text)).toStrictEqual(JSON.parse(text));
    }),
  );
});

test.each([
  ["1e-1", 0.1],
  ["1e-01", 0.1],
  ["-1e-1", -0.1],
  ["12.50E-02", 0.125],
  ["1E+01", 10],
])("a number with an exponent is the number it says: %s", (text, value) => {
  expect(parseJson(text)).toBe(value);
});

/** What JSON.parse makes of it, unless a number is larger than an integer may be. */
function parseSafely(text: string): unknown {
  return JSON.parse(text, (_name, value: unknown) => {
    if (typeof value === "number" && Math.abs(value) > Number.MAX_SAFE_INTEGER) {
      throw new RangeError("unsafe");
    }
    return value;
  });
}

test("a text is accepted only if JSON.parse accepts it, and no number in it is unsafe", () => {
  const token = fc.constantFrom(
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"a"',
    '"\\',
    '"',
    "1",
    "-",
    "01",
    ".5",
    "1e",
    "tru",
    "true",
    "null",
    " ",
    "\u00a0",
    "\n",
  );

  fc.assert(
    fc.property(fc.array(token, { maxLength: 8 }), (tokens) => {
      const text = tokens.join("");
      fc.pre(!/e-?[0-9]{4}/.test(text)); // such a number may be too small to be one

      expect(accepts(parseJson, text)).toBe(accepts(parseSafely, text));
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ["nothing", "", "", 1, 1],
  ["space alone", " \n ", "", 2, 2],
  ["a byte order mark", "\ufeff{}", "", 1, 1],
  ["something behind the value", '{"a":1}\n x', "", 2, 2],
  ["a missing colon", '{"a" 1}', "", 1, 6],
  ["a comma at the end", '{"a":1,}', "", 1, 8],
  ["a comment", "[1, // one\n2]", "/1", 1, 5],
  ["a name without quotes", "{a:1}", "", 1, 2],
  ["a string without end", '["abc', "/0", 1, 2],
  ["a string that ends in an escape", '["abc\\', "/0", 1, 2],
  ["a bad escape", '["\\x41"]', "/0", 1, 2],
  ["a control character", '["a\u0001"]', "/0", 1, 4],
  ["a leading zero", "[1,\n  01]", "", 2, 4],
  ["a number without digits", "[-]", "/0", 1, 2],
  ["NaN", "[NaN]", "/0", 1, 2],
  ["a word cut off", "[tru]", "/0", 1, 2],
])("%s is malformed, and the place is named", (_name, text, pointer, line, column) => {
  const [finding, ...others] = findingsOf(text);

  expect(finding).toEqual({
    pointer,
    code: "MALFORMED_JSON",
    detail: "is not JSON",
    line,
    column,
  });
  expect(others).toEqual([]);
});

test.each([
  ["API-15 a member that occurs twice", '{"a":1,\n "a":2}', "DUPLICATE_MEMBER", "/a", 2, 2],
  ["an escaped one", '{"a":1,"\\u0061":2}', "DUPLICATE_MEMBER", "/a", 1, 8],
  ["__proto__", '{"x":{"__proto__":1}}', "RESERVED_MEMBER", "/x/__proto__", 1, 7],
  ["an escaped __proto__", '{"__proto\\u005f_":1}', "RESERVED_MEMBER", "/__proto__", 1, 2],
  ["constructor", '{"constructor":1}', "RESERVED_MEMBER", "/constructor", 1, 2],
  ["prototype", '{"prototype":1}', "RESERVED_MEMBER", "/prototype", 1, 2],
  ["half a surrogate pair", '["😀", "\\ud800"]', "LONE_SURROGATE", "/1", 1, 7],
  ["one that is not escaped", '["\udc00"]', "LONE_SURROGATE", "/0", 1, 2],
  ["one in a name", '{"\\ud800":1}', "LONE_SURROGATE", "", 1, 2],
])("%s is refused", (_name, text, code, pointer, line, column) => {
  expect(findingsOf(text)).toMatchObject([{ code, pointer, line, column }]);
});

test.each([
  "9007199254740992",
  "-9007199254740992",
  "9007199254740993",
  "9007199254740993.0",
  "1e16",
  "1e300",
  "1e400",
  "-1e400",
  "1e-400",
  "4e-324",
  "0.10000000000000000001",
  "3.141592653589793238",
])("05 §8.2 the number %s would change, so it has to be a string", (text) => {
  expect(findingsOf(`{"n": ${text}}`)).toMatchObject([
    { code: "UNSAFE_NUMBER", pointer: "/n", expected: "write it as a string", column: 7 },
  ]);
});

test("-0 is read as 0, in whatever form", () => {
  expect(parseJson("[-0, -0.00, 0e99, -0E-5]")).toStrictEqual([0, 0, 0, 0]);
});

test("the digits of a number decide, not how it is written", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.nat(20), (value, zeros) => {
      fc.pre(!Number.isInteger(value) && value !== 0);
      const [mantissa = "", exponent = "0"] = String(value).split("e");
      const point = mantissa.includes(".") ? "" : ".0";
      const text = `${mantissa}${point}${"0".repeat(zeros)}E${exponent}`;

      expect(parseJson(text)).toBe(value);
    }),
  );
});

test("every fault is reported, as far as the text can be understood", () => {
  const text = '{"a": 1e999, "a": "\\ud800", "prototype": [9007199254740993], "b" 1}';

  expect(findingsOf(text).map(({ code, pointer }) => [code, pointer])).toEqual([
    ["UNSAFE_NUMBER", "/a"],
    ["DUPLICATE_MEMBER", "/a"],
    ["LONE_SURROGATE", "/a"],
    ["RESERVED_MEMBER", "/prototype"],
    ["UNSAFE_NUMBER", "/prototype/0"],
    ["MALFORMED_JSON", ""],
  ]);
});

test("at most twenty faults are reported", () => {
  expect(findingsOf(`[${Array(30).fill("1e999").join(",")}]`)).toHaveLength(20);
});

test.each<[string, JsonLimits, string, string, string]>([
  ["depth", { maxDepth: 2 }, '[{"a":1}]', '[{"a":[]}]', "TOO_DEEP"],
  ["nodes", { maxNodes: 3 }, "[1,2]", "[1,2,3]", "TOO_MANY_NODES"],
  ["members", { maxMembers: 2 }, '{"a":1,"b":2}', '{"a":1,"b":2,"c":3}', "TOO_MANY_MEMBERS"],
])("the limit on %s is kept to the number", (_name, limits, allowed, refused, code) => {
  expect(() => parseJson(allowed, limits)).not.toThrow();
  expect(findingsOf(refused, limits)).toMatchObject([{ code }]);
});

test("P3 hostile structure is refused at the limits of 05 §8.1, not after them", () => {
  expect(findingsOf("[".repeat(1_000_000))).toMatchObject([{ code: "TOO_DEEP", column: 65 }]);
  expect(findingsOf(`[${"0,".repeat(1_000_000)}0]`)).toMatchObject([{ code: "TOO_MANY_NODES" }]);
  expect(() => parseJson(`${"[".repeat(64)}${"]".repeat(64)}`)).not.toThrow();
});

test("ERR-04 neither the message nor a finding quotes the text", () => {
  const text = '{"password": "s3cr3t", "password": s3cr3t}';

  const error = refusalOf(text);

  expect(`${error.message} ${JSON.stringify(error.details)}`).not.toContain("s3cr3t");
  expect(error.message).toContain("line 1, column 24");
});

function accepts(parse: (text: string) => unknown, text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

function isKeepable(value: unknown): boolean {
  if (typeof value === "number") return !Number.isInteger(value) || Number.isSafeInteger(value);
  if (typeof value !== "object" || value === null) return true;
  const names = Array.isArray(value) ? [] : Object.keys(value);
  const reserved = ["__proto__", "constructor", "prototype"];
  return names.every((name) => !reserved.includes(name)) && Object.values(value).every(isKeepable);
}

function findingsOf(text: string, limits?: JsonLimits) {
  return refusalOf(text, limits).details.errors;
}

function refusalOf(text: string, limits?: JsonLimits) {
  try {
    parseJson(text, limits);
  } catch (error) {
    if (isLlmcfgError(error, "INVALID_ARGUMENT")) return error;
    throw error;
  }
  throw new Error("the text was not refused");
}
