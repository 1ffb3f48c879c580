import { nearestNames } from "@llmcfg/core";
import { memberNames } from "../schema/member-names.ts";
import { memberNodes } from "../schema/navigate.ts";
import type { Located, LocatedObject, Position } from "../sources/located.ts";
import { type FaultPlace, schemaFault } from "../validate/fault.ts";
import { canonicalName, type Preparation, prepareObject } from "./prepare-object.ts";
import {
  itemSegment,
  keyOf,
  type ListStep,
  type NamePlace,
  type ObjectTree,
  type Tree,
  type TreeContext,
  type UnsetItem,
} from "./tree.ts";
import { stepInto } from "./tree-context.ts";

const OPERATORS = ["$unset", "$merge", "$prepend", "$append", "$replace"] as const;
type Operator = (typeof OPERATORS)[number];

/** What one object with `$` keys is made of. */
interface Operated extends Preparation {
  readonly located: LocatedObject;
  readonly operators: ReadonlyMap<Operator, Located>;
  /** The members that are no operators. */
  readonly rest: LocatedObject;
}

/** The tree of an object some of whose names may be operators: see {@link hasMarkedName}. */
export function* prepareOperators(
  located: LocatedObject,
  preparation: Preparation,
): Generator<void, Tree> {
  const operated = separate(located, preparation);
  const { operators, rest } = operated;
  if (operators.size === 0) {
    return withMarkedNames(yield* prepareObject(rest, preparation), located);
  }
  const unset = operators.get("$unset");
  if (operators.has("$replace")) return yield* prepareReplace(operated);
  if (unset?.type === "scalar") return prepareUnset(operated, unset.value);
  const isList = preparation.context.nodes.some(({ type }) => type === "list");
  if (isList || operators.size > 1 || unset === undefined) return yield* preparePatch(operated);
  return yield* prepareMemberUnset(operated, unset);
}

/** With the places of the names that are no members, which findings show. */
function withMarkedNames(tree: ObjectTree, { names }: LocatedObject): ObjectTree {
  const marked = [...(names ?? [])].filter(([name]) => name.startsWith("$"));
  return { ...tree, names: new Map([...(tree.names ?? []), ...marked]) };
}

/** Called for each object of a document: it makes no list of the names. */
export function hasMarkedName({ entries }: LocatedObject): boolean {
  for (const name of entries.keys()) if (name.startsWith("$")) return true;
  return false;
}

/** Takes operators and loader directives apart from members; unknown ones are reported. */
function separate(located: LocatedObject, preparation: Preparation): Operated {
  const { source, context } = preparation;
  const operators = new Map<Operator, Located>();
  const members = new Map<string, Located>();
  for (const [name, value] of located.entries) {
    const operator = OPERATORS.find((known) => known === name);
    if (operator !== undefined) operators.set(operator, value);
    else if (!name.startsWith("$") || isFree(context)) members.set(name, value);
    else reportUnknown(name, value, { source, context, located });
  }
  return { ...preparation, located, operators, rest: { ...located, entries: members } };
}

/** Whether any name may stand here: maps and free values. */
function isFree({ nodes }: TreeContext): boolean {
  return nodes.length > 0 && nodes.every(({ type, kind }) => type === "map" || kind === "json");
}

function reportUnknown(
  name: string,
  value: Located,
  at: Pick<Operated, "source" | "context" | "located">,
): void {
  const { segments, report } = at.context;
  if (name === "$schema" && segments.length === 0) return; // for editors
  const place = { ...(at.located.names?.get(name) ?? value), source: at.source };
  if (name === "$include") {
    const hint = "files are included at the top level of a file alone"; // which was followed
    const message = "$include is not followed here";
    report(schemaFault({ code: "unsupported_directive", segments, message, hint, place }));
    return;
  }
  const [nearest] = nearestNames(name, OPERATORS);
  const hint =
    nearest === undefined
      ? `the operators are ${OPERATORS.join(", ")}`
      : `did you mean ${nearest}?`;
  report(
    schemaFault({
      code: "unknown_operator",
      segments,
      message: `${name} is no operator`,
      hint,
      place,
    }),
  );
}

function* prepareReplace(operated: Operated): Generator<void, Tree> {
  const { operators, source, context, prepare } = operated;
  requireAlone("$replace", operated);
  const value = operators.get("$replace") ?? operated.located; // there: the caller has looked
  return { ...(yield* prepare(value, source, context)), ignores: "all" };
}

function prepareUnset(operated: Operated, value: unknown): Tree {
  const { located, source } = operated;
  requireAlone("$unset: true", operated);
  if (value !== true) misuse(operated, "$unset", "$unset is true or a list");
  return { type: "unset", at: located.at, span: located.span, source };
}

function requireAlone(what: string, operated: Operated): void {
  const { operators, rest } = operated;
  if (operators.size + rest.entries.size === 1) return;
  misuse(operated, "$replace", `${what} stands alone`);
}

function misuse(operated: Operated, operator: Operator, message: string): void {
  const { located, source, context } = operated;
  const place: FaultPlace = { ...(located.names?.get(operator) ?? located), source };
  context.report(
    schemaFault({ code: "operator_misused", segments: context.segments, message, place }),
  );
}

