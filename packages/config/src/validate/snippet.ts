import type { PatchTree, Tree, TreeContext } from "../merge/tree.ts";
import { narrow, stepInto, stepIntoMember } from "../merge/tree-context.ts";
import { type Position, textOf } from "../sources/located.ts";
import { blankLike, cellsOf } from "./cells.ts";
import type { FaultPlace } from "./fault.ts";
import { gutter, ShownText, type VisiblePart } from "./shown-text.ts";

/** How much of a long line is shown, and how much of it before the place. */
const MAX_WIDTH = 120;
const MAX_LEFT = 60;

/**
 * Shows places of the sources' texts. Only names, values that are no secrets, and punctuation are
 * shown: comments and whatever is not known to be harmless are left out.
 */
export class Snippets {
  readonly #texts: ReadonlyMap<string, string>;
  readonly #trees: readonly Tree[];
  readonly #context: TreeContext;
  readonly #shown = new Map<string, ShownText>();
  /** By name of the text. Looked for once, when the first place is shown. */
  #parts: ReadonlyMap<string, readonly VisiblePart[]> | undefined;

  /**
   * @param texts what positions lead into, by file or URL
   * @param trees of all that was read from them: what is merged, and layers, where much is that does
   *   not come through
   */
  constructor(texts: ReadonlyMap<string, string>, trees: readonly Tree[], context: TreeContext) {
    this.#texts = texts;
    this.#trees = trees;
    this.#context = context;
  }

  /**
   * The line of a place and the one before it, with a mark under the place.
   *
   * @returns nothing where the source has no text
   */
  at({ at, span }: FaultPlace): string | undefined {
    const spot = spotOf(at);
    const text = spot === undefined ? undefined : this.#textOf(spot.text);
    if (spot === undefined || text === undefined || span === undefined) return undefined;
    const line = text.line(spot.line);
    const column = line.columnOf(span.start);
    const from = column > MAX_LEFT ? column - MAX_LEFT : 0;
    const before = spot.line > 1 ? text.line(spot.line - 1).text.trimEnd() : "";
    const rows = before === "" ? [] : [`${gutter(spot.line - 1)}${cut(before, 0)}`];
    const row = cut(line.text.trimEnd(), from);
    rows.push(`${gutter(spot.line)}${row}`);
    const end = Math.min(line.columnOf(span.end) - from, MAX_WIDTH); // of what is shown, not of what is hidden
    return [...rows, `${gutter(undefined)}${markUnder(row, column - from, end)}`].join("\n");
  }

  #textOf(name: string): ShownText | undefined {
    const text = this.#texts.get(name);
    if (text === undefined) return undefined;
    this.#parts ??= Map.groupBy(allParts(this.#trees, this.#context), ({ text: own }) => own);
    const shown = this.#shown.get(name) ?? new ShownText(text, this.#parts.get(name) ?? []);
    this.#shown.set(name, shown);
    return shown;
  }
}

/** In the cells of the screen; a place behind the row has one cell. */
function markUnder(row: string, start: number, end: number): string {
  const before = blankLike(row.slice(0, start).padEnd(start));
  return before + "^".repeat(Math.max(1, cellsOf(row.slice(start, end))));
}

function cut(text: string, from: number): string {
  const left = from === 0 ? text : `…${text.slice(from + 1)}`;
  return left.length <= MAX_WIDTH ? left : `${left.slice(0, MAX_WIDTH - 1)}…`;
}

interface Part extends VisiblePart {
  /** Name of the text that it lies in. */
  readonly text: string;
}

function* allParts(trees: readonly Tree[], context: TreeContext): Iterable<Part> {
  const seen = new Set<Tree>();
  for (const tree of trees) yield* partsIn(tree, context, seen);
}

/** The names and values that came from a text; what several trees share once. */
function* partsIn(tree: Tree, context: TreeContext, seen: Set<Tree>): Iterable<Part> {
  if (tree.type === "scalar") {
    yield* partOf(tree, isHidden(tree, context));
    return;
  }
  if (tree.type === "unset" || seen.has(tree)) return;
  seen.add(tree);
  const narrowed = narrow(context, tree);
  const items = stepInto(narrowed, { type: "index", index: 0 }); // the same for all of them
  if (tree.type === "object") {
    for (const name of tree.names?.values() ?? []) yield* partOf(name, false);
    for (const [name, value] of tree.entries) {
      yield* partsIn(value, stepIntoMember(narrowed, name), seen);
    }
  } else {
    for (const item of tree.type === "array" ? tree.items : itemsOf(tree)) {
      yield* partsIn(item, items, seen);
    }
  }
}

function itemsOf({ steps }: PatchTree): readonly Tree[] {
  return steps.flatMap(({ merge, mergeAt, prepend, append }) => {
    return [...merge.values(), ...(mergeAt?.values() ?? []), ...prepend, ...append];
  });
}

function* partOf({ at, span }: FaultPlace, isMasked: boolean): Iterable<Part> {
  const text = textNameOf(at);
  if (text !== undefined && span !== undefined) yield { text, span, isMasked };
}

function textNameOf(position: Position): string | undefined {
  return position.kind === "file" || position.kind === "remote" ? textOf(position) : undefined;
}

/** A place in a text. */
interface Spot {
  readonly text: string;
  readonly line: number;
}

function spotOf(position: Position): Spot | undefined {
  const text = textNameOf(position);
  const { line } = position as { readonly line?: number }; // of texts
  return text === undefined || line === undefined ? undefined : { text, line };
}

function isHidden(tree: Tree, { nodes }: TreeContext): boolean {
  const isSecret = nodes.some((node) => node.isSecret);
  return nodes.length === 0 || isSecret || (tree.type === "scalar" && tree.secret !== undefined);
}
