import { styleText } from "node:util";
import type { Json } from "@llmcfg/core";
import { formatPosition } from "../sources/located.ts";
import type { Finding } from "./finding.ts";

/** All that was found about a configuration. Shows no secret. */
export interface ValidationReport {
  /** No errors; warnings do not count. */
  readonly isValid: boolean;
  readonly errors: readonly Finding[];
  readonly warnings: readonly Finding[];
  /** Checks that could not run, and why. */
  readonly skipped: readonly SkippedCheck[];
  /** For terminals; never contains a secret. */
  format(options?: { readonly color?: boolean; readonly snippets?: boolean }): string;
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

  format(options: { readonly color?: boolean; readonly snippets?: boolean } = {}): string {
    const { color = false, snippets = true } = options;
    const findings = [...this.errors, ...this.warnings];
    const blocks = findings.map((finding) => formatFinding(finding, { color, snippets }));
    return [...blocks, ...skippedLines(this.skipped)].join("\n");
  }

  toJSON(): Json {
    const { isValid, errors, warnings, skipped } = this;
    // Findings are plain data: this leaves out what is undefined.
    return JSON.parse(JSON.stringify({ isValid, errors, warnings, skipped })) as Json;
  }
}

/** `skipped, because providers is invalid: alias_clash, timeout_order`: a line for each reason. */
function skippedLines(skipped: readonly SkippedCheck[]): readonly string[] {
  const byReason = Map.groupBy(skipped, ({ reason }) => reason);
  return [...byReason].map(([reason, checks]) => {
    return `skipped, because ${reason}: ${checks.map(({ name }) => name).join(", ")}`;
  });
}

/** `error unknown_key  gateway.yaml:7:5  server.prot`, the lines it speaks of, what to do. */
export function formatFinding(
  finding: Finding,
  { color, snippets }: { readonly color: boolean; readonly snippets: boolean },
): string {
  const { severity, code, position, path, rule, message, hint, snippet } = finding;
  const level = color
    ? styleText(severity === "error" ? "red" : "yellow", severity, { validateStream: false })
    : severity;
  const place = position === undefined ? [] : [formatPosition(position)];
  const about = path === "" ? [] : [path];
  const head = [`${level} ${rule ?? code}`, ...place, ...about].join("  ");
  const text = hint === undefined ? message : `${message}; ${hint}`;
  const namesItsPlace = position?.kind === "env" && text.startsWith(position.variable);
  if (path === "" && namesItsPlace) return `${level} ${rule ?? code}  ${text}`;
  if (!snippets || snippet === undefined) return `${head}\n  ${text}`;
  const indented = snippet.split("\n").map((line) => ` ${line}`);
  return `${head}\n${indented.join("\n")} ${text}`;
}
