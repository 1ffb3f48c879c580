/**
 * Which test proves which requirement: prints id → tests, and fails on an id without any. An id counts
 * where it stands in the name of a test or of a group that holds tests. The ids are entered in
 * tests/ids.json when their part is built.
 *
 * Usage: `node tools/ids.ts [--gaps]`; `--gaps` prints the ids without a test alone.
 *
 * @module
 */

import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type CallExpression, type Expression, parseSync, Visitor } from "oxc-parser";

const ROOT = join(import.meta.dirname, "..");
const FILES = ["packages/*/test/**/*.test.ts", "examples/*/test/**/*.test.ts", "tests/**/*.ts"];
const ID = /\b(?:[A-Z][A-Z0-9]{1,4}-[0-9]+|P[0-9]{1,2})\b/g;
const NAMED: ReadonlySet<string> = new Set(["describe", "it", "test"]);

const proofs = new Map<string, string[]>();
for (const file of globSync(FILES, { cwd: ROOT }).toSorted()) collect(file);
const parts = JSON.parse(readFileSync(join(ROOT, "tests/ids.json"), "utf8")) as Readonly<
  Record<string, readonly string[]>
>; // checked by the run itself: a name that is no id has no test
let gaps = 0;
for (const [part, lines] of Object.entries(parts)) report(part, lines.join(" ").split(" "));
if (gaps > 0) process.exitCode = 1;

function report(part: string, ids: readonly string[]): void {
  const missing = ids.filter((id) => !proofs.has(id));
  gaps += missing.length;
  console.log(`${part}: ${ids.length - missing.length} of ${ids.length} ids have a test`);
  for (const id of ids) {
    const tests = proofs.get(id) ?? [];
    if (tests.length === 0) console.log(`  ${id}  NO TEST`);
    else if (!process.argv.includes("--gaps")) console.log(`  ${id}  ${tests.join("\n    ")}`);
  }
}

function collect(file: string): void {
  const { program } = parseSync(file, readFileSync(join(ROOT, file), "utf8"));
  new Visitor({
    CallExpression: (call) => {
      if (!isNamed(call.callee)) return;
      const name = nameOf(call);
      for (const [id] of name.matchAll(ID)) {
        proofs.set(id, [...(proofs.get(id) ?? []), `${file}: ${name}`]);
      }
    },
  }).visit(program);
}

/** `test`, `test.skipIf(…)`, `describe.each(…)`, and so on. */
function isNamed(callee: Expression): boolean {
  if (callee.type === "Identifier") return NAMED.has(callee.name);
  if (callee.type === "MemberExpression") return isNamed(callee.object);
  return callee.type === "CallExpression" && isNamed(callee.callee);
}

function nameOf(call: CallExpression): string {
  const [first] = call.arguments;
  if (first?.type === "Literal" && typeof first.value === "string") return first.value;
  if (first?.type !== "TemplateLiteral") return "";
  return first.quasis.map(({ value }) => value.cooked ?? "").join("…");
}
