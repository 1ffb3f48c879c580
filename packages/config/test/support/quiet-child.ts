/**
 * A process in which much goes wrong with the library, and that says nothing of it itself:
 * `quiet-child.ts FOLDER`.
 */

import { chmod, writeFile } from "node:fs/promises";
import { ConfigLoader, ConfigValidator, createManager } from "@llmcfg/config";
import { faultyFileSystem, MemorySource } from "@llmcfg/config/testing";
import { gatewaySchema } from "./gateway-schema.ts";
import { until } from "./until.ts";

const [folder = ""] = process.argv.slice(2);
const file = `${folder}/gateway.yaml`;
const stateDir = `${folder}/state`;
const fs = faultyFileSystem();
fs.addFault({ operation: "watch", fails: "EMFILE" });
const source = new MemorySource({ providers: [{ id: "a", key: "a-literal-secret" }] });
const manage = async () => {
  return await createManager({
    loader: new ConfigLoader(gatewaySchema, { fs }).addFile(file).addSource(source),
    validator: new ConfigValidator(gatewaySchema),
    stateDir,
    bootPolicy: "last_known_good",
    signals: true,
    audit: {
      kind: "broken",
      append: async () => {
        throw new Error("no record is taken");
      },
      flush: async () => {},
      [Symbol.asyncDispose]: async () => {},
    },
  });
};

const first = await manage();
first.subscribe(() => {
  throw new Error("no listener is safe");
});
await first.start();
await first.set({ server: { host: "two" } });
await writeFile(file, "server: [");
await first.reload();
process.kill(process.pid, "SIGHUP");
source.isAway = true;
await first.reload();
await first.stop();
const second = await manage();
await second.start();
await until("it is degraded", () => second.status.health === "degraded");
await second.stop();
await chmod(`${stateDir}/last-known-good.json`, 0o644);
const third = await manage().catch((error: unknown) => error);
console.log(`ended with ${third instanceof Error ? third.name : "a manager"}`);
