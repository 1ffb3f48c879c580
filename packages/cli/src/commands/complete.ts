import type { Run } from "../command.ts";
import { COMMANDS } from "../commands.ts";
import { completeWords } from "../completion/complete-words.ts";
import { knownNames } from "../completion/known-names.ts";

/** What the scripts of `llmcfg completion` call: a candidate a line. */
export const complete: Run = async ({ io, args, flags }) => {
  const words = flags["next"] === true ? [...args, ""] : args;
  const candidates = await completeWords(words, COMMANDS, knownNames(io));
  io.out(candidates.map((candidate) => `${candidate}\n`).join(""));
  return 0;
};
