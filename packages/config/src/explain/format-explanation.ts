import { styleText } from "node:util";
import type { Json } from "@llmcfg/core";
import { formatPosition } from "../sources/located.ts";
import type { ExplainedLayer, Explanation } from "./explanation.ts";

/** Longer values push what follows them aside. */
const MAX_WIDTH = 40;

/** For terminals: the value, then the layers, strongest first. */
export function formatExplanation(
  explained: Omit<Explanation, "format">,
  { color = false }: { readonly color?: boolean } = {},
): string {
  const rows = explained.layers.map(rowOf);
  const widths = [0, 1].map((column) => {
    const lengths = rows.map((row) => row.cells[column]?.length ?? 0);
    return Math.min(MAX_WIDTH, Math.max(0, ...lengths));
  });
  const layers = rows.map(({ wins, cells }) => {
    const [source = "", value = "", ...rest] = cells;
    const text = [source.padEnd(widths[0] ?? 0), value.padEnd(widths[1] ?? 0), ...rest]
      .join("  ")
      .trimEnd();
    const line = `  ${wins ? "✓" : "·"} ${text}`;
    return color && wins ? styleText("green", line, { validateStream: false }) : line;
  });
  const misses = explained.nearMisses.map(
    ({ what, why, hint }) => `  ? ${what}: ${why}${hint === undefined ? "" : `; ${hint}`}`,
  );
  return [headOf(explained), ...layers, ...misses].join("\n");
}

function headOf({ path, found, value, field, running }: Omit<Explanation, "format">): string {
  const shown = found ? `${path} = ${show(value)}` : `${path} has no value`;
  if (field === undefined) return shown;
  const kind = field.bounds === undefined ? field.kind : `${field.kind} ${field.bounds}`;
  const state = running.differs ? `pending restart: ${show(running.value)} is running` : "running";
  return `${shown}        ${kind} · ${field.reload} · ${state}`;
}

function rowOf({ source, state, value, position, wins, reason, operator }: ExplainedLayer) {
  const what = state === "value" ? show(value) : state;
  const place = position === undefined ? "" : formatPosition(position);
  const how = operator === undefined ? place : `${place} (${operator})`;
  return { wins, cells: [source, what, how, ...(wins ? [] : [reason])] };
}

function show(value: Json | undefined): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}
