import { isReservedName } from "@llmcfg/core";
import type { SchemaNode } from "../schema/node.ts";
import type { Located, LocatedObject } from "../sources/located.ts";
import { schemaFault } from "../validate/fault.ts";
import type { NamePlace, ObjectTree, Tree, TreeContext } from "./tree.ts";
import { stepIntoMember } from "./tree-context.ts";

/** What the parts of `prepareLayer` share. */
export interface Preparation {
  /** Id of the source whose tree it is. */
  readonly source: string;
  readonly context: TreeContext;
  /** Prepares what lies below. */
  readonly prepare: (located: Located, source: string, context: TreeContext) => Tree;
}

/** An object whose members are its own: those of operators are `undefined` here. */
export function prepareObject(
  located: LocatedObject,
  { source, context, prepare }: Preparation,
): ObjectTree {
  const entries = new Map<string, Tree>();
  const names = new Map<string, NamePlace>();
  for (const [name, value] of located.entries) {
    const place = located.names?.get(name) ?? { at: value.at, span: value.span };
    const canonical = canonicalName(name, context.nodes);
    if (isReservedName(name)) {
      reportReserved(name, { ...place, source }, context);
    } else if (entries.has(canonical)) {
      reportAliasConflict(canonical, name, { place, first: names.get(canonical), source, context });
    } else {
      entries.set(canonical, prepare(value, source, stepIntoMember(context, canonical)));
      names.set(canonical, place);
    }
  }
  return { type: "object", entries, names, at: located.at, span: located.span, source };
}

function canonicalName(name: string, nodes: readonly SchemaNode[]): string {
  if (nodes.some((node) => node.members.has(name))) return name;
  return nodes.find((node) => node.aliases.has(name))?.aliases.get(name) ?? name;
}

function reportReserved(
  name: string,
  place: NamePlace & { readonly source: string },
  { segments, report }: TreeContext,
): void {
  const message = `the key ${JSON.stringify(name)} is not allowed`;
  report(schemaFault({ code: "forbidden_key", segments, message, place }));
}

interface AliasConflict {
  readonly place: NamePlace;
  readonly first: NamePlace | undefined;
  readonly source: string;
  readonly context: TreeContext;
}

function reportAliasConflict(canonical: string, alias: string, conflict: AliasConflict): void {
  const { place, first, source, context } = conflict;
  const { segments } = stepIntoMember(context, canonical);
  context.report(
    schemaFault({
      code: "alias_conflict",
      segments,
      message: `${alias} and another name of ${canonical} are given together`,
      hint: `write ${canonical} alone`,
      place: { ...place, source },
      related: first === undefined ? [] : [{ segments, place: { ...first, source } }],
    }),
  );
}
