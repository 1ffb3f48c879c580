#!/usr/bin/env node
// The executable. A published package runs its bundle; a checkout runs its sources as they are, so
// that nothing has to be built first and nothing built can be stale.
import { existsSync } from "node:fs";
import * as module from "node:module";
import { fileURLToPath } from "node:url";

const [major = 0] = process.versions.node.split(".").map(Number);
if (major < 24) {
  console.error(`error: llmcfg needs Node 24 or later, this is ${process.versions.node}`);
  console.error("hint: run it as npx llmcfg, or with the node in node_modules/.bin");
  process.exit(1);
}

module.enableCompileCache?.();

const sources = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const isInstalled = import.meta.url.includes("/node_modules/"); // Node runs no TypeScript there
if (isInstalled || !existsSync(sources)) {
  await import("../dist/llmcfg.js");
} else {
  // Packages find each other's sources through this condition, as in the tests.
  module.registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, { ...context, conditions: ["@llmcfg/source", ...context.conditions] }),
  });
  await import("../src/main.ts");
}
