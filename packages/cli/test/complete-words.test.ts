import { expect, test } from "vitest";
import { COMMANDS } from "../src/commands.ts";
import { completeWords, type Surroundings } from "../src/completion/complete-words.ts";

test.each([
  ["a noun", ["sec"], ["secret"]],
  ["a verb", ["secret", ""], ["get", "set"]],
  ["a short form", ["expl"], ["explain"]],
  ["flags of the command", ["set", "K", "V", "--fro"], ["--from-file"]],
  ["global flags before a command", ["--tok"], ["--token-file"]],
  ["environments first", ["get", "pro"], ["production/", "prod/"]],
  ["services", ["get", "production/"], ["production/api/", "production/ml-service/"]],
  ["one level of keys", ["get", "production/ml-service/in"], ["production/ml-service/inference/"]],
  [
    "keys and folders",
    ["explain", "production/ml-service/inference/"],
    ["production/ml-service/inference/secrets/", "production/ml-service/inference/timeout-seconds"],
  ],
  ["by alias", ["get", "prod/ap"], ["prod/api/"]],
  ["from the root", ["get", "/production/ap"], ["/production/api/"]],
  ["environments of one's own", ["get", "q"], ["qa/"]],
  ["behind --env", ["get", "-e", "production", "ap"], ["api/"]],
  ["behind --env and --service", ["get", "-e", "prod", "-s", "api", ""], ["routes"]],
  ["the second of two", ["diff", "production", "sta"], ["staging/"]],
  ["values of --env", ["get", "--env", "pro"], ["production", "prod"]],
  ["values of --service", ["get", "-e", "production", "-s", ""], ["api", "ml-service"]],
  ["formats of the command", ["history", "-o", ""], ["table", "json", "yaml", "jsonl"]],
  ["values behind =, as bash cuts them", ["get", "--env", "=", "production", "ap"], ["api/"]],
  ["files, by the shell", ["set", "K", "--from-file", ""], [":files"]],
  ["shells", ["completion", "po"], ["powershell"]],
  ["help topics", ["help", "prec"], ["precedence"]],
  ["nothing behind a whole command", ["get", "production/api/routes", ""], []],
  ["nothing for an unknown word", ["wat", ""], []],
] as const)("CLI-17 completes %s", async (_what, words, candidates) => {
  expect(await completeWords(words, COMMANDS, demo)).toEqual(candidates);
});

test("CLI-17 without a server and without names the well-known environments are offered", async () => {
  const nothing: Surroundings = async () => ({
    scope: { env: undefined, service: undefined, isGivenByFlag: false, environments: [] },
    names: { environments: [], keysOf: async () => [] },
  });

  expect(await completeWords(["get", "st"], COMMANDS, nothing)).toEqual(["staging/", "stg/"]);
});

const KEYS: Readonly<Record<string, readonly string[]>> = {
  production: [
    "api/routes",
    "ml-service/db-url",
    "ml-service/inference/secrets/api-key",
    "ml-service/inference/timeout-seconds",
  ],
};

const demo: Surroundings = async (flags) => ({
  scope: {
    env: typeof flags["env"] === "string" ? flags["env"] : undefined,
    service: typeof flags["service"] === "string" ? flags["service"] : undefined,
    isGivenByFlag: flags["env"] !== undefined || flags["service"] !== undefined,
    environments: [],
  },
  names: {
    environments: ["staging", "production", "prod", "qa"],
    keysOf: async (env) => KEYS[env === "prod" ? "production" : env] ?? [],
  },
});
