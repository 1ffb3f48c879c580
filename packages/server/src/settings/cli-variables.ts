import type { Surroundings } from "./places.ts";

/** Variables of the command line: none of them is a setting of a server. */
const CLI_VARIABLES: ReadonlySet<string> = new Set(
  [
    "ADDR TOKEN TOKEN_FILE CONTEXT TENANT ENV SERVICE OUTPUT",
    "CACERT CLIENT_CERT CLIENT_KEY LOCAL NO_INPUT NO_UPDATE_CHECK DEBUG",
  ].flatMap((names) => names.split(" ").map((name) => `LLMCFG_${name}`)),
);

export function withoutCliVariables(env: Surroundings["env"]): Surroundings["env"] {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !CLI_VARIABLES.has(name)));
}
