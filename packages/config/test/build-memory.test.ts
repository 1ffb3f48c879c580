import { ConfigLoader, ConfigValidationError, type Json } from "@llmcfg/config";
import fc from "fast-check";
import { expect, test } from "vitest";
import { shareInSteps } from "../src/diff/share-unchanged.ts";
import { deepFreeze } from "../src/load/deep-freeze.ts";
import { checksumInSteps } from "../src/load/document-of.ts";
import { runSteps } from "../src/load/slices.ts";
import { DefinedSchema } from "../src/schema/define-schema.ts";
import { gatewaySchema } from "./support/gateway-schema.ts";
import { manage } from "./support/manage.ts";
import { MemorySource } from "./support/memory-source.ts";

test("PRF-3 LOAD-13 a configuration made with what is remembered is that of a new process", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(gatewayDocument(), { minLength: 2, maxLength: 4 }), async (all) => {
      const [first, ...rest] = all;
      await using managed = await manage(first ?? {}, { variables: { NAME: "named" } });
      let status = "";
      for (const document of rest) {
        managed.source.put(document);
        ({ status } = await managed.manager.reload());
      }
      await using fresh = await manage(rest.at(-1) ?? {}, { variables: { NAME: "named" } });

      // A text in place of a reference to the same text changes nothing, so the version stays.
      const made = status === "applied" ? fresh.manager.checksum : managed.manager.checksum;
      expect(managed.manager.checksum).toBe(made);
      expect(managed.manager.current()).toEqual(fresh.manager.current());
      const shown = ["", "providers", "server.host"].map((path) => [
        managed.manager.explain(path).value,
        fresh.manager.explain(path).value,
      ]);
      for (const [remembered, made] of shown) expect(remembered).toEqual(made);
    }),
    { numRuns: 40 },
  );
});

test("PRF-3 a fault in an unchanged source is reported each time", async () => {
  await using managed = await manage({ providers: [{ id: "a", name: "A", endpoint: null }] });
  const wrong = { providers: [{ id: "a", name: "A", wieght: 2 }], server: { port: 1e9 } };
  managed.source.put(wrong);
  const first = await managed.manager.reload();

  managed.source.put(wrong);
  const second = await managed.manager.reload();

  const codes = [first, second].map(({ errors }) => errors.map(({ code }) => code));
  expect(codes).toEqual([
    ["unknown_key", "out_of_range"],
    ["unknown_key", "out_of_range"],
  ]);
});

test("API-2 a load, which remembers nothing, finds and makes what a start does", async () => {
  const odd = fc.constantFrom<Json>(null, "", "x", -1, 1e9, [], {}, { id: 1 }, { type: "file" });
  const broken = fc.record(
    { server: odd, routing: odd, logging: fc.record({ outputs: odd }), providers: odd, more: odd },
    { requiredKeys: [], noNullPrototype: true },
  );
  await fc.assert(
    fc.asyncProperty(gatewayDocument(), broken, async (document, over) => {
      const whole = { ...(document as Readonly<Record<string, Json>>), ...over };

      const started = await outcomeOf(async () => {
        await using managed = await manage(whole, { variables: { NAME: "named" } });
        return managed.manager.checksum;
      });
      const loaded = await outcomeOf(async () => {
        const loader = new ConfigLoader(gatewaySchema).addSource(new MemorySource(whole));
        return (await loader.addEnv({ variables: { NAME: "named" } }).load()).checksum;
      });

      expect(loaded).toEqual(started);
    }),
  );
});

test("REL-3 what is shared is equal to what was given, and leaves the version before alone", () => {
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom(0, 1, "a", "b", true, null),
      fc.array(tie("any"), { maxLength: 4 }),
      fc.dictionary(fc.constantFrom("x", "y", "z"), tie("any"), { noNullPrototype: true }),
    ),
  })).any;

  fc.assert(
    fc.property(value, value, (before, next) => {
      const given = structuredClone(next);
      const known = deepFreeze(structuredClone(before));

      const shared = shareUnchanged(known, next);
      const again = shareUnchanged(known, structuredClone(before));

      expect(shared).toEqual(given);
      expect(known).toEqual(before);
      expect(again).toBe(known);
    }),
  );
});

