/**
 * What is wrong with settings, in the words of the product.
 *
 * @module
 */

import type { Finding as ConfigFinding } from "@llmcfg/config";
import type { Finding } from "@llmcfg/core";

/** A finding of the library as the product shows it; the file is named as `shown`. */
export function toFinding(found: ConfigFinding, shown: string): Finding {
  const { code, pointer, message, hint, position } = found;
  if (code === "source_empty") return ofWholeFile(shown, "SOURCE_EMPTY", "", "the file is empty");
  if (isMissingVersion(found)) return ofWholeFile(shown, "SCHEMA_VIOLATION", pointer, message);
  const subject = subjectOf(found);
  const place = position?.kind === "file" ? position : undefined;
  return {
    pointer,
    code: code.toUpperCase(),
    detail: subject === undefined ? message : `${subject}: ${message}`,
    ...adviceOf(hint),
    ...(place === undefined ? {} : { file: shown, line: place.line, column: place.column }),
  };
}

/** Of what a file lacks: it stands nowhere. */
function ofWholeFile(file: string, code: string, pointer: string, detail: string): Finding {
  return {
    pointer,
    code,
    detail,
    expected: "begin it with schemaVersion: 1",
    file,
    line: 1,
    column: 1,
  };
}

function isMissingVersion({ path, message }: ConfigFinding): boolean {
  return path === "schemaVersion" && message.endsWith("is required");
}

/** Who has it, where that is no line of a file; and the name of what is not built. */
function subjectOf({ code, path, position }: ConfigFinding): string | undefined {
  if (position?.kind === "env") return position.variable;
  if (position?.kind === "override") return "a flag";
  return code === "not_built" && path !== "" ? path : undefined;
}

function adviceOf(hint: string | undefined): Pick<Finding, "expected" | "suggestion"> {
  if (hint === undefined) return {};
  const [, suggestion] = /^did you mean "?([^"]+?)"?\?$/.exec(hint) ?? [];
  return suggestion === undefined ? { expected: hint } : { suggestion };
}

/** `llmcfg.yaml:7:3: error UNKNOWN_KEY /http/adr: unknown key (did you mean "addr"?)` */
export function formatFinding(finding: Finding, severity: "error" | "warning"): string {
  const { file, line, column, pointer, code, detail, expected, suggestion } = finding;
  const at = [file, line, column].filter((part) => part !== undefined).join(":");
  const where = at === "" ? "" : `${at}: `;
  const about = pointer === "" ? "" : ` ${pointer}`;
  const advice = expected === undefined ? "" : `; ${expected}`;
  const hint = suggestion === undefined ? "" : ` (did you mean "${suggestion}"?)`;
  return `${where}${severity} ${code}${about}: ${detail}${advice}${hint}`;
}
