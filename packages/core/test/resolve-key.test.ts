import {
  type ItemVersion,
  type Json,
  type Layer,
  type Layers,
  type LookUp,
  type Resolved,
  type ResolveOptions,
  resolveKey,
} from "@llmcfg/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const ENVS = ["base", "development", "staging", "production"];

describe("which layer wins", () => {
  test("of scalars the strongest layer wins, and the trace says what became of each", () => {
    const resolved = resolve({ timeout: { base: 30, production: 45 } }, "timeout");

    expect(resolved.value).toBe(45);
    expect(resolved.winner?.ref.env).toBe("production");
    expect(statesOf(resolved)).toEqual(["shadowed", "absent", "absent", "winner"]);
    expect(resolved.trace.layers[0]).toMatchObject({ env: "base", value: 30 });
    expect(resolved.trace.leaves).toEqual([]);
    expect(resolved).toMatchObject({ isMerged: false, isComposed: false, isSensitive: false });
  });

  test("an inherited value wins where nothing stronger is there", () => {
    const resolved = resolve({ timeout: { base: 30 } }, "timeout");

    expect(resolved.value).toBe(30);
    expect(statesOf(resolved)).toEqual(["winner", "absent", "absent", "absent"]);
  });

  test.each([[""], [0], [false], [null]])("LAW-29 %j is a value like any other", (value) => {
    const resolved = resolve({ flag: { base: true, production: value } }, "flag");

    expect(resolved.value).toBe(value);
    expect(statesOf(resolved)).toEqual(["shadowed", "absent", "absent", "winner"]);
  });

  test("where nothing is there the key does not exist, and is a dependency all the same", () => {
    const resolved = resolve({}, "timeout");

    expect(resolved).toMatchObject({ winner: undefined, newest: undefined, value: undefined });
    expect(statesOf(resolved)).toEqual(["absent", "absent", "absent", "absent"]);
    expect(resolved.trace.dependencies).toEqual([{ service: "ml", key: "timeout" }]);
  });

  test("a deleted item lets what is weaker show", () => {
    const deleted = { state: "deleted" as const };

    const resolved = resolve(
      { timeout: { base: 30, production: item(undefined, deleted) } },
      "timeout",
    );

    expect(resolved.value).toBe(30);
    expect(statesOf(resolved)).toEqual(["winner", "absent", "absent", "absent"]);
  });

  test("a mask on top hides the key", () => {
    const resolved = resolve({ timeout: { base: 30, staging: MASK } }, "timeout");

    expect(resolved).toMatchObject({ winner: undefined, newest: undefined, value: undefined });
    expect(statesOf(resolved)).toEqual(["shadowed", "absent", "mask", "absent"]);
  });

  test("a value above a mask wins, and an object does not merge across it", () => {
    const resolved = resolve(
      { limits: { base: { rpm: 1, tpm: 2 }, development: MASK, production: { rpm: 9 } } },
      "limits",
    );

    expect(resolved.value).toEqual({ rpm: 9 });
    expect(statesOf(resolved)).toEqual(["shadowed", "mask", "absent", "winner"]);
  });
});

