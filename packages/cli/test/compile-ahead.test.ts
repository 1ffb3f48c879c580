import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { compileAhead, functionsUsedBy } from "../../../tools/compile-ahead.ts";

const SCRIPT = `import { basename } from "node:path";
const early = late("one");
const wrap = (make) => make;
const idle = wrap((() => "never"));
const both = Math.max((1, 2), 3);
/** Says it. */
function late(text) {
  return [text].map((word) => \`\${basename(word)}!\`).join("");
}
function* unused() {
  yield 1;
}
function once() {
  once = () => "again";
  return "first";
}
const turns = [once(), once()];
export { early, idle, both, late as said, unused, turns };
`;

test("what a call runs is marked, what it does not is not, and declarations are there from the start", async () => {
  await using folder = await makeFolder();
  const path = join(folder.path, "script.mjs");
  await writeFile(path, SCRIPT);

  const used = functionsUsedBy([path]).get(path) ?? new Set();
  const marked = compileAhead(SCRIPT, used);

  expect(marked).toBe(`import { basename } from "node:path";
var late = (function late(text) {
  return [text].map(((word) => \`\${basename(word)}!\`)).join("");
});
const early = late("one");
const wrap = ((make) => make);
const idle = wrap(() => "never");
const both = Math.max((1, 2), 3);
/** Says it. */

function* unused() {
  yield 1;
}
function once() {
  once = (() => "again");
  return "first";
}
const turns = [once(), once()];
export { early, idle, both, late as said, unused, turns };
`);
});

test("a script with marks does what it did without", async () => {
  await using folder = await makeFolder();
  const plain = join(folder.path, "plain.mjs");
  const marked = join(folder.path, "marked.mjs");
  await writeFile(plain, SCRIPT);
  await writeFile(marked, compileAhead(SCRIPT, functionsUsedBy([plain]).get(plain) ?? new Set()));

  const [before, after] = await Promise.all([exportsOf(plain), exportsOf(marked)]);

  expect(after).toEqual(before);
  expect(after).toEqual(["one!", "never", 3, "two!", [1], "late", ["first", "again"]]);
});

test("a call that fails says what it said, and what cannot be read is refused", async () => {
  await using folder = await makeFolder();
  const path = join(folder.path, "script.mjs");
  await writeFile(path, 'throw new Error("no such thing")');

  expect(() => functionsUsedBy([path])).toThrow(/script\.mjs failed: [^]*no such thing/);
  expect(() => compileAhead("const = 1", new Set())).toThrow("the script cannot be read");
});

interface Exported {
  readonly early: string;
  readonly idle: () => string;
  readonly both: number;
  readonly said: (text: string) => string;
  readonly unused: () => Iterable<number>;
  readonly turns: readonly string[];
}

async function exportsOf(path: string): Promise<readonly unknown[]> {
  const { early, idle, both, said, unused, turns }: Exported = await import(
    pathToFileURL(path).href
  );
  return [early, idle(), both, said("two"), [...unused()], said.name, turns];
}

async function makeFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "llmcfg-compile-ahead-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
