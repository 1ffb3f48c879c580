/**
 * A process with a state folder, for tests that end it: `state-child.ts FOLDER MODE`. It tells what it
 * does on its standard output, one line each.
 */

import { ConfigLoader, ConfigValidator, createManager } from "@llmcfg/config";
import { gatewaySchema } from "./gateway-schema.ts";

const [folder = "", mode = "serve"] = process.argv.slice(2);
const manager = await createManager({
  loader: new ConfigLoader(gatewaySchema).addFile(`${folder}/gateway.yaml`),
  validator: new ConfigValidator(gatewaySchema),
  stateDir: `${folder}/state`,
  signals: mode !== "deaf",
  watch: { debounce: "10ms", pollInterval: "1h" },
  historySize: 3,
});
await manager.start();
console.log(`host ${manager.current().server.host}`);
if (mode === "rollback") {
  const { resolve, promise } = Promise.withResolvers<void>();
  manager.events.addEventListener("change", () => resolve(), { once: true });
  console.log("ready");
  await promise;
  const { holdDurable } = await manager.rollback(0);
  console.log(`rolled back ${String(holdDurable)}`);
}
