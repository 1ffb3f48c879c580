import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { VERSION } from "@llmcfg/core";
import { expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "../../..");
const FILES = globSync("packages/*/package.json", { cwd: ROOT });

test("all packages are looked at", () => {
  expect(FILES.length).toBeGreaterThanOrEqual(7);
});

test.each(FILES)("%s has the one version of the product, and asks for no other of ours", (file) => {
  const manifest = readManifest(file);

  expect(manifest.version).toBe(VERSION);
  for (const dependencies of [manifest.dependencies, manifest.devDependencies]) {
    const ours = Object.entries(dependencies ?? {}).filter(([name]) => name.startsWith("@llmcfg/"));
    expect(ours.filter(([, range]) => range !== VERSION)).toEqual([]);
  }
});

interface Manifest {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function readManifest(file: string): Manifest {
  return JSON.parse(readFileSync(join(ROOT, file), "utf8")) as Manifest; // npm's own form
}
