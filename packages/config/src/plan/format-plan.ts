import { styleText } from "node:util";
import { cutMiddle, fitParts, type Json, type Width, wrapWords } from "@llmcfg/core";
import type { ConfigDiff, DiffEntry } from "../diff/config-diff.ts";
import type { ReloadClass } from "../schema/config-types.ts";
import type { Impact, Plan } from "./plan.ts";

interface Look {
  readonly paint: Paint;
  readonly width: Width;
}

type Paint = (colour: "red" | "green" | "yellow", text: string) => string;

/** Longer paths push what follows them aside. */
const MAX_PADDING = 44;

/** Values are not cut shorter than this. */
const LEAST_VALUE = 12;

const INDENT = 6;

const SYMBOLS = { added: "+", modified: "~", removed: "-" } as const;
const COLOURS = { added: "green", modified: "yellow", removed: "red" } as const;

const HEADINGS: Readonly<Record<ReloadClass, string>> = {
  hot: "applies at once",
  drain: "applies to new connections and requests",
  restart: "waits for a restart",
};

/** For terminals: what changes by when it applies, then what that means. */
export function formatPlan(
  plan: Omit<Plan, "format" | "toJSON">,
  { color = false, width }: { readonly color?: boolean; readonly width?: number } = {},
): string {
  const paint: Paint = (colour, text) =>
    color ? styleText(colour, text, { validateStream: false }) : text;
  const report = plan.report.format(width === undefined ? { color } : { color, width });
  if (!plan.valid) return [report, "", verdictOf(plan, paint)].join("\n");
  const blocks = [
    ...changesOf(plan.diff, { paint, width }),
    movesOf(plan.diff, width),
    ...consequencesOf(plan, { paint, width }),
  ];
  const warnings = plan.report.warnings.length === 0 ? [] : [report];
  return [...blocks.filter((block) => block !== ""), ...warnings, verdictOf(plan, paint)].join(
    "\n\n",
  );
}

function verdictOf({ valid, report, diff }: Omit<Plan, "format" | "toJSON">, paint: Paint): string {
  const { errors, warnings } = report;
  if (!valid)
    return paint("red", `invalid: ${count(errors.length, "error")}, nothing would change`);
  const found = warnings.length === 0 ? "" : `, ${count(warnings.length, "warning")}`;
  return diff.isEmpty ? `no differences${found}` : `plan: ${countsOf(diff)}${found}`;
}

function countsOf({ changes, additions, removals }: ConfigDiff): string {
  return [
    count(changes.length, "change"),
    count(additions.length, "addition"),
    count(removals.length, "removal"),
  ].join(", ");
}

function count(amount: number, what: string): string {
  return `${amount} ${what}${amount === 1 ? "" : "s"}`;
}

function changesOf(diff: ConfigDiff, look: Look): readonly string[] {
  const classes = Object.keys(HEADINGS) as ReloadClass[]; // its own keys
  return classes.map((reload) => {
    const entries = diff.byClass(reload);
    if (entries.length === 0) return "";
    const padding = Math.min(MAX_PADDING, Math.max(...entries.map(({ path }) => path.length)));
    const lines = entries.flatMap((entry) => linesOf(entry, padding, look));
    return [`${HEADINGS[reload]} (${reload})`, ...lines].join("\n");
  });
}

/** The values stand behind the path where there is room, else below it. */
function linesOf(entry: DiffEntry, padding: number, { paint, width }: Look): readonly string[] {
  const { changeType, path } = entry;
  const symbol = SYMBOLS[changeType];
  const head = cutMiddle(`  ${symbol} ${path.padEnd(padding)}`, width);
  const left = width === undefined ? undefined : width - INDENT;
  const [first = "", ...more] = fitParts(head, [valuesOf(entry, left)], { width, indent: INDENT });
  return [first.replace(symbol, paint(COLOURS[changeType], symbol)), ...more];
}

/** @param width of both values together: a long one takes what a short one leaves */
function valuesOf({ changeType, oldValue, newValue, redacted }: DiffEntry, width: Width): string {
  const secret = redacted ? "  (secret)" : "";
  const left = width === undefined ? undefined : width - secret.length;
  const [before, after] = [show(oldValue), show(newValue)];
  if (changeType === "added") return `${cutMiddle(after, left)}${secret}`;
  if (changeType === "removed") return `${cutMiddle(before, left)}${secret}`;
  if (left === undefined) return `${before}${ARROW}${after}${secret}`;
  const both = left - ARROW.length;
  const half = Math.max(LEAST_VALUE, Math.floor(both / 2));
  const shown = cutMiddle(before, Math.max(half, both - after.length));
  return `${shown}${ARROW}${cutMiddle(after, Math.max(half, both - before.length))}${secret}`;
}

const ARROW = " → ";

function show(value: Json | undefined): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}

function movesOf({ moves }: ConfigDiff, width: Width): string {
  if (moves.length === 0) return "";
  const lines = moves.flatMap(({ path, to }) =>
    wrapWords(`  ~ ${path}  now ${to.join(", ")}`, { width, indent: INDENT }),
  );
  return ["in another order", ...lines].join("\n");
}

function consequencesOf(
  { impact, pendingRestart, participants }: Omit<Plan, "format" | "toJSON">,
  look: Look,
): readonly string[] {
  const { width } = look;
  const wrapped = (text: string) => wrapWords(text, { width, indent: 2 }).join("\n");
  const { cleared } = pendingRestart;
  return [
    impact.length === 0
      ? ""
      : ["impact", ...impact.flatMap((one) => impactLines(one, look))].join("\n"),
    cleared.length === 0 ? "" : wrapped(`no longer waiting for a restart: ${cleared.join(", ")}`),
    participants.length === 0 ? "" : wrapped(`would be asked: ${participants.join(", ")}`),
  ];
}

function impactLines({ severity, message }: Impact, { paint, width }: Look): readonly string[] {
  const { symbol, colour } = SEVERITIES[severity];
  const [first = "", ...more] = wrapWords(`  ${symbol} ${message}`, { width, indent: 4 });
  return [colour === undefined ? first : first.replace(symbol, paint(colour, symbol)), ...more];
}

const SEVERITIES = {
  danger: { symbol: "!", colour: "red" },
  notice: { symbol: "~", colour: "yellow" },
  info: { symbol: " ", colour: undefined },
} as const;
