/**
 * `npm run example`: all of the example in one go. With `-o json` it prints one line for programs,
 * else what a person needs to try it out. It runs until SIGTERM, SIGINT, or until a part of it ends.
 *
 * @module
 */

import { once } from "node:events";
import process, { argv } from "node:process";
import { parseArgs } from "node:util";
import { introduce } from "./introduce.ts";
import { startExample } from "./start-example.ts";

const { values } = parseArgs({
  args: argv.slice(2),
  options: { output: { type: "string", short: "o", default: "text" } },
});
const asked = ["SIGTERM", "SIGINT"].map((name) => once(process, name).then(() => "asked" as const));

await using example = await startExample();
const { control, token, gateway, gatewayKey, model, providers } = example;
const line = { control, token, gateway, gatewayKey, model, providers, pid: process.pid };
process.stdout.write(values.output === "json" ? `${JSON.stringify(line)}\n` : introduce(example));

const why = await Promise.race([...asked, example.ended.then(() => "broken" as const)]);
if (why === "broken") {
  process.stderr.write("error: a part of the example has ended\n");
  process.exitCode = 1;
}
