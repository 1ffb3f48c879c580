import { isReservedName } from "@llmcfg/core";
import { isStep } from "../load/slices.ts";
import type { SchemaNode } from "../schema/node.ts";
import type { Located, LocatedObject, LocatedScalar } from "../sources/located.ts";
import { schemaFault } from "../validate/fault.ts";
import { HALF_A_CHARACTER, prepareScalar } from "./prepare-scalar.ts";
import type { NamePlace, ObjectTree, ScalarTree, Tree, TreeContext } from "./tree.ts";
import { stepIntoMember } from "./tree-context.ts";

/** What the parts of `prepareInSteps` share. */
export interface Preparation {
  /** Id of the source whose tree it is. */
  readonly source: string;
  readonly context: TreeContext;
  /** Prepares what lies below. */
  readonly prepare: Prepare;
}

type Prepare = (located: Located, source: string, context: TreeContext) => Generator<void, Tree>;

/** An object whose members are its own: those of operators are `undefined` here. */
export function* prepareObject(
  located: LocatedObject,
  preparation: Preparation,
): Generator<void, ObjectTree> {
  const { source, context } = preparation;
  const entries = new Map<string, Tree>();
  let isAsWritten = true;
  let parts = 0;
  for (const [name, value] of located.entries) {
    const canonical = canonicalName(name, context.nodes);
    const isRefused = isReservedName(name) || !name.isWellFormed();
    isAsWritten &&= name === canonical && !isRefused;
    if (isRefused) reportRefused(name, { ...nameOf(located, name, value), source }, context);
    else if (entries.has(canonical)) {
      reportAliasConflict(canonical, name, { value, located, source, context });
    } else if (value.type === "scalar" && value.isRaw !== true) {
      entries.set(canonical, prepareMember(canonical, value, preparation));
    } else {
      if (isStep(++parts)) yield;
      const child = stepIntoMember(context, canonical);
      entries.set(canonical, yield* preparation.prepare(value, source, child));
    }
  }
  const names = isAsWritten ? writtenNames(located) : canonicalNames(located, context.nodes);
  return { type: "object", entries, names, at: located.at, span: located.span, source };
}

/** Nothing can be wrong with text as such, or with `true` and `null`, before layers are merged. */
function prepareMember(
  name: string,
  scalar: LocatedScalar,
  { source, context }: Preparation,
): ScalarTree {
  const { value } = scalar;
  const isPlain = typeof value !== "number" && (typeof value !== "string" || value.isWellFormed());
  return isPlain
    ? { ...scalar, source }
    : prepareScalar(scalar, source, stepIntoMember(context, name));
}

function nameOf({ names }: LocatedObject, name: string, { at, span }: Located): NamePlace {
  return names?.get(name) ?? { at, span };
}

function writtenNames(located: LocatedObject): ReadonlyMap<string, NamePlace> {
  const { names, entries } = located;
  return names?.size === entries.size ? names : canonicalNames(located, []);
}

/** Of several names of one member the first. */
function canonicalNames(
  located: LocatedObject,
  nodes: readonly SchemaNode[],
): ReadonlyMap<string, NamePlace> {
  const places = new Map<string, NamePlace>();
  for (const [name, value] of located.entries) {
    const canonical = canonicalName(name, nodes);
    if (places.has(canonical)) continue;
    places.set(canonical, nameOf(located, name, value));
  }
  return places;
}

/** The name that the schema has for a member. */
export function canonicalName(name: string, nodes: readonly SchemaNode[]): string {
  if (nodes.some((node) => node.members.has(name))) return name;
  return nodes.find((node) => node.aliases.has(name))?.aliases.get(name) ?? name;
}

function reportRefused(
  name: string,
  place: NamePlace & { readonly source: string },
  { segments, report }: TreeContext,
): void {
  const message = `the key ${JSON.stringify(name)} is not allowed`;
  const fault = schemaFault({ code: "forbidden_key", segments, message, place });
  report(name.isWellFormed() ? fault : { ...fault, hint: HALF_A_CHARACTER });
}

interface AliasConflict {
  readonly value: Located;
  readonly located: LocatedObject;
  readonly source: string;
  readonly context: TreeContext;
}

function reportAliasConflict(canonical: string, alias: string, conflict: AliasConflict): void {
  const { value, located, source, context } = conflict;
  const { segments } = stepIntoMember(context, canonical);
  const first = canonicalNames(located, context.nodes).get(canonical);
  context.report(
    schemaFault({
      code: "alias_conflict",
      segments,
      message: `${alias} and another name of ${canonical} are given together`,
      hint: `write ${canonical} alone`,
      place: { ...nameOf(located, alias, value), source },
      related: first === undefined ? [] : [{ segments, place: { ...first, source } }],
    }),
  );
}
