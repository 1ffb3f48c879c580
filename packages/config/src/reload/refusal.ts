import type { JsonPointer } from "@llmcfg/core";
import { ConfigLoadError, ConfigValidationError } from "../errors.ts";
import { formatPosition } from "../sources/located.ts";
import type { Finding } from "../validate/finding.ts";
import type { ReloadResult } from "./reload-result.ts";

/** Why content is not taken, in one line: for sources, health and explanations. */
export interface Refusal {
  readonly reason: string;
  /** For people: `gateway.yaml:7:5`. */
  readonly at?: string;
  readonly path?: string;
  readonly pointer?: JsonPointer;
}

/** The first thing that is wrong. */
export function refusalOf(findings: readonly Finding[]): Refusal {
  const [first] = findings;
  if (first === undefined) return { reason: "it is not valid" };
  const { message, hint, path, pointer, position } = first;
  const reason = hint === undefined ? message : `${message}; ${hint}`;
  const at = position === undefined ? {} : { at: formatPosition(position) };
  return { reason, path, pointer, ...at };
}

/** Of a reload that was rejected: a veto, or the first error. */
export function refusalOfResult({ vetoes, errors }: ReloadResult): Refusal {
  const [veto] = vetoes;
  if (veto === undefined) return refusalOf(errors);
  const { participant, reason, path, pointer } = veto;
  return {
    reason: `${participant} refused: ${reason}`,
    ...(path === undefined ? {} : { path }),
    ...(pointer === undefined ? {} : { pointer }),
  };
}

/** Of a boot that failed. */
export function refusalOfError(error: unknown): Refusal {
  if (error instanceof ConfigValidationError) return refusalOf(error.report.errors);
  if (error instanceof ConfigLoadError) return refusalOf(error.findings);
  return { reason: "the process could not start" };
}
