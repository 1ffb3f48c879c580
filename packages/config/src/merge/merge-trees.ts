import { formatPosition, type Position } from "../sources/located.ts";
import { schemaFault } from "../validate/fault.ts";
import { applySteps } from "./apply-steps.ts";
import type { ListStep, ObjectTree, PatchTree, Tree, TreeContext } from "./tree.ts";
import { narrow, stepInto, stepIntoMember } from "./tree-context.ts";

/**
 * What two layers give together. Objects merge member by member; anything else of the higher
 * layer takes the place of what the lower one has. Operators are carried out where there is
 * something below them, and kept where there is not yet: so merging is associative, for layers
 * that do not contradict each other.
 */
export function mergeTrees(lower: Tree | undefined, higher: Tree, context: TreeContext): Tree {
  if (lower === undefined || higher.ignores === "all" || higher.type === "unset") return higher;
  if (higher.ignores === "layers") return higher;
  if (lower.type === "unset") return { ...higher, ignores: "layers" };
  const { ignores } = lower;
  if (isNull(lower) || isNull(higher)) return { ...overNull(higher), ignores };
  requireSameShape(lower, higher, context);
  if (lower.type === "object" && higher.type === "object") {
    return { ...mergeObjects(lower, higher, context), ignores };
  }
  if (higher.type === "patch") return { ...patch(lower, higher, context), ignores };
  return { ...higher, ignores };
}

function mergeObjects(lower: ObjectTree, higher: ObjectTree, context: TreeContext): ObjectTree {
  const narrowed = narrow(context, higher);
  const entries = new Map(lower.entries);
  for (const [name, value] of higher.entries) {
    entries.set(name, mergeTrees(lower.entries.get(name), value, stepIntoMember(narrowed, name)));
  }
  const names = new Map([...(lower.names ?? []), ...(higher.names ?? [])]);
  const { at, span, source } = isInText(lower.at) && !isInText(higher.at) ? lower : higher;
  return { ...higher, at, span, source, entries, names };
}

/** Whether there is a line to show: what is missing in an object is best told where it is written. */
function isInText({ kind }: Position): boolean {
  return kind === "file" || kind === "remote";
}

function patch(lower: Tree, higher: PatchTree, context: TreeContext): Tree {
  if (lower.type === "patch") return { ...higher, steps: joined(lower.steps, higher, context) };
  if (lower.type !== "array") return higher; // reported as a conflict of shapes
  const { at, span, source, steps } = higher;
  return {
    type: "array",
    items: applySteps(lower.items, steps, { ...context, merge: mergeTrees }),
    at,
    span,
    source,
  };
}

/**
 * Steps of one source that only patch items are one: it may give very many of them one after another,
 * and what a later one changes is not kept.
 */
function joined(
  steps: readonly ListStep[],
  { steps: [first, ...rest] }: PatchTree,
  context: TreeContext,
): readonly ListStep[] {
  const last = steps.at(-1);
  if (first === undefined) return steps;
  if (last === undefined) return [first, ...rest];
  if (last.source !== first.source || !(onlyPatches(last) && onlyPatches(first))) {
    return [...steps, first, ...rest];
  }
  const merge = new Map(last.merge);
  for (const [key, value] of first.merge) {
    merge.set(key, mergeTrees(merge.get(key), value, stepInto(context, { type: "item", key })));
  }
  return [...steps.slice(0, -1), { ...first, merge }, ...rest];
}

/** One that also removes items does not say the same when it is carried out together with another. */
function onlyPatches({ unset, merge, mergeAt, prepend, append }: ListStep): boolean {
  const others = unset.length + prepend.length + append.length + (mergeAt?.size ?? 0);
  return others === 0 && [...merge.values()].every(({ type }) => type !== "unset");
}

/** A patch over `null` has an empty list below it, and not the default. */
function overNull(higher: Tree): Tree {
  return higher.type === "patch" ? { ...higher, ignores: "all" } : higher;
}

function isNull(tree: Tree): boolean {
  return tree.type === "scalar" && tree.value === null && tree.secret === undefined;
}

function requireSameShape(lower: Tree, higher: Tree, { segments, report }: TreeContext): void {
  const [below, above] = [shapeOf(lower), shapeOf(higher)];
  if (below === above) return;
  report(
    schemaFault({
      code: "merge_type_conflict",
      segments,
      message: `${above} over ${below} at ${formatPosition(lower.at)}`,
      hint: "write {$replace: …} if this is meant",
      place: higher,
      related: [{ segments, place: lower }],
    }),
  );
}

function shapeOf({ type }: Tree): string {
  if (type === "object") return "an object";
  return type === "array" || type === "patch" ? "a list" : "a single value";
}
