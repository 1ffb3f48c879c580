/**
 * The gateway as a process of its own. Settings come from the environment:
 *
 * - `EXAMPLE_GATEWAY_FILE`: its configuration file
 * - `LLMCFG_ADDR`, `LLMCFG_TOKEN`: the control plane; without them the file is all there is
 * - `LLMCFG_STATE_DIR`: a folder for what was applied last, to start while the control plane is away
 * - `GATEWAY_…`: members of the configuration, such as `GATEWAY_SERVER__PORT`
 *
 * It writes one line of JSON once it listens, and ends with SIGTERM, with SIGINT, and when the
 * process that started it has gone.
 *
 * @module
 */

import { once } from "node:events";
import process, { env } from "node:process";
import { fileURLToPath } from "node:url";
import { runProgram } from "../run-program.ts";
import { type StartGatewayOptions, startGateway } from "./start-gateway.ts";

await runProgram(async () => {
  const stopped = ["SIGTERM", "SIGINT", "disconnect"].map((name) => once(process, name));
  try {
    await using gateway = await startGateway(readOptions());
    process.stdout.write(`${JSON.stringify({ url: gateway.url, pid: process.pid })}\n`);
    await Promise.race(stopped);
  } finally {
    if (process.connected) process.disconnect?.(); // the channel would keep the process alive
  }
});

function readOptions(): StartGatewayOptions {
  const { LLMCFG_ADDR: addr, LLMCFG_TOKEN: token, LLMCFG_STATE_DIR: stateDir } = env;
  const file = env["EXAMPLE_GATEWAY_FILE"] ?? pathOf("../../gateway.yaml");
  if (addr === undefined || token === undefined) return { file, orNext: true };
  const of = { env: "production", service: "llm-gateway" };
  return { file, orNext: true, controlPlane: { addr, token, ...of, stateDir } };
}

function pathOf(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}
