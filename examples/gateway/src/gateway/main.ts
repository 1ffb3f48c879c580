/**
 * The gateway as a process of its own. Settings come from the environment:
 *
 * - `GATEWAY_FILE`: its configuration file
 * - `LLMCFG_ADDR`, `LLMCFG_TOKEN`: the control plane; without them the file is all there is
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
import { startGateway } from "./start-gateway.ts";

const { GATEWAY_FILE, LLMCFG_ADDR: addr, LLMCFG_TOKEN: token } = env;
const file = GATEWAY_FILE ?? fileURLToPath(new URL("../../gateway.yaml", import.meta.url));
const controlPlane =
  addr === undefined || token === undefined
    ? {}
    : { controlPlane: { addr, token, env: "production", service: "llm-gateway" } };

const stopped = Promise.race(
  ["SIGTERM", "SIGINT", "disconnect"].map((name) => once(process, name)),
);
await using gateway = await startGateway({ file, ...controlPlane, orNext: true });
process.stdout.write(`${JSON.stringify({ url: gateway.url, pid: process.pid })}\n`);
await stopped;
if (process.connected) process.disconnect?.();
