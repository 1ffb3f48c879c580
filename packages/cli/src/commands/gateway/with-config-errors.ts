import {
  ConfigError,
  ConfigLoadError,
  ConfigValidationError,
  createReport,
  type Finding,
  type ValidationReport,
} from "@llmcfg/config";
import { KINDS, LlmcfgError, type ProblemFinding, printable } from "@llmcfg/core";
import type { Invocation, Run } from "../../command.ts";
import { problemDocument } from "../../failure.ts";
import { lookOf } from "./look-of.ts";
import { count, exitCodeOf, printReport } from "./print-report.ts";

/** When to ask a source or backend again that did not answer, in seconds. */
const RETRY_AFTER = 1;

type About = { readonly hint?: string };
type ToOwn = (message: string, about: About) => LlmcfgError;

const notFound: ToOwn = (message, about) =>
  new LlmcfgError("NOT_FOUND", message, { ...about, resource: "file" });
const unavailable: ToOwn = (message, about) =>
  new LlmcfgError("STORE_UNAVAILABLE", message, { ...about, retryAfter: RETRY_AFTER });
const exists: ToOwn = (message, about) => new LlmcfgError("KEY_EXISTS", message, about);
const misuse: ToOwn = (message, about) =>
  new LlmcfgError("INVALID_ARGUMENT", message, { ...about, errors: [] });

/** By code: the errors of the library that are no finding in a configuration, in our own words. */
const OWN: Readonly<Record<string, ToOwn>> = {
  source_missing: notFound,
  file_missing: notFound,
  no_accepted_state: notFound,
  not_running: notFound,
  no_status: notFound,
  mount_missing: notFound,
  source_unreachable: unavailable,
  source_unreadable: unavailable,
  source_unstable: unavailable,
  backend_unreachable: unavailable,
  driver_missing: unavailable,
  file_unreadable: unavailable,
  state_refused: (message, about) => new LlmcfgError("INTEGRITY_FAILED", message, about),
  target_exists: exists,
  secret_exists: exists,
  secret_denied: (message, about) =>
    new LlmcfgError("POLICY_DENIED", message, { ...about, rule: "", permission: "", path: "" }),
  no_answer: (message, about) => new LlmcfgError("WAIT_TIMEOUT", message, about),
};

/**
 * Tells what the configuration library throws in its own words, on stderr.
 *
 * @param options.isReport whether findings in a configuration are the result that was asked for:
 *   then they are printed as such
 */
export function withConfigErrors(
  run: Run,
  { isReport = false }: { readonly isReport?: boolean } = {},
): Run {
  return async (invocation) => {
    try {
      return await run(invocation);
    } catch (error) {
      const report = reportOf(error);
      if (report !== undefined && isReport) return await printReport(invocation, report);
      if (report !== undefined) return failWith(invocation, report);
      if (error instanceof ConfigError) return printError(invocation, error);
      throw error;
    }
  };
}

function reportOf(error: unknown): ValidationReport | undefined {
  if (error instanceof ConfigValidationError) return error.report;
  const isUnread = error instanceof ConfigLoadError && OWN[error.code] === undefined;
  return isUnread ? createReport(error.findings) : undefined;
}

/** Of a command that needs a valid configuration: the findings are why it has no result. */
export function failWith(invocation: Invocation, report: ValidationReport): number {
  const { io, output } = invocation;
  const exitCode = exitCodeOf(report);
  const { errors, warnings } = report;
  const verdict = `invalid: ${count(errors.length, "error")}, ${count(warnings.length, "warning")}`;
  if (output.format !== "json") {
    const look = { ...lookOf(invocation), color: false };
    io.err(`${printable(report.format(look))}\n${verdict}\n`);
    return exitCode;
  }
  const message = `the configuration is ${verdict}`;
  const isUnanswered = exitCode !== KINDS.invalid.exitCode;
  const error = isUnanswered
    ? unavailable(message, {})
    : new LlmcfgError("SCHEMA_VIOLATION", message, { errors: [] });
  const problem = { ...problemDocument(error), errors: errors.map(toProblemFinding) };
  io.err(`${JSON.stringify({ ...problem, exitCode })}\n`);
  return exitCode;
}

function toProblemFinding({ pointer, code, message, hint, position }: Finding): ProblemFinding {
  const place = position?.kind === "file" ? position : undefined;
  const [, nearest] = /^did you mean "(.+)"\?$/.exec(hint ?? "") ?? [];
  const isMore = hint !== undefined && nearest === undefined;
  return {
    pointer,
    code,
    detail: isMore ? `${message}; ${hint}` : message,
    expected: null,
    suggestion: nearest ?? null,
    file: place?.file ?? null,
    line: place?.line ?? null,
    column: place?.column ?? null,
  };
}

function printError({ io, output }: Invocation, error: ConfigError): number {
  const about = error.hint === undefined ? {} : { hint: error.hint };
  const own = (OWN[error.code] ?? misuse)(error.message, about);
  const { exitCode } = KINDS[own.kind];
  if (output.format === "json") {
    io.err(`${JSON.stringify({ ...problemDocument(own), code: error.code, exitCode })}\n`);
    return exitCode;
  }
  io.err(`error: ${printable(error.message)} (${error.code})\n`);
  if (error.hint !== undefined) io.err(`hint: ${printable(error.hint)}\n`);
  return exitCode;
}
