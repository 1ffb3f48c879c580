import { ConfigLoader } from "@llmcfg/config";
import { expect, test } from "vitest";
import { gatewaySchema } from "./support/gateway-schema.ts";
import { manage } from "./support/manage.ts";

const cycle: { self?: unknown } = {};
cycle.self = cycle;

const REFUSED: readonly (readonly [string, unknown, string])[] = [
  ["a date", new Date(0), "not_a_document"],
  ["a map", new Map([["a", 1]]), "not_a_document"],
  ["a function", () => 1, "not_a_document"],
  ["a symbol", Symbol("x"), "not_a_document"],
  ["a bigint", 10n, "not_a_document"],
  ["undefined in a list", [undefined], "not_a_document"],
  ["what contains itself", cycle, "too_deep"],
];

test.each(REFUSED)("REL-5 set refuses %s, and names the place", async (_what, value, code) => {
  await using managed = await manage({});
  const { manager } = managed;
  const before = manager.current();

  const result = await manager.set({ extensions: { it: value } } as never); // what types forbid

  expect(result).toMatchObject({ status: "rejected", stage: "parse", errors: [{ code }] });
  expect(result.errors[0]?.message).toMatch(/^(extensions\.it|the overrides are nested)/);
  expect(manager.current()).toBe(before);
});

test.each(REFUSED)("§16.2 withOverrides refuses %s at once", (_what, value, code) => {
  const loader = new ConfigLoader(gatewaySchema);

  const give = () => loader.withOverrides({ extensions: { it: value } } as never); // what types forbid

  expect(give).toThrow(expect.objectContaining({ code }));
});

test("§16.2 plain objects of any origin are taken, and members that are undefined left out", async () => {
  const bare = Object.assign(Object.create(null) as object, { a: 1, b: undefined });
  await using managed = await manage({});
  const { manager } = managed;

  const { status } = await manager.set({ extensions: { bare } });

  expect(status).toBe("applied");
  expect(manager.current().extensions).toEqual({ bare: { a: 1 } });
});

test("REL-4 DIF-2 zero and minus zero are one value", async () => {
  await using managed = await manage({ providers: [{ id: "a", weight: 0 }] });
  const { manager } = managed;

  const result = await manager.set({ providers: { $merge: { a: { weight: -0 } } } });

  expect(result).toMatchObject({ status: "unchanged", version: 1 });
});

test("HIS-8 MRG-6 items that are patched again and again have one patch, and keep nothing of those before", async () => {
  await using managed = await manage({ providers: [{ id: "a" }, { id: "b" }] });
  const { manager } = managed;
  const patches = [
    { a: { weight: 1, key: "sk-canary-first" } },
    { b: { weight: 2 } },
    { a: { weight: 3, key: "sk-canary-third" } },
  ];

  for (const patch of patches) await manager.set({ providers: { $merge: patch } });

  const [overrides] = manager.explain("providers").layers;
  const a = { id: "a", weight: 3, key: "[redacted]" };
  expect(overrides?.value).toEqual({ $merge: { a, b: { id: "b", weight: 2 } } });
  expect(manager.current().providers.map(({ weight }) => weight)).toEqual([3, 2]);
});
