import { describe, expect, test } from "vitest";
import { z } from "zod";
import { ConfigLoader, type ConfigSource, defineSchema, field } from "../src/index.ts";
import { type KeyedText, locateEntries } from "../src/sources/locate-entries.ts";

const AT = { kind: "remote", url: "kv://test" } as const;

const SCHEMA = defineSchema({
  name: "test",
  root: z.strictObject({
    name: z.string().default("none"),
    port: z.int().default(1),
    tags: z.array(z.string()).default([]),
    wait: field.duration().prefault("1s"),
    room: field.size().prefault("1KiB"),
    mode: field.choice(["fast", "safe"], { quick: "fast" }).default("safe"),
    owner: z.string().nullable().default("nobody"),
    limit: z.int().nullable().default(9),
    key: field.secret().optional(),
    more: field.json().default({}),
    limits: z
      .strictObject({ rate: z.number().default(1), on: z.boolean().default(false) })
      .prefault({}),
    providers: field
      .keyedList(z.strictObject({ id: z.string(), weight: z.number().default(1) }), { key: "id" })
      .default([]),
  }),
});

function entries(values: Readonly<Record<string, string>>): KeyedText[] {
  return Object.entries(values).map(([key, text]) => ({
    path: key.split("/"),
    text,
    at: { ...AT, key },
  }));
}

/** A source of the entries of a store. */
function storeOf(values: Readonly<Record<string, string>>): ConfigSource {
  return {
    id: "kv:test",
    kind: "kv",
    read: async () => {
      const read = locateEntries(entries(values), AT);
      if (read.state === "malformed") return read;
      return { state: "ok", tree: read.tree, identity: "1", hash: "1" };
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

async function load(values: Readonly<Record<string, string>>) {
  const base = { providers: [{ id: "a" }, { id: "b", weight: 7 }] };
  const { config } = await new ConfigLoader(SCHEMA)
    .addSource(storeOf(values))
    .addSource(baseSource(base), { priority: 400 })
    .load();
  return config;
}

function baseSource(value: unknown): ConfigSource {
  const text = JSON.stringify(value);
  return {
    id: "base",
    kind: "base",
    read: async () => {
      const { parseText } = await import("../src/sources/index.ts");
      const bytes = new TextEncoder().encode(text);
      const place = (line: number, column: number) =>
        ({ kind: "file", file: "base.json", line, column }) as const;
      const parsed = parseText(bytes, { format: "json", place, limits: undefined });
      if (parsed.state !== "ok") throw new Error("the base is good JSON");
      return { state: "ok", tree: parsed.tree, identity: text, hash: text };
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

describe("the keys of a store", () => {
  test("LOAD-16 ENV-3 are a path each, and the field decides what the text means", async () => {
    const config = await load({
      name: "007",
      port: "8080",
      "limits/rate": "2.5",
      "limits/on": "TRUE",
    });

    expect(config.name).toBe("007");
    expect(config.port).toBe(8080);
    expect(config.limits).toEqual({ rate: 2.5, on: true });
  });

  test("LOAD-16 ENV-3 are durations, sizes, enums and null where the field is, and texts where that is", async () => {
    const values = { wait: "1m 30s", room: "10MiB", mode: "quick", owner: "null", limit: "null" };
    const config = await load({ ...values, more: '{"a": [1]}' });

    expect(config).toMatchObject({ room: 10_485_760, mode: "fast", owner: "null", limit: null });
    expect([config.wait.ms, config.more]).toEqual([90_000, { a: [1] }]);
  });

  test.each(['{"a": 1}', "true", "007", "null"])(
    "LOAD-16 ENV-3 of a secret are never parsed: %s",
    async (text) => {
      const { key } = await load({ key: text });

      expect(await key?.reveal()).toBe(text);
      expect(JSON.stringify(key)).not.toContain(text);
    },
  );

  test.each([
    ["port", " 80"],
    ["port", "0x50"],
    ["port", "80.5"],
    ["port", ""],
    ["limits/on", "yes"],
    ["wait", "90"],
  ])("LOAD-16 ENV-3 are read strictly: %s is not %j", async (key, text) => {
    await expect(load({ [key]: text })).rejects.toMatchObject({ code: "invalid_configuration" });
  });

  test("LOAD-16 below a keyed list patch its items, and add new ones", async () => {
    const config = await load({ "providers/b/weight": "3", "providers/c/weight": "5" });

    expect(config.providers).toEqual([
      { id: "a", weight: 1 },
      { id: "b", weight: 3 },
      { id: "c", weight: 5 },
    ]);
  });

  test("LOAD-16 that are 0, 1, … below a list are the whole list, in that order", async () => {
    const config = await load({ "tags/1": "second", "tags/0": "first", "tags/2": "third" });

    expect(config.tags).toEqual(["first", "second", "third"]);
  });

  test("LOAD-16 of a list may hold it as JSON or with commas", async () => {
    expect((await load({ tags: '["a,b","c"]' })).tags).toEqual(["a,b", "c"]);
    expect((await load({ tags: "a, b" })).tags).toEqual(["a", "b"]);
  });

  test("LOAD-16 LOAD-12 with a value of the wrong kind are reported with the key", async () => {
    await expect(load({ port: "http" })).rejects.toMatchObject({
      report: {
        errors: [{ code: "invalid_value", path: "port", position: { key: "port" } }],
      },
    });
  });

  test("LOAD-16 do not hold a value and keys below it", async () => {
    await expect(load({ limits: "{}", "limits/rate": "1" })).rejects.toMatchObject({
      findings: [{ code: "key_conflict", position: { key: "limits" } }],
    });
  });

  test.each(["a//b", "/a", "__proto__/x"])("LOAD-16 refuses the key %s", (key) => {
    expect(locateEntries(entries({ [key]: "1" }), AT)).toMatchObject({
      state: "malformed",
      findings: [{ code: "invalid_key" }],
    });
  });
});
