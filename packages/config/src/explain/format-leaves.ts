import { cutMiddle, fitParts, type Json, type Width, wrapWords } from "@llmcfg/core";
import { DEFAULT_SOURCE } from "../merge/tree.ts";
import { formatConfigPath, type PathSegment, parseConfigPath } from "../paths/config-path.ts";
import type { ConfigPath } from "../schema/config-types.ts";
import { formatPosition, type Position } from "../sources/located.ts";
import type { ExplainedLeaf, Explanation } from "./explanation.ts";

/** Above so many leaves those that are as the schema says are only counted. */
const MANY = 24;

/** How many are listed in any case. */
const MAX_ROWS = 60;

/** Longer names and places push what follows them aside. */
const MAX_PADDING = 40;
const MAX_PLACE = 28;

/** Values are not cut shorter than this to make room for what stands behind them. */
const LEAST_VALUE = 16;

const MARGIN = "    ";

const GAP = "  ";

/** The leaves as a tree: a line for each, with its value, where that stands, how many layers lost. */
export function formatLeaves(
  { path, leaves, moreLeaves }: Pick<Explanation, "path" | "leaves" | "moreLeaves">,
  width: Width,
): readonly string[] {
  if (leaves.length === 0) return [];
  const shown = leaves.length + moreLeaves <= MANY ? leaves : mostTelling(leaves);
  const rest = leaves.filter((leaf) => !shown.includes(leaf));
  return [
    "",
    ...linesOf(rowsOf(shown, parseConfigPath(path)), width),
    ...restOf(rest, moreLeaves, width),
  ];
}

function linesOf(rows: readonly Row[], width: Width): readonly string[] {
  const filled = rows.filter((row) => row.value !== "");
  const name = columnOf(filled, "name", MAX_PADDING);
  const place = columnOf(filled, "place", MAX_PLACE);
  const lost = columnOf(filled, "lost", MAX_PADDING);
  const others = MARGIN.length + name + place + lost + 3 * GAP.length;
  const room = width === undefined ? MAX_PADDING : Math.max(LEAST_VALUE, width - others);
  const cut = rows.map((row) => ({ ...row, value: cutMiddle(row.value, room) }));
  const value = columnOf(cut, "value", room);
  return cut.flatMap((row) => {
    const first = `${MARGIN}${row.name.padEnd(name)}${GAP}${row.value.padEnd(value)}`;
    const more = row.lost === "" ? [row.place] : [row.place.padEnd(place), row.lost];
    return fitParts(first, more, { width, indent: 6 });
  });
}

interface Row {
  /** Indented below what it lies in. */
  readonly name: string;
  /** The rest is empty for what only has leaves in it. */
  readonly value: string;
  readonly place: string;
  readonly lost: string;
}

/** What is around leaves has a row before the first of them. */
function rowsOf(leaves: readonly ExplainedLeaf[], around: readonly PathSegment[]): readonly Row[] {
  const rows: Row[] = [];
  let before: readonly string[] = [];
  for (const leaf of leaves) {
    const levels = levelsOf(parseConfigPath(leaf.path).slice(around.length));
    const common = levels.findIndex((level, i) => level !== before[i]);
    for (let depth = Math.max(0, common); depth < levels.length - 1; depth++) {
      rows.push({ name: nameAt(levels, depth), value: "", place: "", lost: "" });
    }
    rows.push({ name: nameAt(levels, levels.length - 1), ...aboutLeaf(leaf) });
    before = levels;
  }
  return rows;
}

/** `models[gpt-4o]` is one level: a list with the item in it. */
function levelsOf(segments: readonly PathSegment[]): readonly string[] {
  const levels: PathSegment[][] = [];
  for (const segment of segments) {
    if (segment.type === "member" || levels.length === 0) levels.push([segment]);
    else levels.at(-1)?.push(segment);
  }
  return levels.map(formatConfigPath);
}

function nameAt(levels: readonly string[], depth: number): string {
  return `${"  ".repeat(depth)}${levels[depth] ?? ""}`;
}

function aboutLeaf({ path, value, position, lost }: ExplainedLeaf): Omit<Row, "name"> {
  return {
    value: JSON.stringify(value),
    place: placeOf(position, path),
    lost: lost === 0 ? "" : `${lost} lost`,
  };
}

/** What it is derived from lies near by: it is told from where both lie. */
function placeOf(position: Position, path: ConfigPath): string {
  if (position.kind !== "default" || position.derivedFrom === undefined) {
    return formatPosition(position);
  }
  const [own, other] = [path, position.derivedFrom].map((one) => levelsOf(parseConfigPath(one)));
  const apart = other?.findIndex((level, i) => level !== own?.[i]) ?? 0;
  return `derived from ${other?.slice(Math.max(0, apart)).join(".") ?? ""}`;
}

function columnOf(rows: readonly Row[], name: keyof Row, most: number): number {
  return Math.min(most, Math.max(0, ...rows.map((row) => row[name].length)));
}

/** What somebody wrote, or what follows from that; where there is no such thing, the first ones. */
function mostTelling(leaves: readonly ExplainedLeaf[]): readonly ExplainedLeaf[] {
  const telling = leaves.filter((leaf) => !isAsSchemaSays(leaf));
  return telling.length === 0 ? leaves.slice(0, MANY) : telling.slice(0, MAX_ROWS);
}

function isAsSchemaSays({ source, position }: ExplainedLeaf): boolean {
  const isDerived = position.kind === "default" && position.derivedFrom !== undefined;
  return source === DEFAULT_SOURCE && !isDerived;
}

function restOf(
  rest: readonly ExplainedLeaf[],
  moreLeaves: number,
  width: Width,
): readonly string[] {
  const count = rest.length + moreLeaves;
  if (count === 0) return [];
  const isDull = moreLeaves === 0 && rest.every(isAsSchemaSays);
  const what = isDull ? "as the schema says" : "ask for a place further in to see them";
  return wrapWords(`${MARGIN}and ${count} more: ${what}`, { width, indent: MARGIN.length });
}

/** `{"port":9090}` where it is short, else how many values there are in it. */
export function shownStructure(value: Json, most: number): string {
  const text = JSON.stringify(value);
  return text.length <= most ? text : countValues(valuesIn(value));
}

/** `1 value`, `14 values`. */
export function countValues(count: number): string {
  return count === 1 ? "1 value" : `${count} values`;
}

/** A list of single values is one. */
function valuesIn(value: Json): number {
  if (typeof value !== "object" || value === null) return 1;
  const members = Object.values(value);
  const isList = Array.isArray(value) && members.every((one) => typeof one !== "object");
  if (isList || members.length === 0) return 1;
  return members.reduce<number>((sum, member) => sum + valuesIn(member), 0);
}
