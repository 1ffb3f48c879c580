import { VERSION } from "@llmcfg/core";

// Scripts ask for the version often, so nothing else is loaded for it.
if (process.argv[2] === "--version") {
  process.stdout.write(`llmcfg ${VERSION}\n`);
} else {
  const { runProcess } = await import("./run-process.ts");
  process.exitCode = await runProcess(process.argv.slice(2));
}