/** `$unset: [names]` in an object, beside members that are set. */
function* prepareMemberUnset(operated: Operated, unset: Located): Generator<void, ObjectTree> {
  const { rest, source } = operated;
  const tree = yield* prepareObject(rest, operated);
  const entries = new Map(tree.entries);
  for (const { item, at } of itemsOf(operated, unset)) {
    if (typeof item === "number") {
      misuse(operated, "$unset", "$unset in an object is a list of names");
      continue;
    }
    const name = canonicalName(item, operated.context.nodes);
    const given = entries.get(name);
    entries.set(
      name,
      given === undefined ? { type: "unset", at, source } : { ...given, ignores: "layers" },
    );
    if (!isName(name, operated.context)) reportNoName(item, at, operated);
  }
  return { ...tree, entries };
}

/** Whether the schema knows a member of this name, or allows any. */
function isName(name: string, { nodes }: TreeContext): boolean {
  return nodes.length === 0 || memberNodes(nodes, name).length > 0;
}

function reportNoName(item: string, at: Position, { context, source }: Operated): void {
  const [nearest] = nearestNames(item, context.nodes.flatMap(memberNames));
  const hint = nearest === undefined ? undefined : `did you mean ${JSON.stringify(nearest)}?`;
  const message = `the schema has no key ${JSON.stringify(item)} to unset`;
  const { segments, report } = context;
  const place: FaultPlace = { at, source };
  report(
    schemaFault({ severity: "warning", code: "nothing_to_unset", segments, message, hint, place }),
  );
}

function* preparePatch(operated: Operated): Generator<void, Tree> {
  const { located, source, operators, rest } = operated;
  const { at, span } = located;
  const [member] = rest.entries.keys();
  if (member !== undefined) {
    misuse(operated, "$append", `the operators of a list stand beside ${JSON.stringify(member)}`);
  }
  const unset = operators.get("$unset");
  const step: ListStep = {
    source,
    at,
    unset: unset === undefined ? [] : itemsOf(operated, unset),
    merge: yield* mergesOf(operated),
    prepend: yield* listOf(operated, "$prepend"),
    append: yield* listOf(operated, "$append"),
  };
  return { type: "patch", steps: [step], at, span, source };
}

function itemsOf(operated: Operated, unset: Located): readonly UnsetItem[] {
  if (unset.type !== "array") {
    misuse(operated, "$unset", "$unset is true or a list");
    return [];
  }
  return unset.items.flatMap((item) => {
    const value = item.type === "scalar" ? item.value : undefined;
    const isIndex = typeof value === "number" && Number.isInteger(value) && value >= 0;
    if (typeof value === "string" || isIndex) return [{ item: value, at: item.at }];
    misuse(operated, "$unset", "$unset lists keys or places");
    return [];
  });
}

function* listOf(
  operated: Operated,
  operator: "$prepend" | "$append",
): Generator<void, readonly Tree[]> {
  const { operators, source, context, prepare } = operated;
  const value = operators.get(operator);
  if (value === undefined) return [];
  if (value.type !== "array") {
    misuse(operated, operator, `${operator} takes a list`);
    return [];
  }
  const key = keyOf(context.nodes);
  const items: Tree[] = [];
  for (const item of value.items) {
    items.push(yield* prepare(item, source, stepInto(context, itemSegment(item, 0, key))));
  }
  return items;
}

function* mergesOf(operated: Operated): Generator<void, ReadonlyMap<string, Tree>> {
  const { operators, context, source, prepare } = operated;
  const value = operators.get("$merge");
  if (value === undefined) return new Map();
  const key = keyOf(context.nodes);
  if (value.type !== "object" || key === undefined) {
    misuse(
      operated,
      "$merge",
      "$merge takes an object of patches, for lists whose items have a key",
    );
    return new Map();
  }
  const patches = new Map<string, Tree>();
  for (const [name, patch] of value.entries) {
    const tree = yield* prepare(patch, source, stepInto(context, { type: "item", key: name }));
    const place = value.names?.get(name) ?? patch;
    if (tree.type === "scalar" || tree.type === "array") {
      misuse(operated, "$merge", `the patch of ${name} must be an object with what changes`);
      continue;
    }
    patches.set(name, withKey(tree, { key, name, place, operated }));
  }
  return patches;
}

/** The patch with the key that it stands under, which it must not contradict. */
function withKey(
  patch: Tree,
  {
    key,
    name,
    place,
    operated,
  }: {
    readonly key: string;
    readonly name: string;
    /** Where the name stands. */
    readonly place: NamePlace;
    readonly operated: Operated;
  },
): Tree {
  if (patch.type !== "object") return patch; // it removes the item
  const given = patch.entries.get(key);
  if (given !== undefined && !(given.type === "scalar" && given.value === name)) {
    const { segments, report } = stepInto(operated.context, { type: "item", key: name });
    const message = `the patch of ${name} has another ${key}`;
    report(schemaFault({ code: "key_mismatch", segments, message, place: given }));
  }
  const { source } = patch;
  const { at, span } = place;
  const named = [key, { type: "scalar", value: name, at, span, source }] as const;
  return { ...patch, entries: new Map<string, Tree>([named, ...patch.entries, named]) };
}
