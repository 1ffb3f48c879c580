import { styleText } from "node:util";
import type { Json } from "@llmcfg/core";
import { formatPosition } from "../sources/located.ts";
import type { Finding } from "./finding.ts";

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

export interface SkippedCheck {
  readonly name: string;
  readonly reason: string;
}

/** A report of findings in the order they are given, those with equal pointer and code once. */
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
  return new Report([...unique.values()], skipped);
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
    const skipped = this.skipped.map(({ name, reason }) => `skipped ${name}: ${reason}`);
    return [...blocks, ...skipped].join("\n");
  }

  toJSON(): Json {
    const { isValid, errors, warnings, skipped } = this;
    // Findings are plain data: this leaves out what is undefined.
    return JSON.parse(JSON.stringify({ isValid, errors, warnings, skipped })) as Json;
  }
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
  if (!snippets || snippet === undefined) return `${head}\n  ${text}`;
  const indented = snippet.split("\n").map((line) => ` ${line}`);
  return `${head}\n${indented.join("\n")} ${text}`;
}
