import { styleText } from "node:util";
import { cutMiddle, fitParts, type Json, type Width, wrapWords } from "@llmcfg/core";
import { formatPosition } from "../sources/located.ts";
import type { ExplainedLayer, Explanation } from "./explanation.ts";
import { countValues, formatLeaves, shownStructure } from "./format-leaves.ts";

/** Longer values push what follows them aside. */
const MAX_PADDING = 40;

/** Values are not cut shorter than this to make room for what stands behind them. */
const LEAST_VALUE = 16;

/** What continues a line stands below its source. */
const INDENT = 6;

/** For terminals: the value, then the layers, strongest first, then what lies below the place. */
export function formatExplanation(
  explained: Omit<Explanation, "format">,
  { color = false, width }: { readonly color?: boolean; readonly width?: number } = {},
): string {
  const misses = explained.nearMisses.flatMap(({ what, why, hint }) => {
    const text = `  ? ${what}: ${why}${hint === undefined ? "" : `; ${hint}`}`;
    return wrapWords(text, { width, indent: 4 });
  });
  return [
    ...headOf(explained, width),
    ...layersOf(explained, { color, width }),
    ...formatLeaves(explained, width),
    ...misses,
  ].join("\n");
}

/** `server.port = 8080        int 1–65535 · restart · running`. */
function headOf(explained: Omit<Explanation, "format">, width: Width): readonly string[] {
  const { field, running } = explained;
  const head = cutMiddle(subjectOf(explained), width);
  if (field === undefined) return [head];
  const named = field.kind === "union" ? "one of several forms" : field.kind;
  const kind = field.bounds === undefined ? named : `${named} ${field.bounds}`;
  const state = running.differs
    ? `pending restart: ${shownIn(running.value)} is running`
    : "running";
  return fitParts(head, [`      ${kind} · ${field.reload} · ${state}`], { width, indent: 0 });
}

function subjectOf({
  path,
  found,
  value,
  leaves,
  moreLeaves,
}: Omit<Explanation, "format">): string {
  const name = path === "" ? "the configuration" : path;
  if (!found) return `${name} has no value`;
  const count = leaves.length + moreLeaves;
  return count === 0 ? `${name} = ${show(value)}` : `${name}: ${countValues(count)}`;
}

interface Row {
  readonly wins: boolean;
  readonly source: string;
  readonly value: string;
  /** Where it stands, and why it lost. */
  readonly more: readonly string[];
}

function layersOf(
  { layers }: Omit<Explanation, "format">,
  { color, width }: { readonly color: boolean; readonly width: Width },
): readonly string[] {
  const rows = layers.map(rowOf);
  const source = columnOf(rows.map((row) => row.source));
  const left = width === undefined ? undefined : Math.max(LEAST_VALUE, width - source - INDENT);
  const value = columnOf(rows.map((row) => cutMiddle(row.value, left)));
  return rows.flatMap((row) => {
    const cells = [row.source.padEnd(source), cutMiddle(row.value, left).padEnd(value)];
    const first = `  ${row.wins ? "✓" : "·"} ${cells.join("  ")}`;
    const lines = fitParts(first, row.more, { width, indent: INDENT });
    if (!color || !row.wins) return lines;
    return lines.map((line) => styleText("green", line, { validateStream: false }));
  });
}

function columnOf(cells: readonly string[]): number {
  return Math.min(MAX_PADDING, Math.max(0, ...cells.map(({ length }) => length)));
}

function rowOf({ source, state, value, position, wins, reason, operator }: ExplainedLayer): Row {
  const place = position === undefined ? "" : formatPosition(position);
  const how = operator === undefined ? place : `${place} (${operator})`;
  const isNamedByPlace = position?.kind === "file" && source === `file:${position.file}`;
  return {
    wins,
    source: isNamedByPlace ? "file" : source,
    value: state === "value" ? shownIn(value) : state,
    more: [how, ...(wins ? [] : [reason])].filter((part) => part !== ""),
  };
}

/** What a layer says of a structure is shown leaf by leaf. */
function shownIn(value: Json | undefined): string {
  const isStructure = typeof value === "object" && value !== null;
  return isStructure ? shownStructure(value, MAX_PADDING) : show(value);
}

function show(value: Json | undefined): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}