describe("how objects merge", () => {
  test("X9 a layer that gives every leaf is the winner alone, and each leaf says what it shadows", () => {
    const model = { provider: "demo", model: "small-2", temperature: 0.1 };

    const resolved = resolve(
      { "model.config": { base: model, staging: { ...model, temperature: 0.7 } } },
      "model.config",
    );

    expect(statesOf(resolved)).toEqual(["shadowed", "absent", "winner", "absent"]);
    expect(resolved.trace.leaves).toEqual([
      { pointer: "/model", layer: "staging", version: 1, shadowed: ["base"] },
      { pointer: "/provider", layer: "staging", version: 1, shadowed: ["base"] },
      { pointer: "/temperature", layer: "staging", version: 1, shadowed: ["base"] },
    ]);
    expect(resolved).toMatchObject({ isMerged: false, isComposed: false });
  });

  test("X20 weaker objects show through leaf by leaf, and the newest contributor is named", () => {
    const resolved = resolve(
      {
        "model.config": {
          base: item({ provider: "old", model: "old", temperature: 0 }, { revision: 9 }),
          staging: item({ provider: "demo", model: "small-2" }, { revision: 5, version: 4 }),
          production: item({ temperature: 0.5 }, { revision: 3, version: 2 }),
        },
      },
      "model.config",
    );

    expect(resolved.value).toEqual({ provider: "demo", model: "small-2", temperature: 0.5 });
    expect(statesOf(resolved)).toEqual(["shadowed", "absent", "partial", "winner"]);
    expect(resolved.trace.leaves).toEqual([
      { pointer: "/model", layer: "staging", version: 4, shadowed: ["base"] },
      { pointer: "/provider", layer: "staging", version: 4, shadowed: ["base"] },
      { pointer: "/temperature", layer: "production", version: 2, shadowed: ["base"] },
    ]);
    expect(resolved.winner?.ref.env).toBe("production");
    expect(resolved.newest).toMatchObject({ revision: 5, ref: { env: "staging" } });
    expect(resolved).toMatchObject({ isMerged: true, isComposed: true });
  });

  test("of contributors of one commit the winner is the newest", () => {
    const resolved = resolve({ limits: { base: { a: 1 }, production: { b: 2 } } }, "limits");

    expect(resolved.newest?.ref.env).toBe("production");
  });

  test("an empty object on top wins, gives no leaf, and the value is composed", () => {
    const resolved = resolve({ limits: { base: { rpm: 1 }, production: {} } }, "limits");

    expect(resolved.value).toEqual({ rpm: 1 });
    expect(statesOf(resolved)).toEqual(["partial", "absent", "absent", "winner"]);
    expect(resolved).toMatchObject({ isMerged: false, isComposed: true });
  });

  test.each<[string, Json | ItemVersion, Json | ItemVersion, Json]>([
    ["a winner in replace mode", { a: 1 }, item({ b: 2 }, { mergeMode: "replace" }), { b: 2 }],
    ["arrays", [1], [2], [2]],
    ["a scalar beneath", 1, { b: 2 }, { b: 2 }],
    ["a scalar on top", { a: 1 }, 2, 2],
    ["a sensitive object beneath", item({ a: 1 }, { sensitive: true }), { b: 2 }, { b: 2 }],
    ["a sensitive object on top", { a: 1 }, item({ b: 2 }, { sensitive: true }), { b: 2 }],
    ["documents", item("a: 1", { type: "document" }), item("b: 2", { type: "document" }), "b: 2"],
  ])("%s: the winner stands alone", (_name, base, production, expected) => {
    const resolved = resolve({ limits: { base, production } }, "limits");

    expect(resolved.value).toEqual(expected);
    expect(statesOf(resolved)).toEqual(["shadowed", "absent", "absent", "winner"]);
    expect(resolved.trace.leaves).toEqual([]);
  });

  test("an object in replace mode contributes, and hides what is weaker than itself", () => {
    const resolved = resolve(
      {
        limits: {
          base: { a: 1 },
          staging: item({ b: 2 }, { mergeMode: "replace" }),
          production: { c: 3 },
        },
      },
      "limits",
    );

    expect(resolved.value).toEqual({ b: 2, c: 3 });
    expect(statesOf(resolved)).toEqual(["shadowed", "absent", "partial", "winner"]);
  });

  test("a sealed object in the middle ends the merge: nobody looks for its plaintext", () => {
    const sealed = item(undefined, { sensitive: true, type: "object" });

    const resolved = resolve(
      { limits: { base: { a: 1 }, staging: sealed, production: { c: 3 } } },
      "limits",
    );

    expect(resolved.value).toEqual({ c: 3 });
    expect(resolved.isSensitive).toBe(false);
    expect(statesOf(resolved)).toEqual(["shadowed", "absent", "shadowed", "winner"]);
  });

  test("a member named __proto__ stays a member, and no prototype changes", () => {
    const evil = JSON.parse('{"__proto__":{"isAdmin":true},"a":"${ref:x}"}') as Json;

    const resolved = resolve({ x: 1, limits: { base: evil, production: { b: 2 } } }, "limits");

    expect(JSON.stringify(resolved.value)).toBe('{"__proto__":{"isAdmin":true},"a":1,"b":2}');
    expect(Object.getPrototypeOf(resolved.value)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)["isAdmin"]).toBeUndefined();
  });
});

