import { isStep, runSteps } from "../load/slices.ts";
import type { Located, LocatedArray, LocatedObject } from "../sources/located.ts";
import { interpretRaw } from "./interpret-raw.ts";
import { hasMarkedName, prepareOperators } from "./operators.ts";
import { prepareObject } from "./prepare-object.ts";
import { prepareScalar } from "./prepare-scalar.ts";
import {
  itemSegment,
  keyOf,
  type ObjectTree,
  type ScalarTree,
  type Tree,
  type TreeContext,
} from "./tree.ts";
import { isOpen, narrow, stepInto } from "./tree-context.ts";

/**
 * A source's tree as a layer: aliases of keys replaced by their names, operators recognised, numbers
 * checked, text that looks like a number kept as text where the schema asks for it.
 */
export function prepareLayer(given: Located, source: string, context: TreeContext): Tree {
  return runSteps(prepareInSteps(given, source, context));
}

/** As {@link prepareLayer}, in steps. */
export function* prepareInSteps(
  given: Located,
  source: string,
  context: TreeContext,
): Generator<void, Tree> {
  const located = interpretRaw(given, source, context);
  if (located.type === "scalar") return prepareScalar(located, source, context);
  if (located.type === "array") return yield* prepareArray(located, source, context);
  const narrowed = isOpen(context.nodes) ? narrow(context, outline(located, source)) : context;
  const preparation = { source, context: narrowed, prepare: prepareInSteps };
  return hasMarkedName(located)
    ? yield* prepareOperators(located, preparation)
    : yield* prepareObject(located, preparation);
}

function* prepareArray(
  { at, span, items }: LocatedArray,
  source: string,
  context: TreeContext,
): Generator<void, Tree> {
  const narrowed = narrow(context, { type: "array", items: [], at, source });
  const key = keyOf(narrowed.nodes);
  const prepared: Tree[] = [];
  let parts = 0;
  for (const [index, item] of items.entries()) {
    if (item.type !== "scalar" && isStep(++parts)) yield;
    const child = stepInto(narrowed, itemSegment(item, index, key));
    prepared.push(yield* prepareInSteps(item, source, child));
  }
  return { type: "array", items: prepared, at, span, source };
}

/** As much of an object as it takes to choose among the variants of a union. */
function outline({ entries, at }: LocatedObject, source: string): ObjectTree {
  const scalars = [...entries].flatMap(([name, value]) =>
    value.type === "scalar" ? [[name, { ...value, source } satisfies ScalarTree] as const] : [],
  );
  return { type: "object", entries: new Map(scalars), at, source };
}
