import type { Located, LocatedObject, LocatedScalar } from "../sources/located.ts";
import { checkNumber } from "./check-number.ts";
import { interpretRaw } from "./interpret-raw.ts";
import { prepareOperators } from "./operators.ts";
import { prepareObject } from "./prepare-object.ts";
import type { ObjectTree, ScalarTree, Tree, TreeContext } from "./tree.ts";
import { isOpen, narrow, stepInto } from "./tree-context.ts";

/**
 * A source's tree as a layer: aliases of keys replaced by their names, operators recognised, numbers
 * checked, text that looks like a number kept as text where the schema asks for it.
 */
export function prepareLayer(given: Located, source: string, context: TreeContext): Tree {
  const located = interpretRaw(given, source, context);
  if (located.type === "scalar") return prepareScalar(located, source, context);
  if (located.type === "array") {
    const { at, span, items } = located;
    const narrowed = narrow(context, { type: "array", items: [], at, source });
    const prepared = items.map((item, index) =>
      prepareLayer(item, source, stepInto(narrowed, { type: "index", index })),
    );
    return { type: "array", items: prepared, at, span, source };
  }
  const narrowed = isOpen(context.nodes) ? narrow(context, outline(located, source)) : context;
  const preparation = { source, context: narrowed, prepare: prepareLayer };
  return prepareOperators(located, preparation) ?? prepareObject(located, preparation);
}

/** As much of an object as it takes to choose among the variants of a union. */
function outline({ entries, at }: LocatedObject, source: string): ObjectTree {
  const scalars = [...entries].flatMap(([name, value]) =>
    value.type === "scalar" ? [[name, { ...value, source } satisfies ScalarTree] as const] : [],
  );
  return { type: "object", entries: new Map(scalars), at, source };
}

function prepareScalar(located: LocatedScalar, source: string, context: TreeContext): ScalarTree {
  const scalar: ScalarTree = { ...located, source };
  if (typeof scalar.value !== "number") return scalar;
  if (scalar.lexeme !== undefined && context.nodes.some((node) => node.notes.lexical === true)) {
    return { ...scalar, value: scalar.lexeme };
  }
  checkNumber(scalar, scalar.value, context);
  return scalar;
}
