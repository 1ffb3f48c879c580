import type { TreeContext, ValueTree } from "../merge/tree.ts";
import { narrow, stepInto, stepIntoMember } from "../merge/tree-context.ts";
import type { Position, Span } from "../sources/located.ts";
import type { FaultPlace } from "./fault.ts";

/** What of a text may be shown, and where. */
interface Visible {
  readonly span: Span;
  /** A secret, or something that the schema does not know: `⋯` stands for it. */
  readonly isMasked: boolean;
}

/** A place in a text. */
interface Spot {
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

const MASK = "⋯";

/**
 * The line of a place and the one before it, with a mark under the place. Only names, values that
 * are no secrets, and punctuation are shown: comments and whatever is not known to be harmless are
 * left out.
 *
 * @returns nothing where the source has no text
 */
export function snippetOf(
  place: FaultPlace,
  {
    text,
    tree,
    context,
  }: { readonly text: string; readonly tree: ValueTree; readonly context: TreeContext },
): string | undefined {
  const { at, span } = place;
  const spot = spotOf(at);
  if (spot === undefined || span === undefined) return undefined;
  const visible = visibleIn(tree, context, spot).toSorted((a, b) => a.span.start - b.span.start);
  const lines = text.split("\n");
  const { line } = spot;
  const column = columnShown(lines, spot, visible);
  const from = column > MAX_LEFT ? column - MAX_LEFT : 0;
  const before = showLine(lines, line - 1, visible);
  const rows = before === "" ? [] : [`${gutter(line - 1)}${cut(before, 0)}`];
  rows.push(`${gutter(line)}${cut(showLine(lines, line, visible), from)}`);
  const width = Math.max(1, Math.min(span.end, lineEnd(lines, line)) - span.start);
  const mark = "^".repeat(Math.min(width, MAX_WIDTH - (column - from)));
  return [...rows, `${gutter(undefined)}${" ".repeat(column - from)}${mark}`].join("\n");
}

/** How much of a long line is shown, and how much of it before the place. */
const MAX_WIDTH = 120;
const MAX_LEFT = 60;

function cut(text: string, from: number): string {
  const left = from === 0 ? text : `…${text.slice(from + 1)}`;
  return left.length <= MAX_WIDTH ? left : `${left.slice(0, MAX_WIDTH - 1)}…`;
}

function gutter(line: number | undefined): string {
  return `${(line === undefined ? "" : String(line)).padStart(4)} | `;
}

function lineStart(lines: readonly string[], line: number): number {
  return lines.slice(0, line - 1).reduce((offset, text) => offset + text.length + 1, 0);
}

function lineEnd(lines: readonly string[], line: number): number {
  return lineStart(lines, line) + (lines[line - 1]?.length ?? 0);
}

/** Names and values of one line with what stands between them, up to what is not known. */
function showLine(lines: readonly string[], line: number, visible: readonly Visible[]): string {
  const start = lineStart(lines, line);
  const text = lines[line - 1] ?? "";
  let shown = "";
  let offset = 0;
  while (offset < text.length) {
    const part = visible.find(
      ({ span }) => span.start <= start + offset && start + offset < span.end,
    );
    if (part === undefined) {
      const character = text[offset] ?? "";
      if (!/[\s{}[\],:\-"'=?]/.test(character)) break; // a comment, or what nobody vouches for
      shown += character;
      offset++;
    } else {
      const end = Math.min(part.span.end - start, text.length);
      shown += part.isMasked ? MASK : text.slice(offset, end);
      offset = end;
    }
  }
  return shown.trimEnd();
}

/** How far from the left the place is shown: masks before it are shorter than what they hide. */
function columnShown(lines: readonly string[], at: Spot, visible: readonly Visible[]): number {
  const text = (lines[at.line - 1] ?? "").slice(0, at.column - 1);
  const before = showLine(lines.with(at.line - 1, text), at.line, visible).length;
  return before + (/\s*$/.exec(text)?.[0].length ?? 0);
}

function visibleIn(tree: ValueTree, context: TreeContext, at: Spot): readonly Visible[] {
  const own = tree.type === "scalar" && isIn(tree.at, at) && tree.span !== undefined;
  if (tree.type === "scalar") {
    return own ? [{ span: tree.span, isMasked: isHidden(tree, context) }] : [];
  }
  const narrowed = narrow(context, tree);
  if (tree.type === "array") {
    return tree.items.flatMap((item, index) =>
      visibleIn(item, stepInto(narrowed, { type: "index", index }), at),
    );
  }
  const names = [...(tree.names ?? [])].flatMap(([, name]) =>
    name.span !== undefined && isIn(name.at, at) ? [{ span: name.span, isMasked: false }] : [],
  );
  const values = [...tree.entries].flatMap(([name, value]) =>
    visibleIn(value, stepIntoMember(narrowed, name), at),
  );
  return [...names, ...values];
}

function isIn(position: Position, { text }: Spot): boolean {
  return textOf(position) === text;
}

/** The name of the text that a position leads into: a file, or the URL of a document. */
export function textOf(position: Position): string | undefined {
  if (position.kind === "file") return position.file;
  return position.kind === "remote" ? position.url : undefined;
}

function spotOf(position: Position): Spot | undefined {
  const text = textOf(position);
  const { line, column } = position as { readonly line?: number; readonly column?: number }; // of texts
  if (text === undefined || line === undefined || column === undefined) return undefined;
  return { text, line, column };
}

function isHidden(tree: ValueTree, { nodes }: TreeContext): boolean {
  const isSecret = nodes.some((node) => node.isSecret);
  return nodes.length === 0 || isSecret || (tree.type === "scalar" && tree.secret !== undefined);
}
