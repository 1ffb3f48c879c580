import process from "node:process";
import { ConfigError } from "@llmcfg/config";
import { isLlmcfgError } from "@llmcfg/core";

/** Something outside the program is not as it has to be: said in one sentence, without a stack. */
export class ProgramError extends Error {
  override readonly name = "ProgramError";
}

/** Runs a program to its end. What can go wrong from outside is told as such, with exit code 1. */
export async function runProgram(program: () => Promise<void>): Promise<void> {
  try {
    await program();
  } catch (error) {
    process.stderr.write(`error: ${describe(error)}\n`);
    process.exitCode = 1;
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isOurs = error instanceof ProgramError || error instanceof ConfigError;
  const isKnown = isOurs || isLlmcfgError(error) || isFromOutside(error);
  return isKnown ? error.message : (error.stack ?? error.name);
}

/** What the operating system says no to, and options that are none. */
function isFromOutside(error: Error): boolean {
  if (!("code" in error) || typeof error.code !== "string") return false;
  return /^(E[A-Z]+|ERR_PARSE_ARGS_\w+)$/.test(error.code);
}
