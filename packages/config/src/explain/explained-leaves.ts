import { plainPosition } from "../formats/text-position.ts";
import type { Place } from "../merge/locate.ts";
import {
  DEFAULT_SOURCE,
  itemSegment,
  keyOf,
  type TreeContext,
  type ValueTree,
} from "../merge/tree.ts";
import { narrow, stepInto, stepIntoMember } from "../merge/tree-context.ts";
import { formatConfigPath } from "../paths/config-path.ts";
import { type LayersInput, layersOf } from "./explained-layers.ts";
import type { ExplainedLeaf } from "./explanation.ts";
import { shownValue } from "./layer-value.ts";

/** How many leaves an explanation tells of; of more it tells those first that somebody wrote. */
const MAX_LEAVES = 1_000;

export interface ExplainedLeaves {
  readonly leaves: readonly ExplainedLeaf[];
  readonly omitted: number;
}

/**
 * The leaves below a place in the order of the document, with who gave each of them; none where the
 * place is a leaf itself. O(values below the place).
 */
export function leavesBelow(
  { tree, context }: Place,
  input: LayersInput,
  root: TreeContext,
): ExplainedLeaves {
  if (tree === undefined || sizeOf(tree) === 0) return { leaves: [], omitted: 0 };
  const all = [...leavesIn(tree, context, { isTop: true })];
  const told = all.length <= MAX_LEAVES ? all : mostTelling(all);
  const leaves = told.map((leaf) => explainLeaf(leaf, input, root));
  return { leaves, omitted: all.length - told.length };
}

/** How many members or items lie directly in it. */
function sizeOf(tree: ValueTree): number {
  if (tree.type === "object") return tree.entries.size;
  return tree.type === "array" ? tree.items.length : 0;
}

/** A value that is not looked into further, and where it stands. */
interface Leaf {
  readonly tree: ValueTree;
  readonly context: TreeContext;
  /** It lies in a list that several layers made: their places in it are others. */
  readonly isInMixedList: boolean;
}

interface Walk {
  /** What was asked for is looked into, even where it is a list that came as a whole. */
  readonly isTop?: boolean;
  readonly isInMixedList?: boolean;
}

function* leavesIn(
  tree: ValueTree,
  context: TreeContext,
  { isTop = false, isInMixedList = false }: Walk,
): Iterable<Leaf> {
  const narrowed = narrow(context, tree);
  if (tree.type === "object" && tree.entries.size > 0) {
    for (const [name, member] of tree.entries) {
      yield* leavesIn(member, stepIntoMember(narrowed, name), { isInMixedList });
    }
    return;
  }
  const isWhole = tree.type !== "array" || (!isTop && isPlainList(tree.items));
  if (isWhole || tree.items.length === 0) return yield { tree, context, isInMixedList };
  const key = keyOf(narrowed.nodes);
  const isMixed = isInMixedList || (key === undefined && !isOfOneSource(tree.items));
  for (const [index, item] of tree.items.entries()) {
    const child = stepInto(narrowed, itemSegment(item, index, key));
    yield* leavesIn(item, child, { isInMixedList: isMixed });
  }
}

/** Single values that came together, as a list replaces another as a whole (MRG-2). */
function isPlainList(items: readonly ValueTree[]): boolean {
  return items.every(({ type }) => type === "scalar") && isOfOneSource(items);
}

function isOfOneSource([first, ...others]: readonly ValueTree[]): boolean {
  return others.every(({ source }) => source === first?.source);
}

/** In the order of the document: what the schema alone says gives way. */
function mostTelling(all: readonly Leaf[]): readonly Leaf[] {
  const [byDefault, given] = [true, false].map((isDefault) =>
    all.filter(({ tree }) => (tree.source === DEFAULT_SOURCE) === isDefault),
  );
  const told = new Set([...(given ?? []), ...(byDefault ?? [])].slice(0, MAX_LEAVES));
  return all.filter((leaf) => told.has(leaf));
}

function explainLeaf(
  { tree, context, isInMixedList }: Leaf,
  input: LayersInput,
  root: TreeContext,
): ExplainedLeaf {
  const layers = isInMixedList
    ? []
    : layersOf({ tree, nearest: tree, context, steps: [] }, input, root);
  const winner = layers.find(({ wins }) => wins)?.source ?? sourceOf(tree);
  const lost = layers.filter(({ wins, state }) => !wins && state === "value");
  return {
    path: formatConfigPath(context.segments),
    value: shownValue(tree, context),
    source: winner,
    position: plainPosition(tree.at),
    lost: lost.length,
  };
}

/** Of a list of single values that of its values, which may be from a layer below its own. */
function sourceOf(tree: ValueTree): string {
  return tree.type === "array" ? (tree.items[0]?.source ?? tree.source) : tree.source;
}
