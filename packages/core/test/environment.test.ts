import { DEFAULT_ENVIRONMENTS, type Environment, EnvironmentGraph } from "@llmcfg/core";
import { expect, test } from "vitest";

const defaults = new EnvironmentGraph(DEFAULT_ENVIRONMENTS);

test("a new tenant has four layers in a row, of which production alone is protected", () => {
  expect(namesOf(defaults.chainOf("production"))).toEqual([
    "base",
    "development",
    "staging",
    "production",
  ]);
  expect(namesOf(defaults.all.filter((layer) => layer.protected))).toEqual(["production"]);
});

test.each([
  ["dev", "development"],
  ["stg", "staging"],
  ["prod", "production"],
  ["base", "base"],
])("%s is accepted for %s", (name, canonical) => {
  expect(defaults.find(name)?.name).toBe(canonical);
  expect(namesOf(defaults.chainOf(name)).at(-1)).toBe(canonical);
});

test("an unknown name has no environment, no chain and no reach", () => {
  expect(defaults.find("Production")).toBeUndefined();
  expect(defaults.find("__proto__")).toBeUndefined();
  expect(defaults.chainOf("qa")).toEqual([]);
  expect(defaults.reachOf("qa")).toEqual([]);
});

test("get says which names may have been meant where there is none", () => {
  expect(defaults.get("prod").name).toBe("production");
  expect(() => defaults.get("prodution")).toThrow(
    expect.objectContaining({
      reason: "ENV_NOT_FOUND",
      message: "there is no environment prodution",
      details: { suggestions: ["production"] },
    }),
  );
});

test("a change reaches the environment and all below it, parents before children", () => {
  const forest = new EnvironmentGraph([
    ...DEFAULT_ENVIRONMENTS,
    env("eu", "production"),
    env("qa", "development"),
    env("lab", undefined),
  ]);

  expect(namesOf(forest.reachOf("dev"))).toEqual([
    "development",
    "staging",
    "production",
    "eu",
    "qa",
  ]);
  expect(namesOf(forest.reachOf("eu"))).toEqual(["eu"]);
  expect(namesOf(forest.reachOf("lab"))).toEqual(["lab"]);
  expect(namesOf(forest.chainOf("qa"))).toEqual(["base", "development", "qa"]);
  expect(namesOf(forest.chainOf("lab"))).toEqual(["lab"]);
});

test("one environment reaches another exactly if it is in the other's chain", () => {
  const forest = new EnvironmentGraph([
    ...DEFAULT_ENVIRONMENTS,
    env("qa", "base"),
    env("lab", "qa"),
  ]);

  for (const one of forest.all) {
    for (const other of forest.all) {
      const reaches = namesOf(forest.reachOf(one.name)).includes(other.name);
      expect(namesOf(forest.chainOf(other.name)).includes(one.name)).toBe(reaches);
    }
  }
});

function env(name: string, inherits: string | undefined): Environment {
  return { name, aliases: [], inherits, protected: false, description: undefined };
}

function namesOf(envs: readonly Environment[]): readonly string[] {
  return envs.map(({ name }) => name);
}
