import type { Command } from "./command.ts";

export function topHelp(commands: readonly Command[]): string {
  const rows = commands.map(
    ({ names, brief }) => `  ${(names.at(-1) ?? []).join(" ").padEnd(16)} ${brief}`,
  );
  return `llmcfg: configuration of LLM systems, with environments, versions, secrets and a provable record

Examples:
  llmcfg dev
  llmcfg get production/ml-service/inference/timeout-seconds
  llmcfg explain production/ml-service/inference/model.config
  llmcfg set staging/ml-service/inference/timeout-seconds 60 --yes

Commands:
${rows.join("\n")}

Help: llmcfg COMMAND --help. Topics: llmcfg help exit-codes, environment, keys, output.
`;
}

/** Text of a help topic. */
export function topic(name: string): string | undefined {
  return TOPICS[name];
}

const TOPICS: Readonly<Record<string, string>> = {
  "exit-codes": `0    done, also "no difference"
1    unexpected failure
2    usage error, missing input
3    not found
4    not authenticated, token expired
5    denied by policy
6    conflict: stale, locked, exists, reaches a protected environment
7    validation failed, or an agent refused
8    integrity check failed
9    unavailable or timed out
10   differences found (--exit-code)
124  --wait timed out
130  interrupted
`,
  environment: `LLMCFG_ADDR        address of the server          (--server)
LLMCFG_TOKEN       credential
LLMCFG_TOKEN_FILE  file that holds the credential (--token-file)
LLMCFG_CONTEXT     context of the user file       (--context)
LLMCFG_TENANT      tenant                         (--tenant)
LLMCFG_ENV         environment                    (--env)
LLMCFG_SERVICE     service                        (--service)
LLMCFG_OUTPUT      output format                  (--output)
LLMCFG_NO_INPUT    never ask                      (--no-input)
A flag wins over a variable, that over .llmcfg.yaml of the project, that over the user file.
`,
  keys: `A key is env/service/key: production/ml-service/inference/timeout-seconds.
With --env or --service it is relative to them; ./ makes it relative to variables or the project file.
`,
  output: `-o table (default), json (the answer of the server, unchanged), yaml, jsonl, raw (no newline), name.
--query EXPR filters json and yaml output (JMESPath). Errors go to stderr; with -o json as one problem document.
`,
};
