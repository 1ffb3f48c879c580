import type { Finding, Json, ValidationReport } from "@llmcfg/config";
import type { Invocation } from "../../command.ts";
import { printAnswer } from "../../output/print.ts";
import { lookOf } from "./look-of.ts";

const INVALID = 7;
const UNAVAILABLE = 9;

/**
 * The findings with their places, and how many there are.
 *
 * @param more members beside the report in JSON
 * @param verdict what stands behind `valid: 0 errors, 1 warning`
 * @returns the exit code
 */
export async function printReport(
  invocation: Invocation,
  report: ValidationReport,
  {
    more = {},
    verdict = [],
  }: {
    readonly more?: Readonly<Record<string, Json>>;
    readonly verdict?: readonly string[];
  } = {},
): Promise<number> {
  const { isValid, errors, warnings } = report;
  const {
    errors: errorsJson,
    warnings: warningsJson,
    skipped,
  } = report.toJSON() as Record<string, Json>; // an object
  const body = { valid: isValid, errors: errorsJson, warnings: warningsJson, skipped, ...more };
  const state = isValid ? "valid" : "invalid";
  const counts = `${state}: ${count(errors.length, "error")}, ${count(warnings.length, "warning")}`;
  await printAnswer(invocation.io, invocation.output, {
    raw: JSON.stringify(body),
    text: () => {
      const findings = report.format(lookOf(invocation));
      return [...(findings === "" ? [] : [findings]), [counts, ...verdict].join(" · "), ""].join(
        "\n",
      );
    },
  });
  return exitCodeOf(report);
}

/** A backend that gave no answer says nothing against the configuration: that is worth trying again. */
export function exitCodeOf({ isValid, errors }: ValidationReport): number {
  if (isValid) return 0;
  return errors.every(isUnreachable) ? UNAVAILABLE : INVALID;
}

function isUnreachable({ result }: Finding): boolean {
  return result?.type === "invalid_secret_reference" && result.isUnreachable === true;
}

/** `1 error`, `0 warnings`. */
export function count(amount: number, what: string): string {
  return `${amount} ${what}${amount === 1 ? "" : "s"}`;
}
