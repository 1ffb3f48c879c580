import { type ConfigDiff, type Json, literalSecret } from "@llmcfg/config";
import { environmentSecrets } from "@llmcfg/config/secrets";
import fc from "fast-check";
import { expect, test } from "vitest";
import { diffConfigs } from "../src/diff/diff-configs.ts";
import { DefinedSchema } from "../src/schema/define-schema.ts";
import { toDocument } from "../src/schema/document.ts";
import { gatewaySchema } from "./support/gateway-schema.ts";
import { loaderOf } from "./support/load.ts";

const base = {
  server: { port: 1, request_timeout: "90s" },
  providers: [{ id: "a", weight: 1, key: "${secret:a}" }, { id: "b" }],
  logging: { fields: ["x", "y"] },
};

test("DIF-2 equal configurations give an empty diff, whatever their spelling", async () => {
  const diff = await between(base, { ...base, server: { port: 1, request_timeout: "1m 30s" } });

  expect(diff.isEmpty).toBe(true);
  expect(diff.summary()).toBe("0 changes, 0 additions, 0 removals");
  expect(diff.toJsonPatch()).toEqual([]);
});

test("DIF-1 DIF-3 DIF-4 DIF-5 DIF-7 each difference is one entry with path, pointer and values", async () => {
  const diff = await between(base, {
    server: { port: 2, request_timeout: "90s" },
    providers: [{ id: "c" }, { id: "a", weight: 3, key: "${secret:a}" }],
    logging: { fields: ["x"] },
  });

  expect(diff.changes).toMatchObject([
    {
      path: "server.port",
      pointer: "/server/port",
      oldValue: 1,
      newValue: 2,
      reload: "restart",
      changeType: "modified",
    },
    {
      path: "providers[a].weight",
      pointer: "/providers/1/weight",
      oldValue: 1,
      newValue: 3,
      reload: "hot",
    },
    { path: "logging.fields", oldValue: ["x", "y"], newValue: ["x"] },
  ]);
  expect(diff.additions).toMatchObject([
    { path: "providers[c]", pointer: "/providers/0", newValue: { id: "c" } },
  ]);
  expect(diff.removals).toMatchObject([
    { path: "providers[b]", pointer: "/providers/1", oldValue: { id: "b" } },
  ]);
  expect(diff.summary()).toBe("3 changes, 1 additions, 1 removals");
});

test.each(["toString", "valueOf", "hasOwnProperty"])(
  "DIF-1 DIF-5 a member with the name %s, which every object has, is added and removed as others are",
  async (name) => {
    const given = { extensions: { [name]: 1 } };

    const [added, removed] = [await between({}, given), await between(given, {})];

    expect(added.additions).toMatchObject([{ path: `extensions.${name}`, newValue: 1 }]);
    expect(added.toJsonPatch()).toEqual([{ op: "add", path: `/extensions/${name}`, value: 1 }]);
    expect(removed.removals).toMatchObject([{ path: `extensions.${name}`, oldValue: 1 }]);
    expect(removed.toJsonPatch()).toEqual([{ op: "remove", path: `/extensions/${name}` }]);
    expect([added.summary(), removed.summary()]).toEqual([
      "0 changes, 1 additions, 0 removals",
      "0 changes, 0 additions, 1 removals",
    ]);
  },
);

test("DIF-4 a pure reordering is one move", async () => {
  const diff = await between(base, { ...base, providers: base.providers.toReversed() });

  expect(diff.moves).toEqual([{ path: "providers", from: ["a", "b"], to: ["b", "a"] }]);
  expect(diff.isEmpty).toBe(false);
  expect([diff.changes, diff.additions, diff.removals]).toEqual([[], [], []]);
});

test("DIF-6 references are shown, literals never, and equal literals are no change", () => {
  const before = { providers: [{ id: "a", key: literalSecret("sk-canary-1") }] };
  const same = { providers: [{ id: "a", key: literalSecret("sk-canary-1") }] };
  const after = { providers: [{ id: "a", key: literalSecret("sk-canary-2") }] };

  const diff = compare(before, after);

  expect(compare(before, same).isEmpty).toBe(true);
  expect(diff.changes).toMatchObject([
    { path: "providers[a].key", oldValue: "[redacted]", newValue: "[redacted]", redacted: true },
  ]);
  expect(JSON.stringify(diff)).not.toContain("sk-canary");
});

