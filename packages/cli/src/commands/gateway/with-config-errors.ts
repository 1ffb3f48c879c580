import {
  ConfigError,
  ConfigLoadError,
  ConfigValidationError,
  createReport,
  type Json,
} from "@llmcfg/config";
import type { Invocation, Run } from "../../command.ts";
import { printable } from "../../output/printable.ts";
import { printReport } from "./print-report.ts";

/** By the code of an error that is no finding in a configuration. */
const EXIT_CODES: Readonly<Record<string, number>> = {
  source_missing: 3,
  file_missing: 3,
  no_accepted_state: 3,
  not_running: 3,
  no_status: 3,
  source_unreachable: 9,
  source_unreadable: 9,
  source_unstable: 9,
  driver_missing: 9,
  file_unreadable: 9,
  state_refused: 8,
  target_exists: 6,
  no_answer: 124,
};
const USAGE = 2;

/**
 * Tells what the configuration library throws in its own words: findings with their places on stdout,
 * since they are the result; other failures on stderr.
 */
export function withConfigErrors(run: Run): Run {
  return async (invocation) => {
    try {
      return await run(invocation);
    } catch (error) {
      if (error instanceof ConfigValidationError) {
        return await printReport(invocation, error.report);
      }
      if (error instanceof ConfigLoadError && EXIT_CODES[error.code] === undefined) {
        return await printReport(invocation, createReport(error.findings));
      }
      if (error instanceof ConfigError) return printError(invocation, error);
      throw error;
    }
  };
}

function printError({ io, output }: Invocation, error: ConfigError): number {
  const exitCode = EXIT_CODES[error.code] ?? USAGE;
  if (output.format === "json") {
    const { code, message, hint } = error;
    const problem: Json = { code, detail: message, ...(hint === undefined ? {} : { hint }) };
    io.err(`${JSON.stringify({ ...problem, exitCode })}\n`);
    return exitCode;
  }
  io.err(`error: ${printable(error.message)} (${error.code})\n`);
  if (error.hint !== undefined) io.err(`hint: ${printable(error.hint)}\n`);
  return exitCode;
}