test.each([
  ["before it", [0, 1, 2], [9, 0, 1, 2]],
  ["between", [0, 1, 2], [0, 9, 1, 2]],
  ["behind it", [0, 1, 2], [0, 1, 2, 9]],
])("REL-3 items keep their identity where one comes %s", (_, old, now) => {
  const item = (id: number) => ({ id, tags: { of: `${id}` } });
  const before = deepFreeze(old.map(item));

  const after = shareUnchanged(before, now.map(item));

  const kept = after.filter((one) => before.includes(one)).map(({ id }) => id);
  expect(kept).toEqual([0, 1, 2]);
});

test("REL-3 PLN-1 what another command freezes between two steps is left as it is, and is equal still", () => {
  const items = (weight: number) =>
    Array.from({ length: 90 }, (_, id) => ({ id, tags: { a: "1" }, weight: id < 40 ? 1 : weight }));
  const total = stepsOf(shareInSteps({ items: items(1) }, { items: items(2) }));

  for (let at = 0; at <= total; at++) {
    const before = deepFreeze({ items: items(1) });
    const next = { items: items(2) };
    const sharing = shareInSteps(before, next);
    for (let step = 0; step < at; step++) sharing.next();
    deepFreeze(next);

    expect(runSteps(sharing)).toEqual({ items: items(2) });
  }
  expect(total).toBeGreaterThan(2);
});

test("LOAD-13 CHK-1 the checksum of a part that is remembered is that of the part", () => {
  const { node } = DefinedSchema.of(gatewaySchema);
  const known = new WeakMap<object, string>();
  const document = (weight: number): Json =>
    deepFreeze({
      providers: [
        { id: "a", "10": 1, "9": 2 },
        { id: "b", weight },
      ],
      metadata: { checked_at: "2026-01-01T00:00:00Z" },
    });
  const sumOf = (one: Json, texts: WeakMap<object, string>) =>
    runSteps(checksumInSteps(one, node, texts));
  const first = document(1);
  const second = deepFreeze({
    ...(first as Readonly<Record<string, Json>>),
    metadata: { checked_at: null },
  });

  const sums = [first, first, second].map((one) => sumOf(one, known));

  expect(new Set(sums).size).toBe(1);
  expect(sums[0]).toBe(sumOf(document(1), new WeakMap()));
  expect(sums[0]).not.toBe(sumOf(document(2), known));
});

function stepsOf(steps: Iterator<void, unknown>): number {
  let count = 0;
  while (steps.next().done !== true) count++;
  return count;
}

function shareUnchanged<V>(before: unknown, next: V): V {
  return runSteps(shareInSteps(before, next));
}

/** The checksum, or every finding. */
async function outcomeOf(make: () => Promise<string>): Promise<unknown> {
  try {
    return await make();
  } catch (error) {
    if (!(error instanceof ConfigValidationError)) throw error;
    return error.report.errors.map(({ code, path, message }) => ({ code, path, message }));
  }
}

function gatewayDocument(): fc.Arbitrary<Json> {
  const provider = fc.record(
    {
      id: fc.constantFrom("a", "b", "c"),
      name: fc.constantFrom("A", "${env:NAME}", "named", "a name of some length"),
      weight: fc.nat(3),
      key: fc.constantFrom("${env:NAME}", "literal", "another literal"),
      tags: fc.dictionary(fc.constantFrom("x", "y"), fc.constantFrom("1", "${env:NAME}"), {
        noNullPrototype: true,
      }),
      models: fc.uniqueArray(fc.record({ id: fc.constantFrom("m", "n"), weight: fc.nat(2) }), {
        selector: ({ id }) => id,
        maxLength: 2,
      }),
    },
    { requiredKeys: ["id", "name"], noNullPrototype: true },
  );
  const providers = fc.uniqueArray(provider, { selector: ({ id }) => id, maxLength: 3 });
  const server = fc.record(
    { host: fc.constantFrom("one", "${env:NAME}", "named"), request_timeout: fc.constant("5s") },
    { requiredKeys: [], noNullPrototype: true },
  );
  return fc.record(
    { providers, server },
    { requiredKeys: [], noNullPrototype: true },
  ) as fc.Arbitrary<Json>; // all of it is
}
