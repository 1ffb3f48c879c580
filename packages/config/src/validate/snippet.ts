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
  if (at.kind !== "file" || span === undefined) return undefined;
  const visible = visibleIn(tree, context, at).toSorted((a, b) => a.span.start - b.span.start);
  const lines = text.split("\n");
  const before = showLine(lines, at.line - 1, visible);
  const rows = before === "" ? [] : [`${gutter(at.line - 1)}${before}`];
  rows.push(`${gutter(at.line)}${showLine(lines, at.line, visible)}`);
  const width = Math.max(1, Math.min(span.end, lineEnd(lines, at.line)) - span.start);
  const column = columnShown(lines, at, visible);
  return [...rows, `${gutter(undefined)}${" ".repeat(column)}${"^".repeat(width)}`].join("\n");
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
function columnShown(
  lines: readonly string[],
  at: Position & { readonly kind: "file" },
  visible: readonly Visible[],
): number {
  const cut = [...lines];
  cut[at.line - 1] = (lines[at.line - 1] ?? "").slice(0, at.column - 1);
  const before = showLine(cut, at.line, visible).length;
  const spaces = /\s*$/.exec(cut[at.line - 1] ?? "")?.[0].length ?? 0;
  return before + spaces;
}

function visibleIn(
  tree: ValueTree,
  context: TreeContext,
  at: Position & { readonly kind: "file" },
): readonly Visible[] {
  const own = tree.type === "scalar" && isIn(tree.at, at) && tree.span !== undefined;
  if (tree.type === "scalar")
    return own ? [{ span: tree.span, isMasked: isHidden(tree, context) }] : [];
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

function isIn(position: Position, at: Position & { readonly kind: "file" }): boolean {
  return position.kind === "file" && position.file === at.file;
}

function isHidden(tree: ValueTree, { nodes }: TreeContext): boolean {
  const isSecret = nodes.some((node) => node.isSecret);
  return nodes.length === 0 || isSecret || (tree.type === "scalar" && tree.secret !== undefined);
}
