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
import { ProgramError, runProgram } from "./run-program.ts";
import { startExample } from "./start-example.ts";

await runProgram(async () => {
  const output = readOutput();
  const asked = ["SIGTERM", "SIGINT"].map((name) => once(process, name).then(() => "asked"));

  await using example = await startExample();
  const { control, token, gateway, gatewayKey, model, providers, folder } = example;
  const about = { control, token, gateway, gatewayKey, model, providers, folder };
  const line = { ...about, pid: process.pid };
  process.stdout.write(output === "json" ? `${JSON.stringify(line)}\n` : introduce(example));

  const why = await Promise.race([...asked, example.ended.then(() => "broken")]);
  if (why === "broken") throw new ProgramError("a part of the example has ended");
});

function readOutput(): "json" | "text" {
  const { values } = parseArgs({
    args: argv.slice(2),
    options: { output: { type: "string", short: "o", default: "text" } },
  });
  const { output } = values;
  if (output === "json" || output === "text") return output;
  throw new ProgramError(`there is no output ${output}: use json or text`);
}
