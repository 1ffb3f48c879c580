/**
 * Findings that only a reload makes, and those that end one.
 *
 * @module
 */

import type { ConfigError } from "../errors.ts";
import { OVERRIDES_SOURCE } from "../load/source-list.ts";
import type { Position } from "../sources/located.ts";
import type { Finding } from "../validate/finding.ts";

export function errorsOf(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(({ severity }) => severity === "error");
}

/** Values from code that no document can hold. */
export function overridesFinding(
  { code, message, hint }: ConfigError,
  position: Position,
): Finding {
  return {
    kind: "schema_violation",
    severity: "error",
    code,
    path: "",
    pointer: "",
    message,
    ...(hint === undefined ? {} : { hint }),
    source: OVERRIDES_SOURCE,
    position,
  };
}

/** A schema's own code failed: it must not go unseen, and must not end the process. */
export function defectFinding(error: unknown): Finding {
  const because = error instanceof Error ? error.message : "it threw no error";
  const about = {
    kind: "cross_field_validation",
    severity: "error",
    path: "",
    pointer: "",
  } as const;
  return {
    ...about,
    code: "unexpected_failure",
    message: `the reload failed unexpectedly: ${because}`,
  };
}
