import { ConfigError } from "../errors.ts";
import { convertText } from "../references/convert-text.ts";
import { locateJson } from "../sources/locate-json.ts";
import type { Located, LocatedObject, LocatedScalar } from "../sources/located.ts";
import { schemaFault } from "../validate/fault.ts";
import { keyOf, type TreeContext } from "./tree.ts";

/**
 * What a store of single keys means: text by the kind of its field (ENV-3), the names below a list
 * as places or as keys of items. Anything else is what it is.
 */
export function interpretRaw(located: Located, source: string, context: TreeContext): Located {
  if (located.type === "scalar") return interpretText(located, source, context);
  if (located.type === "object" && located.isRaw === true) return interpretList(located, context);
  return located;
}

function interpretText(scalar: LocatedScalar, source: string, context: TreeContext): Located {
  const { value, at, isRaw } = scalar;
  const { nodes, segments, report } = context;
  if (isRaw !== true || typeof value !== "string") return scalar;
  if (value.includes("${")) return { type: "scalar", value, at }; // converted once it is expanded
  try {
    return locateJson(convertText(value, nodes), at);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { message, hint } = error;
    const place = { at, source };
    report(schemaFault({ code: "invalid_value", segments, message, hint, place }));
    return { type: "scalar", value, at };
  }
}

function interpretList(located: LocatedObject, { nodes }: TreeContext): Located {
  const { entries, at } = located;
  if (!nodes.some(({ type }) => type === "list")) return located;
  const inOrder = [...entries].flatMap((_entry, index) => entries.get(String(index)) ?? []);
  if (inOrder.length === entries.size) return { type: "array", items: inOrder, at };
  if (keyOf(nodes) === undefined) return located; // no list: the merge says so
  const patches: LocatedObject = { type: "object", entries, at };
  return { type: "object", entries: new Map([["$merge", patches]]), at };
}
