import { VERSION } from "@llmcfg/client";
import { COMMANDS, RESERVED_COMMANDS } from "./commands.ts";
import { processIo } from "./io.ts";
import { runProgram } from "./run-program.ts";

const stop = new AbortController();
const onSignal = (signal: NodeJS.Signals) => {
  stop.abort(signal);
};
process.once("SIGINT", onSignal);
process.once("SIGTERM", onSignal);
process.stdout.on("error", ignoreBrokenPipe);
process.stderr.on("error", ignoreBrokenPipe);

process.exitCode = await runProgram(process.argv.slice(2), processIo(stop.signal), {
  commands: COMMANDS,
  reserved: RESERVED_COMMANDS,
  version: VERSION,
});

/** `| head -1` ends us quietly. */
function ignoreBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
  process.exitCode = 0;
  stop.abort("SIGPIPE");
}
