import type { Command } from "./command.ts";

/** All commands, by the name that is typed. */
export function topHelp(commands: readonly Command[]): string {
  const listed = shown(commands).map(({ names, brief }) => ({ name: names.at(-1) ?? [], brief }));
  const width = Math.max(15, ...listed.map(({ name }) => name.join(" ").length));
  const rows = listed.map(({ name, brief }) => row(name, brief, width));
  const topics = [...TOPICS].map(([name, { brief }]) => row([name], brief));
  return `llmcfg: configuration of LLM systems, with environments, versions, secrets and a provable record

Examples:
  llmcfg dev
  llmcfg get production/ml-service/inference/timeout-seconds
  llmcfg explain production/ml-service/inference/model.config
  llmcfg set staging/ml-service/inference/timeout-seconds 60 --yes

Commands:
${rows.join("\n")}

Help: llmcfg COMMAND --help; and llmcfg help TOPIC:
${topics.join("\n")}
`;
}

/** The commands of a noun; `undefined` where it is none. */
export function nounHelp(noun: string, commands: readonly Command[]): string | undefined {
  const verbs = verbsOf(noun, commands);
  if (verbs.length === 0) return undefined;
  const width = Math.max(15, ...verbs.map((verb) => `${noun} ${verb}`.length));
  const rows = commands.flatMap(({ names, brief }) =>
    names
      .filter(([first, verb]) => first === noun && verb !== undefined)
      .map((name) => row(name, brief, width)),
  );
  return `Commands:\n${rows.join("\n")}\n\nHelp: llmcfg ${noun} ${verbs[0] ?? "VERB"} --help.\n`;
}

/** `get`, `set`, … of `config`. */
export function verbsOf(noun: string, commands: readonly Command[]): readonly string[] {
  return shown(commands).flatMap(({ names }) =>
    names.flatMap(([first, verb]) => (first === noun && verb !== undefined ? [verb] : [])),
  );
}

function shown(commands: readonly Command[]): readonly Command[] {
  return commands.filter(({ isHidden }) => isHidden !== true);
}

function row(name: readonly string[], brief: string, width = 15): string {
  return `  ${name.join(" ").padEnd(width)}  ${brief}`;
}

export interface Topic {
  readonly brief: string;
  readonly text: string;
}

/** What `llmcfg help TOPIC` tells. */
export const TOPICS: ReadonlyMap<string, Topic> = new Map([
  [
    "environment",
    {
      brief: "the variables that are read",
      text: `LLMCFG_ADDR        address of the server                (--server)
LLMCFG_TOKEN       credential; there is no flag for it
LLMCFG_TOKEN_FILE  file that holds the credential       (--token-file)
LLMCFG_CONTEXT     context of the user file             (--context)
LLMCFG_TENANT      tenant                               (--tenant)
LLMCFG_ENV         environment that keys are relative to (--env)
LLMCFG_SERVICE     service that keys are relative to    (--service)
LLMCFG_OUTPUT      output format, where the command has it (--output)
LLMCFG_CACERT      certificates to trust too, in PEM    (--cacert)
LLMCFG_NO_INPUT    never ask; so does CI                (--no-input)
LLMCFG_DEBUG       show where a failure came from       (--debug)
NO_COLOR, CLICOLOR, CLICOLOR_FORCE, FORCE_COLOR, TERM   (--color)
XDG_CONFIG_HOME, XDG_CACHE_HOME, XDG_STATE_HOME, XDG_RUNTIME_DIR
A variable that is set to nothing is not set.
`,
    },
  ],
  [
    "exit-codes",
    {
      brief: "what the exit code means",
      text: `0    done, also "no difference"
1    unexpected failure
2    usage error, missing input
3    not found
4    not authenticated, token expired
5    denied by policy
6    conflict: stale, locked, exists, reaches a protected environment
7    validation failed, or an agent refused
8    integrity check failed
9    unavailable or timed out
10   differences found (--exit-code), agents behind (--outdated)
124  --wait timed out
130  interrupted (143: by SIGTERM)
`,
    },
  ],
  [
    "output",
    {
      brief: "formats, filters, colours",
      text: `-o table (default), json (the answer of the server, unchanged), yaml, jsonl; of some commands also raw
(no newline) and name. --help of a command says which it has. --json is -o json.
A table is cut to the width of a terminal and shows ages there; in a pipe it is whole, with RFC 3339 times.
--query EXPR filters json and yaml output (JMESPath).
What was asked for goes to stdout, all else to stderr (-q: nothing but failures). With -o json a failure is
one problem document on stderr, with exitCode.
`,
    },
  ],
  [
    "precedence",
    {
      brief: "which setting wins",
      text: `A flag wins over a variable, that over .llmcfg.yaml of the project (nearest upwards), that over the
context of the user file ($XDG_CONFIG_HOME/llmcfg/config.yaml), that over a running llmcfg dev.
  user file     schemaVersion: 1, current: acme, contexts: {acme: {server, tenant, env, service}}
  .llmcfg.yaml  schemaVersion: 1, context, env, service
A project file may name a context, never an address or a token.
`,
    },
  ],
  [
    "security",
    {
      brief: "credentials, secrets, confirmation",
      text: `A credential comes from LLMCFG_TOKEN or --token-file, and is sent to the server it was given for alone. That
of llmcfg dev is read from dev.json (mode 0600) and goes to that server only.
Secrets are taken from stdin, a file, a prompt or --generate, never from an argument. They are shown with
--reveal alone, and that is recorded.
A direct write to a protected environment needs --yes --confirm=ENV or a typed answer; one that reaches it by
inheritance needs --yes.
`,
    },
  ],
  [
    "offline",
    {
      brief: "what works without a server",
      text: `Help, version and completion need no server: completion offers the names of environments, services and keys it
has seen ($XDG_CACHE_HOME/llmcfg/names; names alone, no values). The commands of llmcfg gateway work on files and
ask no server. All else exits 9 where the server cannot be reached. Programs with @llmcfg/client go on with their last good configuration.
`,
    },
  ],
  [
    "keys",
    {
      brief: "how keys are written",
      text: `A key is env/service/key: production/ml-service/inference/timeout-seconds.
  with --env or --service    relative to what they give
  /env/service/key           absolute
  begins with an environment absolute (dev, stg and prod are aliases)
  anything else, or ./key    relative to variables, .llmcfg.yaml or context
A path that ends in / is a folder. After -- an argument may begin with -.
`,
    },
  ],
  [
    "selectors",
    {
      brief: "how sets of keys are written",
      text: `A selector is a path in which * stands for one segment and a final ** for any number of them:
  production/ml-service/**   all keys of a service
  */ml-service/**            of that service in every environment
  **                         everything
llmcfg token create takes one as --scope.
`,
    },
  ],
]);
