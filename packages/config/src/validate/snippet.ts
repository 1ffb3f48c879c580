import type { TreeContext, ValueTree } from "../merge/tree.ts";
import { narrow, stepInto, stepIntoMember } from "../merge/tree-context.ts";
import { type Position, textOf } from "../sources/located.ts";
import type { FaultPlace } from "./fault.ts";
import { ShownText, type VisiblePart } from "./shown-text.ts";

/** How much of a long line is shown, and how much of it before the place. */
const MAX_WIDTH = 120;
const MAX_LEFT = 60;

/**
 * Shows places of the sources' texts. Only names, values that are no secrets, and punctuation are
 * shown: comments and whatever is not known to be harmless are left out.
 */
export class Snippets {
  readonly #texts: ReadonlyMap<string, string>;
  readonly #tree: ValueTree;
  readonly #context: TreeContext;
  readonly #shown = new Map<string, ShownText>();
  /** By name of the text. Looked for once, when the first place is shown. */
  #parts: ReadonlyMap<string, readonly VisiblePart[]> | undefined;

  /** @param texts what positions lead into, by file or URL */
  constructor(texts: ReadonlyMap<string, string>, tree: ValueTree, context: TreeContext) {
    this.#texts = texts;
    this.#tree = tree;
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
    rows.push(`${gutter(spot.line)}${cut(line.text.trimEnd(), from)}`);
    const width = Math.max(1, line.columnOf(span.end) - column); // of what is shown, not of what is hidden
    const mark = "^".repeat(Math.min(width, MAX_WIDTH - (column - from)));
    return [...rows, `${gutter(undefined)}${" ".repeat(column - from)}${mark}`].join("\n");
  }

  #textOf(name: string): ShownText | undefined {
    const text = this.#texts.get(name);
    if (text === undefined) return undefined;
    this.#parts ??= Map.groupBy(partsIn(this.#tree, this.#context), ({ text: own }) => own);
    const shown = this.#shown.get(name) ?? new ShownText(text, this.#parts.get(name) ?? []);
    this.#shown.set(name, shown);
    return shown;
  }
}

function cut(text: string, from: number): string {
  const left = from === 0 ? text : `…${text.slice(from + 1)}`;
  return left.length <= MAX_WIDTH ? left : `${left.slice(0, MAX_WIDTH - 1)}…`;
}

function gutter(line: number | undefined): string {
  return `${(line === undefined ? "" : String(line)).padStart(4)} | `;
}

interface Part extends VisiblePart {
  /** Name of the text that it lies in. */
  readonly text: string;
}

/** The names and values that came from a text. */
function* partsIn(tree: ValueTree, context: TreeContext): Iterable<Part> {
  const narrowed = narrow(context, tree);
  switch (tree.type) {
    case "scalar":
      yield* partOf(tree, isHidden(tree, context));
      return;
    case "array":
      for (const [index, item] of tree.items.entries()) {
        yield* partsIn(item, stepInto(narrowed, { type: "index", index }));
      }
      return;
    case "object":
      for (const name of tree.names?.values() ?? []) yield* partOf(name, false);
      for (const [name, value] of tree.entries) {
        yield* partsIn(value, stepIntoMember(narrowed, name));
      }
  }
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

function isHidden(tree: ValueTree, { nodes }: TreeContext): boolean {
  const isSecret = nodes.some((node) => node.isSecret);
  return nodes.length === 0 || isSecret || (tree.type === "scalar" && tree.secret !== undefined);
}
