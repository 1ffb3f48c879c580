/**
 * A process with a state folder, for tests that end it: `state-child.ts FOLDER MODE`. It tells what it
 * does on its standard output, one line each.
 */

import { existsSync } from "node:fs";
import { ConfigLoader, ConfigValidator, createManager } from "@llmcfg/config";
import { gatewaySchema } from "./gateway-schema.ts";
import { until } from "./until.ts";

/** Where signals alone are to ask for reloads, files are not looked at in time. */
const debounces: Readonly<Record<string, string>> = { slow: "1m" };
const [folder = "", mode = "serve"] = process.argv.slice(2);
const manager = await createManager({
  loader: new ConfigLoader(gatewaySchema).addFile(`${folder}/gateway.yaml`),
  validator: new ConfigValidator(gatewaySchema),
  stateDir: `${folder}/state`,
  signals: mode !== "deaf",
  watch: { debounce: debounces[mode] ?? "10ms", maxWait: "1m", pollInterval: "1h" },
  historySize: 3,
});
if (mode === "slow") {
  process.on("SIGHUP", () => console.log("signalled"));
  manager.addParticipant({
    name: "slow",
    prepare: async ({ config }) => {
      const { host } = config.server;
      console.log(`preparing ${host}`);
      await until(`${host} may go on`, () => existsSync(`${folder}/go-${host}`));
      return { commit: () => {}, abort: () => {} };
    },
  });
}
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
