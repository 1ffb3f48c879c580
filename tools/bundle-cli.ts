/**
 * Bundles the command line into `packages/cli/dist`: `llmcfg.js`, a chunk for each command, and the
 * licences of all packages inside. Everything is bundled, so what is published depends on nothing and
 * starts without a walk through `node_modules`; but the drivers of secret backends and audit sinks,
 * which are optional for the library too, are installed by those who use them.
 * Usage: `node tools/bundle-cli.ts`.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import { type Plugin, rolldown } from "rolldown";
import { compileAhead, functionsUsedBy } from "./compile-ahead.ts";

const ROOT = resolve(import.meta.dirname, "..");
const CLI = join(ROOT, "packages/cli");
const DIST = join(CLI, "dist");

/** A thread of the server: looked for beside the file of whoever starts it, which is a chunk. */
const FAULT_WORKER = "fault-worker";

/** What the functions are compiled ahead for. */
const SAMPLE = join(ROOT, "packages/gateway/test/fixtures/gateway.yaml");

const { peerDependencies } = JSON.parse(
  readFileSync(join(ROOT, "packages/config/package.json"), "utf8"),
) as { peerDependencies: Readonly<Record<string, string>> }; // our own file
const drivers = Object.keys(peerDependencies);

/**
 * What one call loads is one file, or two: each file costs about a millisecond to find and open. The
 * modules of a group are those that match and all that they import; of several groups the first has
 * a module that more than one wants, so that `get` does not load what only `gateway` needs.
 */
const GROUPS = [
  { name: "start", test: /cli\/src\/run-process\.ts$/ },
  { name: "request", test: /cli\/src\/commands\/config\/get\.ts$/ },
  { name: "gateway", test: /cli\/src\/commands\/gateway\/(?:check|with-config-errors)\.ts$/ },
];

/**
 * Takes Node's own modules by `process.getBuiltinModule`. An `import` of one looks at all that it
 * exports, and so loads Web Crypto, streams and more that nobody asked for: 15 ms of a start.
 */
const builtins: Plugin = {
  name: "builtins",
  renderChunk: (code) =>
    code
      .replaceAll(
        /^import \{([^}]+)\} from "(node:[^"]+)";$/gm,
        (_line, names: string, module: string) =>
          `const {${names.replaceAll(" as ", ": ")}} = process.getBuiltinModule("${module}");`,
      )
      .replaceAll(
        /^import (\w+) from "(node:[^"]+)";$/gm,
        'const $1 = process.getBuiltinModule("$2");',
      ),
};

/**
 * Writes what is beyond ASCII as escapes. One arrow in a message, and V8 would keep the whole chunk
 * with two bytes for a character: 15 ms of a start. They stand in texts and comments alone.
 */
const ascii: Plugin = {
  name: "ascii",
  generateBundle: (_options, parts) => {
    for (const part of Object.values(parts)) {
      if (part.type === "chunk") part.code = part.code.replaceAll(/[^\0-\x7f]/g, escapeOf);
    }
  },
};

/**
 * Evaluates packages in CommonJS when something of theirs is used: few calls need one, and their
 * hundreds of modules took 8 ms of each start.
 */
const lazyCommonJs: Plugin = {
  name: "lazy-commonjs",
  renderChunk: (code) =>
    code.replaceAll(
      /^var (import_[\w$]+) = (.*\brequire_[\w$]+\(\).*);$/gm,
      "var $1 = new Proxy({}, { get: (kept, name) => (kept.module ??= $2)[name] });",
    ),
};

/** Of one UTF-16 code unit. */
function escapeOf(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

rmSync(DIST, { recursive: true, force: true });
await using bundle = await rolldown({
  input: {
    llmcfg: join(CLI, "src/main.ts"),
    [FAULT_WORKER]: join(ROOT, `packages/server/src/adapters/documents/${FAULT_WORKER}.ts`),
  },
  platform: "node",
  external: drivers,
  transform: { define: { "process.env.LLMCFG_BUILD_REVISION": JSON.stringify(revisionOf()) } },
  plugins: [builtins, lazyCommonJs, ascii],
  resolve: { conditionNames: ["@llmcfg/source", "node", "default"] },
  onwarn: ({ message }) => {
    throw new Error(`the bundle is not sound: ${message}`);
  },
});
const { output } = await bundle.write({
  dir: DIST,
  format: "esm",
  entryFileNames: ({ name }) => (name === FAULT_WORKER ? "chunks/[name].js" : "[name].js"),
  chunkFileNames: "chunks/[name]-[hash].js",
  codeSplitting: { groups: GROUPS },
});

const check = [join(DIST, "llmcfg.js"), "gateway", "check", SAMPLE, "--no-secrets"];
for (const [path, used] of functionsUsedBy(check)) {
  if (!path.startsWith(DIST + sep)) continue; // a driver is not ours to change
  writeFileSync(path, compileAhead(readFileSync(path, "utf8"), used));
}
functionsUsedBy(check); // it works as it did

const modules = output.flatMap((part) => (part.type === "chunk" ? part.moduleIds : []));
const folders = [...new Set(modules.flatMap(packageFolder))].toSorted();
copyFileSync(join(ROOT, "LICENSE"), join(DIST, "LICENSE"));
writeFileSync(join(DIST, "THIRD-PARTY-LICENSES.txt"), folders.map(licenceOf).join("\n"));
const bytes = output.reduce((sum, part) => sum + (part.type === "chunk" ? part.code.length : 0), 0);
console.log(
  `bundle: ${output.length} files, ${Math.round(bytes / 1024)} KiB, ${folders.length} packages of others`,
);

/** The commit of the checkout; `unknown` outside one. */
function revisionOf(): string {
  const asked = spawnSync("git", ["rev-parse", "--short=12", "HEAD"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  return asked.status === 0 ? asked.stdout.trim() : "unknown";
}

/** The folder of the npm package that a module belongs to; none for our own. */
function packageFolder(module: string): readonly string[] {
  const marker = `${sep}node_modules${sep}`;
  const at = module.lastIndexOf(marker);
  if (at < 0) return [];
  const [first = "", second = ""] = module.slice(at + marker.length).split(sep);
  const name = first.startsWith("@") ? `${first}${sep}${second}` : first;
  return [`${module.slice(0, at)}${marker}${name}`];
}

/** @throws for a package that says nothing of its licence: then it cannot be passed on */
function licenceOf(folder: string): string {
  const { name, version, license } = JSON.parse(
    readFileSync(join(folder, "package.json"), "utf8"),
  ) as { name: string; version: string; license?: string }; // npm's own form
  if (license === undefined) throw new Error(`${name} names no licence`);
  const files = readdirSync(folder).filter((file) => /^(?:licen[cs]e|notice|copying)/i.test(file));
  const texts = files.map((file) => readFileSync(join(folder, file), "utf8").trim());
  const source = `https://www.npmjs.com/package/${name}/v/${version}`;
  return `${"=".repeat(80)}\n${name} ${version} (${license})\nSource: ${source}\n\n${texts.join("\n\n")}\n`;
}
