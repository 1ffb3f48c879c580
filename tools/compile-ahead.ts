/**
 * Marks functions that a start runs, so that V8 compiles them together with the script that they are
 * in. Node's compile cache holds what is compiled then; without a mark a function is parsed again in
 * each process, at its first call: more than a thousand of them took a seventh of a check.
 *
 * The mark is a pair of parentheses around a function (a "possibly invoked function expression");
 * methods of classes cannot have it. https://v8.dev/blog/preparser#pife
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Argument, type Function as FunctionNode, parseSync, Visitor } from "oxc-parser";

/** Where a function is in its script: `start:end`, in UTF-16 code units. */
type Place = string;

/** The functions that a call of node runs, by the path of the script. @throws where the call fails */
export function functionsUsedBy(args: readonly string[]): ReadonlyMap<string, ReadonlySet<Place>> {
  const folder = mkdtempSync(join(tmpdir(), "llmcfg-coverage-"));
  try {
    const env = { HOME: folder, NODE_V8_COVERAGE: folder };
    const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: "utf8" });
    if (status !== 0) throw new Error(`${args.join(" ")} failed: ${stderr}`);
    const reports = readdirSync(folder).filter((name) => name.startsWith("coverage-"));
    const scripts = reports.flatMap((name) => {
      return (JSON.parse(readFileSync(join(folder, name), "utf8")) as Coverage).result; // V8's own form
    });
    const files = Map.groupBy(
      scripts.filter(({ url }) => url.startsWith("file:")),
      ({ url }) => fileURLToPath(url),
    );
    return new Map(
      [...files].map(([path, all]) => [path, usedOf(all.flatMap(({ functions }) => functions))]),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** As the Chrome DevTools Protocol has it: `Profiler.ScriptCoverage`. The first range is the whole. */
interface Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly {
      readonly ranges: readonly {
        readonly startOffset: number;
        readonly endOffset: number;
        readonly count: number;
      }[];
    }[];
  }[];
}

function usedOf(functions: Coverage["result"][number]["functions"]): ReadonlySet<Place> {
  const whole = functions.flatMap(({ ranges }) => ranges.slice(0, 1));
  const used = whole.filter(({ count }) => count > 0);
  return new Set(used.map(({ startOffset, endOffset }) => `${startOffset}:${endOffset}`));
}

/**
 * The script with the marks, to the same effect.
 *
 * @param code an ECMAScript module
 * @param used the functions that get one; others that have one lose it
 */
export function compileAhead(code: string, used: ReadonlySet<Place>): string {
  const { program, errors } = parseSync("chunk.js", code);
  if (errors[0] !== undefined) throw new Error(`the script cannot be read: ${errors[0].message}`);
  const edits: Edit[] = [];
  const isUsed = ({ start, end }: Span) => used.has(`${start}:${end}`);
  const mark = (node: Span) => {
    if (isUsed(node)) edits.push(insert(node.start, "("), insert(node.end, ")"));
  };
  const unmark = ({ arguments: given }: { readonly arguments: readonly Argument[] }) => {
    for (const argument of given) {
      if (argument.type !== "ParenthesizedExpression") continue;
      const { start, end, expression } = argument;
      const isFunction = /^(?:Arrow)?FunctionExpression$/.test(expression.type);
      if (isFunction && !isUsed(expression)) edits.push(remove(start), remove(end - 1));
    }
  };
  const assigned = new Set<string>();
  new Visitor({
    ArrowFunctionExpression: mark,
    FunctionExpression: mark,
    CallExpression: unmark,
    AssignmentExpression: ({ left }) => {
      if (left.type === "Identifier") assigned.add(left.name);
    },
  }).visit(program);

  const declared = program.body.flatMap((node) => {
    if (node.type !== "FunctionDeclaration" || !isUsed(node)) return [];
    return assigned.has(node.id?.name ?? "") ? [] : [node]; // an expression cannot change its name
  });
  const [first] = program.body.filter(({ type }) => type !== "ImportDeclaration");
  const top = first?.start ?? code.length;
  const hoisted = declared.map((node) => ({ node, text: asVariable(node, code, edits) }));
  const kept = edits.filter(({ at }) => !hoisted.some(({ node }) => isInside(at, node)));
  const moves = hoisted.map(({ node }) => ({ at: node.start, end: node.end, text: "" }));
  const heads = insert(top, hoisted.map(({ text }) => `${text}\n`).join(""));
  return applyEdits(code, [heads, ...kept, ...moves]);
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Puts a text in place of another. */
interface Edit {
  readonly at: number;
  readonly end: number;
  readonly text: string;
}

function insert(at: number, text: string): Edit {
  return { at, end: at, text };
}

function remove(at: number): Edit {
  return { at, end: at + 1, text: "" };
}

function isInside(at: number, { start, end }: Span): boolean {
  return at >= start && at <= end;
}

/** A declaration is there before all else runs: so is this, at the top. */
function asVariable(node: FunctionNode, code: string, edits: readonly Edit[]): string {
  const own = edits.filter(({ at }) => isInside(at, node));
  const shifted = own.map(({ at, end, text }) => {
    return { at: at - node.start, end: end - node.start, text };
  });
  return `var ${node.id?.name} = (${applyEdits(code.slice(node.start, node.end), shifted)});`;
}

function applyEdits(code: string, edits: readonly Edit[]): string {
  const pieces: string[] = [];
  let from = 0;
  for (const { at, end, text } of edits.toSorted((a, b) => a.at - b.at)) {
    pieces.push(code.slice(from, at), text);
    from = end;
  }
  pieces.push(code.slice(from));
  return pieces.join("");
}