describe("how references are expanded", () => {
  test.each<[string, Json, Json]>([
    ["a whole string takes the type", "${ref:port}", 8080],
    ["a whole string takes an object", "${ref:limits}", { rpm: 1 }],
    ["a number in text is JSON", "host:${ref:port}", "host:8080"],
    ["a string in text is put as it is", "${ref:scheme}://host", "https://host"],
    ["an object in text is JSON", "l=${ref:limits}", 'l={"rpm":1}'],
    ["null in text is JSON", "n=${ref:nothing}", "n=null"],
    ["two in one string", "${ref:scheme}:${ref:port}", "https:8080"],
    ["two with nothing between", "${ref:port}${ref:port}", "80808080"],
    ["anywhere inside", { a: [{ b: "${ref:port}" }], c: true }, { a: [{ b: 8080 }], c: true }],
    ["a fallback for what is missing", "${ref:nope:-plan b}", "plan b"],
    ["an empty fallback", "${ref:nope:-}", ""],
    ["a fallback with its own mark", "${ref:nope:-a:-b}", "a:-b"],
    ["LAW-29 no fallback for null", "${ref:nothing:-plan b}", null],
    ["another service", "${ref://web/port}", 80],
    ["an escape", "$${ref:port}", "${ref:port}"],
    ["an escaped expression", "$${{ now }}", "${{ now }}"],
    ["a dollar before an escape", "$$${x", "$${x"],
    ["the words of other readers", "${env:HOME} ${file:/x} ${", "${env:HOME} ${file:/x} ${"],
    ["a reference without an end", "${ref:port", "${ref:port"],
    ["an expression without an end", "${{ ${ref:port}", "${{ 8080"],
    ["braces inside", "${ref:{port}}", "${ref:{port}}"],
    ["no names of members", { "${ref:port}": 1 }, { "${ref:port}": 1 }],
  ])("%s", (_name, value, expected) => {
    const store = {
      value: { production: value },
      port: { base: 8080 },
      scheme: "https",
      limits: { base: { rpm: 1 } },
      nothing: { base: null },
      "//web/port": 80,
    };

    const resolved = resolve(store, "value");

    expect(resolved.faults).toEqual([]);
    expect(resolved.value).toEqual(expected);
    expect(resolved.isComposed).toBe(JSON.stringify(value) !== JSON.stringify(expected));
  });

  test("references resolve after overrides, in the environment that is read", () => {
    const resolved = resolve(
      { url: { base: "http://${ref:host}" }, host: { base: "local", production: "prod" } },
      "url",
    );

    expect(resolved.value).toBe("http://prod");
  });

  test("a reference in another service is relative to that service", () => {
    const resolved = resolve(
      { a: "${ref://web/b}", b: 1, "//web/b": "${ref:c}", "//web/c": 2 },
      "a",
    );

    expect(resolved.value).toBe(2);
  });

  test("a merged value may take each reference from another layer", () => {
    const resolved = resolve(
      { v: { base: { a: "${ref:x}" }, production: { b: "${ref:y}" } }, x: 1, y: 2 },
      "v",
    );

    expect(resolved.value).toEqual({ a: 1, b: 2 });
  });

  test("documents and binaries are kept byte for byte, also where they are put into text", () => {
    const document = item("port: ${ref:port} $${", { type: "document" });
    const store = { port: 1, doc: { base: document }, user: "<${ref:doc}>" };

    expect(resolve(store, "doc").value).toBe("port: ${ref:port} $${");
    expect(resolve(store, "doc").isComposed).toBe(false);
    expect(resolve(store, "user").value).toBe("<port: ${ref:port} $${>");
  });

  test("with references=keep the value is what the layers hold, and not sensitive by them", () => {
    const resolved = resolve({ v: "${secret:pw} $${" }, "v", { references: "keep" });

    expect(resolved.value).toBe("${secret:pw} $${");
    expect(resolved).toMatchObject({ isSensitive: false, isComposed: false, faults: [] });
    expect(resolved.trace.references).toEqual([]);
    expect(resolved.trace.dependencies).toEqual([{ service: "ml", key: "v" }]);
  });

  test("the trace names every reference in the order met, and every key that was looked at", () => {
    const resolved = resolve(
      { v: ["${ref:a}", "${ref:gone:-x}", "${ref:a}"], a: "${ref://web/b}", "//web/b": 1 },
      "v",
    );

    expect(resolved.trace.references).toEqual([
      outcome("${ref:a}", "ml/a", { version: 1, found: true }),
      outcome("${ref://web/b}", "web/b", { version: 1, found: true }),
      outcome("${ref:gone:-x}", "ml/gone", { version: undefined, found: false }),
    ]);
    expect(resolved.trace.dependencies).toEqual([
      { service: "ml", key: "v" },
      { service: "ml", key: "a" },
      { service: "web", key: "b" },
      { service: "ml", key: "gone" },
    ]);
  });

  test("a reference that the reader may not follow stays as text, without a fault", () => {
    const resolved = resolve({ v: "a ${ref:x} ${ref:y}", x: "hidden", y: 2 }, "v", {
      mayFollow: ({ key }) => key !== "x",
    });

    expect(resolved.value).toBe("a ${ref:x} 2");
    expect(resolved.faults).toEqual([]);
    expect(resolved.trace.references).toEqual([
      outcome("${ref:x}", "ml/x", { version: undefined, found: false }),
      outcome("${ref:y}", "ml/y", { version: 1, found: true }),
    ]);
    expect(resolved.trace.dependencies).toContainEqual({ service: "ml", key: "x" });
  });
});

