import { styleText } from "node:util";
import type { Json } from "@llmcfg/core";
import type { ConfigDiff, DiffEntry } from "../diff/config-diff.ts";
import type { ReloadClass } from "../schema/config-types.ts";
import type { Impact, Plan } from "./plan.ts";

type Paint = (colour: "red" | "green" | "yellow", text: string) => string;

/** Longer values are cut in the middle of a terminal of 80 columns; JSON output has them whole. */
const MAX_VALUE = 24;

const SYMBOLS = { added: "+", modified: "~", removed: "-" } as const;
const COLOURS = { added: "green", modified: "yellow", removed: "red" } as const;

const HEADINGS: Readonly<Record<ReloadClass, string>> = {
  hot: "applies at once",
  drain: "applies to new connections and requests",
  restart: "waits for a restart",
};

/** For terminals of 80 columns: what changes by when it applies, then what that means. */
export function formatPlan(
  plan: Omit<Plan, "format" | "toJSON">,
  { color = false }: { readonly color?: boolean } = {},
): string {
  const paint: Paint = (colour, text) =>
    color ? styleText(colour, text, { validateStream: false }) : text;
  if (!plan.valid) return [plan.report.format({ color }), "", verdictOf(plan, paint)].join("\n");
  const blocks = [
    ...changesOf(plan.diff, paint),
    movesOf(plan.diff),
    ...consequencesOf(plan, paint),
  ];
  const warnings = plan.report.warnings.length === 0 ? [] : [plan.report.format({ color })];
  return [...blocks.filter((block) => block !== ""), ...warnings, verdictOf(plan, paint)].join(
    "\n\n",
  );
}

function verdictOf({ valid, report, diff }: Omit<Plan, "format" | "toJSON">, paint: Paint): string {
  const { errors, warnings } = report;
  if (!valid)
    return paint("red", `invalid: ${count(errors.length, "error")}, nothing would change`);
  const found = warnings.length === 0 ? "" : `, ${count(warnings.length, "warning")}`;
  return diff.isEmpty ? `no differences${found}` : `plan: ${diff.summary()}${found}`;
}

function count(amount: number, what: string): string {
  return `${amount} ${what}${amount === 1 ? "" : "s"}`;
}

function changesOf(diff: ConfigDiff, paint: Paint): readonly string[] {
  const classes = Object.keys(HEADINGS) as ReloadClass[]; // its own keys
  return classes.map((reload) => {
    const entries = diff.byClass(reload);
    if (entries.length === 0) return "";
    const width = Math.max(...entries.map(({ path }) => path.length));
    const lines = entries.map((entry) => lineOf(entry, width, paint));
    return [`${HEADINGS[reload]} (${reload})`, ...lines].join("\n");
  });
}

function lineOf(entry: DiffEntry, width: number, paint: Paint): string {
  const { path, changeType } = entry;
  const symbol = paint(COLOURS[changeType], SYMBOLS[changeType]);
  return `  ${symbol} ${path.padEnd(Math.min(width, 44))}  ${valuesOf(entry)}`;
}

function valuesOf({ changeType, oldValue, newValue, redacted }: DiffEntry): string {
  const secret = redacted ? "  (secret)" : "";
  if (changeType === "added") return `${show(newValue)}${secret}`;
  if (changeType === "removed") return `${show(oldValue)}${secret}`;
  return `${show(oldValue)} → ${show(newValue)}${secret}`;
}

function show(value: Json | undefined): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length <= MAX_VALUE ? text : `${text.slice(0, MAX_VALUE - 1)}…`;
}

function movesOf({ moves }: ConfigDiff): string {
  if (moves.length === 0) return "";
  const lines = moves.map(({ path, to }) => `  ~ ${path}  now ${to.join(", ")}`);
  return ["in another order", ...lines].join("\n");
}

function consequencesOf(
  { impact, pendingRestart, participants }: Omit<Plan, "format" | "toJSON">,
  paint: Paint,
): readonly string[] {
  const { cleared } = pendingRestart;
  return [
    impact.length === 0
      ? ""
      : ["impact", ...impact.map((one) => impactLine(one, paint))].join("\n"),
    cleared.length === 0 ? "" : `no longer waiting for a restart: ${cleared.join(", ")}`,
    participants.length === 0 ? "" : `would be asked: ${participants.join(", ")}`,
  ];
}

function impactLine({ severity, message }: Impact, paint: Paint): string {
  if (severity === "danger") return `  ${paint("red", "!")} ${message}`;
  return severity === "notice" ? `  ${paint("yellow", "~")} ${message}` : `    ${message}`;
}
