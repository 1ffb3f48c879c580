import { type InspectOptions, inspect, styleText } from "node:util";
import { type Json, printable, type Width, wrapWords } from "@llmcfg/core";
import { formatPosition, type Position } from "../sources/located.ts";
import type { Finding } from "./finding.ts";

/** All that was found about a configuration. Shows no secret. */
export interface ValidationReport {
  /** No errors; warnings do not count. */
  readonly isValid: boolean;
  readonly errors: readonly Finding[];
  readonly warnings: readonly Finding[];
  /** Checks that could not run, and why. */
  readonly skipped: readonly SkippedCheck[];
  /**
   * For terminals of this width, without one no line is broken; never contains a secret, nor what
   * could move a cursor.
   */
  format(options?: {
    readonly color?: boolean;
    readonly snippets?: boolean;
    readonly width?: number;
  }): string;
  toJSON(): Json;
}

/** A check that could not run, and why. */
export interface SkippedCheck {
  readonly name: string;
  readonly reason: string;
}

/**
 * A report of findings in the order they are given, those with equal pointer and code once; a warning
 * that a stricter rule makes an error is only that error.
 */
export function createReport(
  findings: readonly Finding[],
  skipped: readonly SkippedCheck[] = [],
): ValidationReport {
  const unique = new Map<string, Finding>();
  for (const finding of findings) {
    const { pointer, code, rule, position } = finding;
    const id = JSON.stringify([pointer, code, rule, pointer === "" ? position : null]);
    if (!unique.has(id)) unique.set(id, finding);
  }
  const found = [...unique.values()];
  const errors = new Set(found.filter(({ severity }) => severity === "error").map(nameOf));
  const isNews = (one: Finding) => one.severity === "error" || !errors.has(nameOf(one));
  return new Report(found.filter(isNews), skipped);
}

function nameOf({ pointer, code, rule }: Finding): string {
  return JSON.stringify([pointer, rule ?? code]);
}

class Report implements ValidationReport {
  readonly errors: readonly Finding[];
  readonly warnings: readonly Finding[];
  readonly skipped: readonly SkippedCheck[];

  constructor(findings: readonly Finding[], skipped: readonly SkippedCheck[]) {
    this.errors = findings.filter(({ severity }) => severity === "error");
    this.warnings = findings.filter(({ severity }) => severity === "warning");
    this.skipped = skipped;
  }

  get isValid(): boolean {
    return this.errors.length === 0;
  }

  format(options: Parameters<ValidationReport["format"]>[0] = {}): string {
    const { color = false, snippets = true, width } = options;
    const findings = [...this.errors, ...this.warnings];
    const blocks = findings.map((finding) => formatFinding(finding, { color, snippets, width }));
    return [...blocks, ...skippedLines(this.skipped, width)].join("\n");
  }

  /** In a member of something else how many there are: an error that has it tells all in its message. */
  [inspect.custom](depth: number, options: InspectOptions): string {
    const isMember = depth !== options.depth;
    const { errors, warnings, skipped } = this;
    const counts = `errors: ${errors.length}, warnings: ${warnings.length}, skipped: ${skipped.length}`;
    return isMember ? `Report { ${counts} }` : `Report { ${counts} }\n${this.format()}`.trimEnd();
  }

  toJSON(): Json {
    const { isValid, errors, warnings, skipped } = this;
    // Findings are plain data: this leaves out what is undefined.
    return JSON.parse(JSON.stringify({ isValid, errors, warnings, skipped })) as Json;
  }
}

/** `skipped, because providers is invalid: alias_clash, timeout_order`: a line for each reason. */
function skippedLines(skipped: readonly SkippedCheck[], width: Width): readonly string[] {
  const byReason = Map.groupBy(skipped, ({ reason }) => reason);
  return [...byReason].flatMap(([reason, checks]) => {
    const names = checks.map(({ name }) => name).join(", ");
    return wrapWords(`skipped, because ${reason}: ${names}`, { width, indent: 2 });
  });
}

/** How many other places of a finding are named. */
const MAX_RELATED = 3;

/** `error unknown_key  gateway.yaml:7:5  server.prot`, the lines it speaks of, what to do. */
export function formatFinding(
  finding: Finding,
  {
    color,
    snippets,
    width,
  }: { readonly color: boolean; readonly snippets: boolean; readonly width?: Width },
): string {
  const { severity, code, position, path, rule, message, hint, snippet } = finding;
  const level = color
    ? styleText(severity === "error" ? "red" : "yellow", severity, { validateStream: false })
    : severity;
  const place = position === undefined ? [] : [printable(formatPosition(position))];
  const about = path === "" ? [] : [printable(path)];
  const head = [`${level} ${rule ?? code}`, ...place, ...about].join("  ");
  const text = printable(`${message}${alsoAt(finding)}${hint === undefined ? "" : `; ${hint}`}`);
  const namesItsPlace = position?.kind === "env" && text.startsWith(position.variable);
  if (path === "" && namesItsPlace) return `${level} ${rule ?? code}  ${text}`;
  const below = wrapWords(`  ${text}`, { width, indent: 2 });
  if (!snippets || snippet === undefined) return [head, ...below].join("\n");
  const lines = printable(snippet)
    .split("\n")
    .map((line) => ` ${line}`);
  const last = `${lines.at(-1) ?? ""} ${text}`;
  const fits = width === undefined || last.length <= width;
  return [head, ...(fits ? [...lines.slice(0, -1), last] : [...lines, ...below])].join("\n");
}

/**
 * ` (see gateway.yaml:4:9)`: where else to look, if that is a place that somebody wrote and that the
 * message does not name itself.
 */
function alsoAt({ position, message, related = [] }: Finding): string {
  const own = position === undefined ? "" : formatPosition(position);
  const others = related.flatMap((other) =>
    other.position !== undefined && isWritten(other.position)
      ? [formatPosition(other.position)]
      : [],
  );
  const places = [...new Set(others)].filter((other) => other !== own && !message.includes(other));
  if (places.length === 0) return "";
  const more = places.length > MAX_RELATED ? ", …" : "";
  return ` (see ${places.slice(0, MAX_RELATED).join(", ")}${more})`;
}

function isWritten({ kind }: Position): boolean {
  return kind !== "default";
}