describe("what is sensitive", () => {
  test.each<[string, Json]>([
    ["a secret reference to a plain value", "${secret:plain}"],
    ["a plain reference to a sensitive value", "${ref:pw}"],
    ["a sensitive value two steps away", "${ref:hop}"],
    ["a secret reference that fell back", "${secret:gone:-x}"],
    ["one of many", { a: 1, b: ["x ${secret:pw}"] }],
  ])("%s makes the value sensitive", (_name, value) => {
    const store = { v: { base: value }, plain: 1, pw: secret("hunter2"), hop: "${ref:pw}" };

    const resolved = resolve(store, "v");

    expect(resolved.isSensitive).toBe(true);
    expect(resolved.value).toBeDefined();
  });

  test("where the plaintext is not at hand the value is redacted, and that is no fault", () => {
    const resolved = resolve({ v: "postgres://u:${secret:pw}@h", pw: secret(undefined) }, "v");

    expect(resolved).toMatchObject({ value: undefined, isSensitive: true, isComposed: true });
    expect(resolved.faults).toEqual([]);
    expect(resolved.trace.references).toEqual([
      { ...outcome("${secret:pw}", "ml/pw", { version: 1, found: true }), sensitive: true },
    ]);
  });

  test("a sealed value is there, only not to be seen", () => {
    const resolved = resolve({ pw: secret(undefined) }, "pw");

    expect(resolved).toMatchObject({ value: undefined, isSensitive: true, isComposed: false });
    expect(resolved.winner?.ref.env).toBe("base");
    expect(statesOf(resolved)).toEqual(["winner", "absent", "absent", "absent"]);
  });

  test("ERR-04 the fallback inside a sensitive value is not shown in the trace", () => {
    const resolved = resolve({ v: secret("${ref:gone:-hunter2}") }, "v");

    expect(resolved.value).toBe("hunter2");
    expect(resolved.trace.references[0]?.expression).toBe("${ref:gone}");
  });
});

