import { writeSync } from "node:fs";
import { KINDS, VERSION } from "@llmcfg/core";
import { COMMANDS, RESERVED_COMMANDS } from "./commands.ts";
import { processIo } from "./io.ts";
import { runProgram } from "./run-program.ts";
import { runShortly } from "./run-shortly.ts";

/** The program with the terminal and the signals of this process. @returns its exit code */
export async function runProcess(argv: readonly string[]): Promise<number> {
  if (argv[0] === "gateway") runShortly(); // the others hardly compute
  const stop = new AbortController();
  const onSignal = (signal: NodeJS.Signals) => stop.abort(signal);
  process.once("SIGINT", onSignal);
  process.once("SIGTERM", onSignal);
  let outputCode: number | undefined;
  const onOutputError = (error: NodeJS.ErrnoException) => {
    if (outputCode !== undefined) return; // the first one says it for all
    outputCode = tellUnwritten(error);
    process.exitCode = outputCode; // the command may have ended before its output was refused
    stop.abort("SIGPIPE");
  };
  process.stdout.on("error", onOutputError);
  process.stderr.on("error", onOutputError);

  const code = await runProgram(argv, processIo(stop.signal), {
    commands: COMMANDS,
    reserved: RESERVED_COMMANDS,
    version: VERSION,
  });
  return outputCode ?? code;
}

/** Of a full disk behind `>` the reader has only a part; `| head -1` ends us quietly. @returns the exit code */
function tellUnwritten({ code, message }: NodeJS.ErrnoException): number {
  if (code === "EPIPE") return 0;
  try {
    writeSync(2, `error: the output cannot be written: ${code ?? message}\n`);
  } catch {
    // It is stderr that is full: nobody can be told.
  }
  return KINDS.internal.exitCode;
}
