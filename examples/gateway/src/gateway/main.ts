/**
 * The gateway as a process of its own. Settings come from the environment:
 *
 * - `EXAMPLE_GATEWAY_FILE`: its configuration file
 * - `LLMCFG_ADDR`, `LLMCFG_TOKEN`: the control plane; without them the file is all there is
 * - `LLMCFG_STATE_DIR`: its work folder: what was accepted last, to start while the sources are
 *   refused or away, and, as `gateway.yaml` has it, the audit trail
 * - `GATEWAY_…`: members of the configuration, such as `GATEWAY_SERVER__PORT`
 *
 * It writes one line of JSON once it listens, then to standard error what its doctor finds, and ends with SIGTERM, with SIGINT, and when the
 * process that started it has gone.
 *
 * @module
 */

import { once } from "node:events";
import process, { env } from "node:process";
import { fileURLToPath } from "node:url";
import { runProgram } from "../run-program.ts";
import { logFindings } from "./log-findings.ts";
import { type StartGatewayOptions, startGateway } from "./start-gateway.ts";

await runProgram(async () => {
  const stopped = ["SIGTERM", "SIGINT", "disconnect"].map((name) => once(process, name));
  try {
    await using stack = new AsyncDisposableStack();
    const gateway = await startGateway(readOptions());
    const { url, config } = gateway;
    process.stdout.write(`${JSON.stringify({ url, pid: process.pid })}\n`);
    const examined = logFindings(config, (line) => process.stderr.write(`doctor: ${line}\n`));
    stack.defer(() => examined);
    stack.use(gateway); // first: it ends the examination
    await Promise.race(stopped);
  } finally {
    if (process.connected) process.disconnect?.(); // the channel would keep the process alive
  }
});

function readOptions(): StartGatewayOptions {
  const { LLMCFG_ADDR: addr, LLMCFG_TOKEN: token, LLMCFG_STATE_DIR: stateDir } = env;
  const file = env["EXAMPLE_GATEWAY_FILE"] ?? pathOf("../../gateway.yaml");
  if (addr === undefined || token === undefined) return { file, stateDir, orNext: true };
  const of = { env: "production", service: "llm-gateway" };
  return { file, stateDir, orNext: true, controlPlane: { addr, token, ...of } };
}

function pathOf(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}