describe("faults of references", () => {
  test("a target that does not exist dangles, at its place and with the way to it", () => {
    const resolved = resolve({ v: { base: { url: ["${ref:a}"] } }, a: "${ref://web/gone}" }, "v");

    expect(resolved.value).toBeUndefined();
    expect(resolved.faults).toEqual([
      {
        code: "DANGLING_REFERENCE",
        pointer: "/url/0",
        detail: "production/web/gone does not exist: v → a → //web/gone",
      },
    ]);
  });

  test("a masked target dangles", () => {
    const resolved = resolve({ v: "${ref:a}", a: { base: 1, staging: MASK } }, "v");

    expect(resolved.faults).toMatchObject([{ code: "DANGLING_REFERENCE" }]);
  });

  test("a fallback stands for a missing key, not for one whose own reference dangles", () => {
    const resolved = resolve({ v: "${ref:a:-x}", a: "${ref:gone}" }, "v");

    expect(resolved.faults).toMatchObject([{ code: "DANGLING_REFERENCE" }]);
  });

  test.each([
    ["itself", { a: "${ref:a}" }, "a → a"],
    ["a pair", { a: "${ref:b}", b: "${ref:a}" }, "a → b → a"],
    ["further down", { a: "${ref:b}", b: "${ref:c}", c: "${ref:b}" }, "a → b → c → b"],
    ["another service", { a: "${ref://web/b}", "//web/b": "${ref://ml/a}" }, "a → //web/b → a"],
  ])("a loop is named: %s", (_name, store, chain) => {
    const resolved = resolve(store, "a");

    expect(resolved.value).toBeUndefined();
    expect(resolved.faults).toEqual([
      {
        code: "REFERENCE_CYCLE",
        pointer: "",
        detail: `the references lead in a circle: ${chain}`,
      },
    ]);
  });

  test("a loop that was met before is named again in full", () => {
    const resolved = resolve({ v: ["${ref:a}", "${ref:b}"], a: "${ref:b}", b: "${ref:a}" }, "v");

    expect(resolved.faults.map(({ detail }) => detail.split(": ")[1])).toEqual([
      "v → a → b → a",
      "v → b → a → b",
    ]);
  });

  test("every reference of the value that is at fault is reported", () => {
    const resolved = resolve(
      { v: ["${ref:gone}", "${ref:ok}", "${ref:v} ${ref:a//b}"], ok: 1 },
      "v",
    );

    expect(resolved.faults.map(({ code, pointer }) => [code, pointer])).toEqual([
      ["DANGLING_REFERENCE", "/0"],
      ["REFERENCE_CYCLE", "/2"],
      ["RULE_VIOLATION", "/2"],
    ]);
  });

  test.each(["${{ 1 + 1 }}", "x ${{ env }} y"])("the expression in %s is reserved", (value) => {
    const resolved = resolve({ v: value }, "v");

    expect(resolved.value).toBeUndefined();
    expect(resolved.faults).toEqual([
      {
        code: "RULE_VIOLATION",
        pointer: "",
        detail: "expressions are not supported yet; write $${{ for the text",
      },
    ]);
  });

  test.each(["${ref:}", "${ref:a/../b}", "${ref:/a}", "${ref://web}", "${ref://Web/a:-x}"])(
    "%s names no key, and that is a fault even with a fallback",
    (value) => {
      const resolved = resolve({ v: value }, "v");

      expect(resolved.faults).toEqual([
        { code: "RULE_VIOLATION", pointer: "", detail: "a reference names no key" },
      ]);
    },
  );

  test("ten levels of references are followed, eleven are not", () => {
    const chain = Object.fromEntries(
      Array.from({ length: 12 }, (_, i) => [`k${i}`, i === 11 ? 1 : `\${ref:k${i + 1}}`]),
    );

    expect(resolve(chain, "k1").value).toBe(1);
    expect(resolve(chain, "k0").faults).toEqual([
      {
        code: "RULE_VIOLATION",
        pointer: "",
        detail:
          "the references are more than 10 levels deep: " +
          "k0 → k1 → k2 → k3 → k4 → k5 → k6 → k7 → k8 → k9 → k10 → k11",
      },
    ]);
  });

  test("the depth counts whatever the order in which keys are met", () => {
    const chain = Object.fromEntries(
      Array.from({ length: 11 }, (_, i) => [`k${i}`, i === 10 ? 1 : `\${ref:k${i + 1}}`]),
    );
    const longFirst = resolve({ ...chain, v: ["${ref:k1}", "${ref:k0}"] }, "v");
    const longLast = resolve({ ...chain, v: ["${ref:k0}", "${ref:k1}"] }, "v");

    expect(longFirst.faults).toMatchObject([{ pointer: "/1" }]);
    expect(longFirst.faults[0]?.detail).toContain("deep: v → k0 → k1 → k2 →");
    expect(longLast.faults).toMatchObject([{ pointer: "/0" }]);
  });

  test("an expansion beyond 1 MiB is refused, and one of 1 MiB is not", () => {
    const half = { base: "x".repeat(524_288) };

    expect(resolve({ half, v: "${ref:half}${ref:half}" }, "v").value).toHaveLength(1_048_576);
    expect(resolve({ half, v: "${ref:half}${ref:half}${ref:half}" }, "v").faults).toEqual([
      {
        code: "RULE_VIOLATION",
        pointer: "",
        detail: "what the references bring is larger than 1 MiB: v → half",
      },
    ]);
  });

  test("what would be nested beyond 64 levels is refused, since no reader would take it", () => {
    const nest = (levels: number, inner: Json): Json =>
      levels === 0 ? inner : [nest(levels - 1, inner)];
    const store = (levels: number) => ({
      v: { base: nest(levels, "${ref:a}") },
      a: { base: nest(32, 1) },
    });

    expect(resolve(store(32), "v").value).toEqual(nest(64, 1));
    expect(resolve(store(33), "v").faults).toEqual([
      {
        code: "RULE_VIOLATION",
        pointer: "/0".repeat(64),
        detail: "with its references expanded, what stands here is nested too deeply",
      },
    ]);
  });

  test.each([
    ["as text", (below: string) => `\${ref:${below}}`.repeat(10)],
    ["as values", (below: string) => Array<Json>(10).fill(`\${ref:${below}}`)],
  ])("levels that each multiply by ten end quickly %s", (_name, multiply) => {
    const levels = Object.fromEntries(
      Array.from({ length: 10 }, (_, i) => [
        `k${i}`,
        { base: i === 9 ? "lol" : multiply(`k${i + 1}`) },
      ]),
    );
    let looked = 0;

    const resolved = resolve(levels, "k0", {}, () => {
      looked += 1;
    });

    expect(resolved.faults[0]).toMatchObject({ code: "RULE_VIOLATION" });
    expect(looked).toBeLessThanOrEqual(10);
  });

  test("a thousand references are followed, one more is not", () => {
    const many = Array<Json>(1_001).fill("${ref:a}");

    expect(resolve({ v: { base: many.slice(1) }, a: 1 }, "v").faults).toEqual([]);
    expect(resolve({ v: { base: many }, a: 1 }, "v").faults).toEqual([
      { code: "RULE_VIOLATION", pointer: "/1000", detail: "there are more than 1000 references" },
    ]);
  });
});

