import { formatConfigPath } from "../paths/config-path.ts";
import type { Fault } from "../validate/fault.ts";
import { itemKey, type Tree, type TreeContext } from "./tree.ts";

/** Reports items of a keyed list that have the key of an earlier one. */
export function reportDuplicates(items: readonly Tree[], key: string, context: TreeContext): void {
  const first = new Map<string, Tree>();
  for (const item of items) {
    const name = itemKey(item, key);
    const known = name === undefined ? undefined : first.get(name);
    if (name === undefined) continue;
    if (known === undefined) first.set(name, item);
    else context.report(duplicate(name, key, { item, known, context }));
  }
}

function duplicate(
  name: string,
  key: string,
  {
    item,
    known,
    context,
  }: { readonly item: Tree; readonly known: Tree; readonly context: TreeContext },
): Fault {
  const segments = [...context.segments, { type: "item", key: name } as const];
  return {
    kind: "cross_field_validation",
    severity: "error",
    code: "duplicate_id",
    segments,
    message: `the ${key} ${JSON.stringify(name)} is given to two items`,
    place: keyPlace(item, key),
    related: [{ segments, place: keyPlace(known, key) }],
    result: { type: "duplicate_id", field: formatConfigPath(context.segments), id: name },
  };
}

function keyPlace(item: Tree, key: string): Tree {
  return (item.type === "object" ? item.entries.get(key) : undefined) ?? item;
}
