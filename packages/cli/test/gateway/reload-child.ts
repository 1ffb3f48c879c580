/**
 * A gateway that reloads when it is asked to, and not by itself: `reload-child.ts FILE STATE_DIR`. It
 * says `ready` on its standard output.
 */

import { startGatewayConfig } from "@llmcfg/gateway";

const [file = "", stateDir = ""] = process.argv.slice(2);
await startGatewayConfig({ file, manager: { stateDir, watch: false } });
setInterval(() => {}, 60_000); // it serves until it is killed
console.log("ready");