test.each(["${ref:}", "${{ x }}", "${ref:v}", "${ref:gone}", "${ref:half}"])(
  "P5 a value full of %s has at most a thousand faults and one, and takes little time",
  (text) => {
    const v = { base: text.repeat(Math.floor(1_000_000 / text.length)) };
    const started = performance.now();

    const resolved = resolve({ v, half: { base: "x".repeat(500_000) } }, "v");

    expect(resolved.faults.length).toBeLessThanOrEqual(1_001);
    expect(resolved.faults.at(-1)).toMatchObject({ code: "RULE_VIOLATION" });
    expect(performance.now() - started).toBeLessThan(2_000);
  },
);

describe("what has to be loaded", () => {
  test("a key that is not loaded is named", () => {
    const result = resolveKey(ref("v"), () => undefined);

    expect(result).toEqual({ kind: "incomplete", missing: [{ service: "ml", key: "v" }] });
  });

  test("one round names all that is missing as far as it can be seen, each once", () => {
    const v = layersOf("v", { base: ["${ref:a}", "${ref:b}", "${ref:a}"] });

    const result = resolveKey(ref("v"), ({ key }) => (key === "v" ? v : undefined));

    expect(result).toMatchObject({ kind: "incomplete", missing: [{ key: "a" }, { key: "b" }] });
  });

  test("loading what is missing, round by round, ends with what knowing all would have given", () => {
    const key = fc.constantFrom("a", "b", "c", "d", "e");
    const text = fc
      .array(
        fc.oneof(
          key.map((k) => `\${ref:${k}}`),
          fc.constantFrom("x", "$${", "${ref:a:-f}"),
        ),
      )
      .map((parts) => parts.join(""));
    const value = fc.oneof(text, fc.dictionary(fc.constantFrom("m", "n"), text));
    const layers = fc.dictionary(fc.constantFrom("base", "production"), value);

    fc.assert(
      fc.property(fc.dictionary(key, layers), (store) => {
        const loaded = new Set<string>();
        const lookUp: LookUp = ({ key: k }) =>
          loaded.has(k) ? layersOf(k, store[k] ?? {}) : undefined;

        let result = resolveKey(ref("a"), lookUp);
        while (result.kind === "incomplete") {
          const before = loaded.size;
          for (const missing of result.missing) loaded.add(missing.key);
          expect(loaded.size).toBeGreaterThan(before);
          result = resolveKey(ref("a"), lookUp);
        }

        expect(result.resolved).toEqual(resolve(store, "a"));
      }),
    );
  });
});

