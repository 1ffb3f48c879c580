/**
 * Writes `docs/schema/gateway-<command>.json`: what `-o json` of the commands over a gateway's files
 * prints. Usage, after each change of an answer:
 * `node --conditions=@llmcfg/source tools/write-answer-schemas.ts`.
 *
 * @module
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  ANSWERS,
  type AnsweringCommand,
  answerSchema,
} from "../packages/cli/src/commands/gateway/answer-schemas.ts";

const folder = join(import.meta.dirname, "../docs/schema");
const commands = Object.keys(ANSWERS) as AnsweringCommand[]; // its own keys
for (const command of commands) {
  const text = JSON.stringify(answerSchema(command), null, 1);
  writeFileSync(join(folder, `gateway-${command}.json`), `${text}\n`);
}
