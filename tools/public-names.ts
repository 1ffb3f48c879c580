/**
 * What the published libraries export, and what is told about it.
 *
 * @module
 */

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Node, parseSync } from "oxc-parser";

/** An exported name as it is declared. */
export interface PublicName {
  readonly name: string;
  /** From the root of the repository. */
  readonly file: string;
  /** Types have no example of their own: they stand in those of what takes and gives them. */
  readonly isValue: boolean;
  /** The docstring, without its asterisks; empty where there is none. */
  readonly docs: string;
}

const ROOT = join(import.meta.dirname, "..");

/** The names that a module exports, those that it passes on with what is told where they are declared. */
export function publicNames(file: string): readonly PublicName[] {
  const source = readFileSync(join(ROOT, file), "utf8");
  const { program, comments } = parseSync(file, source);
  const docsBefore = (node: Node) => {
    const before = comments.filter(({ end }) => end <= node.start);
    const last = before.at(-1);
    const isAlone = last !== undefined && source.slice(last.end, node.start).trim() === "";
    return isAlone && last.value.startsWith("*") ? last.value.replaceAll(/^\s*\* ?/gm, "") : "";
  };
  return program.body.flatMap((node): readonly PublicName[] => {
    if (node.type !== "ExportNamedDeclaration") return [];
    if (node.declaration !== null) {
      const isValue = !node.declaration.type.startsWith("TS");
      const docs = docsBefore(node);
      return namesOf(node.declaration).map((name) => ({ name, file, isValue, docs }));
    }
    return node.specifiers.flatMap(({ local, exported, exportKind }) => {
      const found = declaredAs(nameOf(local), node.source?.value, file);
      if (found === undefined) return [];
      const isType = node.exportKind === "type" || exportKind === "type";
      return [{ ...found, name: nameOf(exported), isValue: found.isValue && !isType }];
    });
  });
}

/** Where a name that is passed on is declared: in another module of ours. */
function declaredAs(name: string, from: string | undefined, file: string): PublicName | undefined {
  if (from === undefined || !from.startsWith(".")) return undefined;
  const path = join(dirname(file), from);
  if (!existsSync(join(ROOT, path))) return undefined;
  return publicNames(path).find((declared) => declared.name === name);
}

function namesOf(declaration: Node): readonly string[] {
  if (declaration.type === "VariableDeclaration")
    return declaration.declarations.map(({ id }) => nameOf(id));
  const id = "id" in declaration ? declaration.id : null;
  return id === null || id === undefined ? [] : [nameOf(id)];
}

function nameOf(node: Node): string {
  return node.type === "Identifier" ? node.name : "";
}
