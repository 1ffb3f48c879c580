/**
 * The codes that the sources can give to a finding or an error, read from the sources themselves.
 *
 * @module
 */

import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Node, type ParamPattern, type Program, parseSync, Visitor } from "oxc-parser";

const ROOT = join(import.meta.dirname, "../..");
const FILES = ["packages/config/src/**/*.ts", "packages/gateway/src/**/*.ts"];

/** What is made with a code first. */
const ERRORS = ["ConfigError", "ConfigLoadError", "RollbackError", "super"];

/** How a place is called where a code stands. */
const CODE = "code";
const FORM = /^[a-z]+(?:_[a-z0-9]+)*(?:_\*)?$/;

/**
 * Every text in snake_case that stands where a code is expected: as a member or variable `code`, as the
 * argument of a parameter of that name, as the name of a business rule, or as what an error of ours
 * is made with. `source_*` stands for what is put together. With the files that have it, sorted.
 */
export function writtenCodes(): ReadonlyMap<string, readonly string[]> {
  const programs = globSync(FILES, { cwd: ROOT }).map((file) => {
    return { file, program: parseSync(file, readFileSync(join(ROOT, file), "utf8")).program };
  });
  const takers = new Map<string, Set<number>>(ERRORS.map((name) => [name, new Set([0])]));
  for (const { program } of programs) collectTakers(program, takers);
  const found = programs.flatMap(({ file, program }) =>
    codesIn(program, takers).map((code) => ({ code, file })),
  );
  const byCode = Map.groupBy(found, ({ code }) => code);
  const codes = [...byCode.keys()].toSorted();
  return new Map(codes.map((code) => [code, byCode.get(code)?.map(({ file }) => file) ?? []]));
}

/** Adds the functions and methods of a program that are called with a code, and at which place. */
function collectTakers(program: Program, takers: Map<string, Set<number>>): void {
  const take = (name: Node | null | undefined, parameters: readonly ParamPattern[]) => {
    const place = parameters.findIndex((one) => one.type === "Identifier" && one.name === CODE);
    if (place < 0 || name === null || name === undefined) return;
    takers.set(nameOf(name), (takers.get(nameOf(name)) ?? new Set()).add(place));
  };
  new Visitor({
    FunctionDeclaration: ({ id, params }) => take(id, params),
    MethodDefinition: ({ key, value }) => take(key, value.params),
    VariableDeclarator: ({ id, init }) => {
      if (init?.type === "ArrowFunctionExpression") take(id, init.params);
    },
  }).visit(program);
}

function codesIn(
  program: Program,
  takers: ReadonlyMap<string, ReadonlySet<number>>,
): readonly string[] {
  const codes: string[] = [];
  const add = (value: Node | null | undefined) => codes.push(...textsOf(value));
  const addArgument = (callee: Node, given: readonly Node[]) => {
    for (const place of takers.get(nameOf(callee)) ?? []) add(given[place]);
  };
  new Visitor({
    Property: ({ key, value }) => {
      if (nameOf(key) === CODE) add(value);
    },
    VariableDeclarator: ({ id, init }) => {
      if (nameOf(id) === CODE) add(init);
    },
    CallExpression: ({ callee, arguments: given }) => addArgument(callee, given),
    NewExpression: ({ callee, arguments: given }) => addArgument(callee, given),
    ObjectExpression: ({ properties }) => {
      const members = properties.filter((one) => one.type === "Property");
      const isRule = members.some(({ key, method }) => nameOf(key) === "check" && method);
      if (isRule) add(members.find(({ key }) => nameOf(key) === "name")?.value);
    },
  }).visit(program);
  return codes.filter((code) => FORM.test(code));
}

function nameOf(node: Node): string {
  if (node.type === "Identifier" || node.type === "PrivateIdentifier") return node.name;
  if (node.type === "Super") return "super";
  return node.type === "MemberExpression" ? nameOf(node.property) : "";
}

/** The texts that an expression may be. */
function textsOf(node: Node | null | undefined): readonly string[] {
  if (node?.type === "Literal") return typeof node.value === "string" ? [node.value] : [];
  if (node?.type === "TemplateLiteral")
    return [node.quasis.map(({ value }) => value.cooked ?? "").join("*")];
  if (node?.type === "ConditionalExpression")
    return [...textsOf(node.consequent), ...textsOf(node.alternate)];
  if (node?.type === "LogicalExpression") return [...textsOf(node.left), ...textsOf(node.right)];
  return [];
}