type Stored = Json | ItemVersion;
const MASK = item(undefined, { state: "masked" });

/** Items of `ml`, or of `//service/key`, by environment; a bare string or number is in `base`. */
type Store = Readonly<
  Record<string, string | number | Readonly<Record<string, Stored>> | readonly Json[]>
>;

function resolve(
  store: Store,
  key: string,
  options: ResolveOptions = {},
  looked: () => void = () => {},
): Resolved {
  const lookUp: LookUp = ({ service, key: wanted }) => {
    looked();
    const held = store[service === "ml" ? wanted : `//${service}/${wanted}`];
    if (held === undefined) return layersOf(wanted, {});
    const byEnv = typeof held === "object" && !Array.isArray(held) ? held : { base: held };
    // Only records by environment are left once arrays are out.
    return layersOf(wanted, byEnv as Readonly<Record<string, Stored>>);
  };
  const result = resolveKey(ref(key), lookUp, options);
  if (result.kind === "incomplete") throw new Error("the test store knows every key");
  return result.resolved;
}

function layersOf(key: string, byEnv: Readonly<Record<string, Stored>>): Layers {
  return ENVS.map((env): Layer => {
    const held = byEnv[env];
    if (held === undefined) return { env, item: undefined, value: undefined };
    const stored = isItem(held) ? held : item(held);
    const value = stored.stored.kind === "plain" ? stored.stored.value : undefined;
    return { env, item: { ...stored, ref: { env, service: "ml", key } }, value };
  });
}

function isItem(held: Stored): held is ItemVersion {
  return typeof held === "object" && held !== null && "stored" in held;
}

function secret(value: Json | undefined) {
  return { base: item(value, { sensitive: true }) };
}

/** @param value `undefined` for one that is sealed, or not there */
function item(value: Json | undefined, about: Partial<ItemVersion> = {}): ItemVersion {
  return {
    ref: { env: "base", service: "ml", key: "k" },
    itemId: "00",
    version: 1,
    revision: 2,
    state: "live",
    op: "put",
    stored: value === undefined ? { kind: "none" } : { kind: "plain", value },
    hash: undefined,
    fingerprint: undefined,
    author: "user:ada",
    via: "api",
    message: undefined,
    committedAtMs: 1_000,
    restoredFrom: undefined,
    type: "string",
    contentType: undefined,
    sensitive: false,
    mergeMode: "merge",
    description: undefined,
    owner: undefined,
    tags: [],
    environmentSpecific: false,
    managedBy: undefined,
    ...about,
  };
}

function ref(key: string) {
  return { env: "production", service: "ml", key };
}

function statesOf({ trace }: Resolved) {
  return trace.layers.map(({ state }) => state);
}

function outcome(
  expression: string,
  target: `${string}/${string}`,
  rest: { readonly version: number | undefined; readonly found: boolean },
) {
  const [service, key] = target.split("/");
  return { expression, target: { env: "production", service, key }, sensitive: false, ...rest };
}
