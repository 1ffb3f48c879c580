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
  let isReaderGone = false;
  const onOutputError = (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") endUnwritten(error);
    isReaderGone = true; // `| head -1` ends us quietly
    stop.abort("SIGPIPE");
  };
  process.stdout.on("error", onOutputError);
  process.stderr.on("error", onOutputError);

  const code = await runProgram(argv, processIo(stop.signal), {
    commands: COMMANDS,
    reserved: RESERVED_COMMANDS,
    version: VERSION,
  });
  return isReaderGone ? 0 : code;
}

/** Nothing more can be told, or not there: of a full disk behind `>` the reader has only a part. */
function endUnwritten(error: NodeJS.ErrnoException): never {
  try {
    writeSync(2, `error: the output cannot be written: ${error.code ?? error.message}\n`);
  } finally {
    process.exit(KINDS.internal.exitCode); // also where stderr is the one that is full
  }
}