test("DIF-6 another default of a secret is a change that shows neither, the same one is none", async () => {
  const withDefault = (text: string) => ({
    providers: [{ id: "a", key: `\${env:UNSET_KEY:-${text}}` }],
  });

  const diff = await between(withDefault("sk-canary-1"), withDefault("sk-canary-2"));
  const same = await between(withDefault("sk-canary-1"), withDefault("sk-canary-1"));

  const shown = "${env:UNSET_KEY:-[redacted]}";
  expect(diff.changes).toMatchObject([
    { path: "providers[a].key", oldValue: shown, newValue: shown, redacted: true },
  ]);
  expect(same.isEmpty).toBe(true);
});

test("DIF-6 a changed reference is a change that shows both", async () => {
  const diff = await between(base, {
    ...base,
    providers: [{ id: "a", key: "${secret:b}" }, { id: "b" }],
  });

  expect(diff.changes).toMatchObject([
    { oldValue: "${secret:a}", newValue: "${secret:b}", redacted: false },
  ]);
});

test("DIF-8 informational fields do not count", async () => {
  const diff = await between({}, { metadata: { checked_at: "2026-11-25T00:00:00Z" } });

  expect(diff.isEmpty).toBe(true);
});

test("DIF-9 DIF-10 a restart is required by a restart field, and by what holds or lies in one", async () => {
  const hot = await between({}, { server: { host: "other" } });
  const restart = await between({}, { server: { port: 2 } });
  const removed = compare({ server: { port: 1 } }, {});

  expect(hot.requiresRestart()).toBe(false);
  expect(restart.requiresRestart()).toBe(true);
  expect(removed.requiresRestart()).toBe(true);
  expect(restart.byClass("restart")).toHaveLength(1);
  expect(restart.touches("server")).toBe(true);
  expect(restart.touches("server.port")).toBe(true);
  expect(restart.touches("server.portal")).toBe(false);
  expect(removed.touches("server.port")).toBe(true);
});

test("DIF-5 the patch applied to the old document gives the new one", () => {
  const id = fc.constantFrom("a", "b", "c");
  const provider = fc.record({
    id,
    weight: fc.nat(3),
    tags: fc.dictionary(fc.constantFrom("x", "y/z", "~"), id),
  });
  const config = fc.record(
    {
      server: fc.record({ port: fc.nat(3), host: id }, { requiredKeys: [] }),
      providers: fc.uniqueArray(provider, { selector: (item) => item.id, maxLength: 3 }),
      extensions: fc.dictionary(id, fc.jsonValue({ maxDepth: 2 })),
    },
    { requiredKeys: [] },
  );

  fc.assert(
    fc.property(config, config, (before, after) => {
      const patch = compare(before, after).toJsonPatch();

      expect(apply(toDocument(before), patch)).toEqual(toDocument(after));
    }),
    { numRuns: 300 },
  );
});

function compare(before: unknown, after: unknown): ConfigDiff {
  return diffConfigs(before, after, DefinedSchema.of(gatewaySchema));
}

async function between(before: Json, after: Json): Promise<ConfigDiff> {
  const [from, to] = await Promise.all(
    [before, after].map(async (document) => {
      const loader = loaderOf({ document }).withSecretsManager(
        environmentSecrets({ variables: {} }),
      );
      return (await loader.load({ resolveSecrets: false })).config;
    }),
  );
  return compare(from, to);
}

/** RFC 6902, as far as the diff uses it: written from the RFC, not from the code under test. */
function apply(document: Json, patch: readonly Json[]): Json {
  const result = structuredClone(document) as Record<string, unknown>;
  for (const operation of patch) {
    const { op, path, value } = operation as unknown as { op: string; path: string; value?: Json };
    if (path === "") return value ?? null;
    const steps = path
      .slice(1)
      .split("/")
      .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
    const last = steps.pop() ?? "";
    const holder = steps.reduce<Record<string, unknown>>(
      (at, step) => at[step] as Record<string, unknown>,
      result,
    );
    if (op === "remove") delete holder[last];
    else holder[last] = value;
  }
  return result as Json;
}
