/**
 * The tree of commands. Each command's code is loaded when it runs.
 *
 * @module
 */

import type { Command, Flags } from "./command.ts";
import { GATEWAY_COMMANDS } from "./gateway-commands.ts";
import { FORMATS, type Format } from "./output/format.ts";

const WRITE_FLAGS: Flags = {
  message: { type: "string", short: "m", value: "MSG", brief: "why; kept with the version" },
  yes: { type: "boolean", brief: "confirm what reaches a protected environment" },
  confirm: {
    type: "string",
    value: "ENV",
    brief: "name of the protected environment that is written",
  },
  "if-match": {
    type: "string",
    value: "ETAG|vN",
    brief: "only if it is still in this state (v0: none)",
  },
  "no-precondition": { type: "boolean", brief: "whatever is there" },
  wait: {
    type: "optional",
    value: "all|N%|N",
    brief: "until connected agents have applied it (default: all)",
  },
};

/** Of commands whose answer has a name: the path of a key, an id. */
const WITH_NAMES: readonly Format[] = ["table", "json", "yaml", "jsonl", "name"];
const TEXT_ONLY: readonly Format[] = ["table"];

const KEY_EXAMPLE = "production/ml-service/inference/timeout-seconds";

export const COMMANDS: readonly Command[] = [
  {
    names: [["dev"]],
    brief: "Start a development server: one process, in memory, with demo data",
    args: [],
    examples: ["llmcfg dev", "llmcfg dev --empty --data-dir ./data", "llmcfg dev -o json"],
    flags: {
      empty: { type: "boolean", brief: "without the demo data" },
      "data-dir": { type: "string", value: "DIR", brief: "keep the data in this folder" },
      port: { type: "string", value: "N", brief: "port of the API (7420, or the next free one)" },
    },
    formats: ["table", "json"],
    load: async () => (await import("./commands/dev.ts")).dev,
  },
  {
    names: [["config", "get"], ["get"]],
    brief: "Print the effective value of a key",
    args: ["KEY"],
    examples: [
      `llmcfg get ${KEY_EXAMPLE}`,
      `llmcfg get ${KEY_EXAMPLE} --layers`,
      "llmcfg get ./db-url -e staging -s ml-service -o json",
    ],
    flags: {
      layers: { type: "boolean", brief: "show every layer that was consulted" },
      at: { type: "string", value: "REV|TIME", brief: "as it was then" },
      version: { type: "string", value: "N", brief: "this version of the own item" },
      reveal: { type: "boolean", brief: "show a sensitive value; the access is recorded" },
    },
    formats: FORMATS,
    load: async () => (await import("./commands/config/get.ts")).get,
  },
  {
    names: [["config", "set"], ["set"]],
    brief: "Write a key",
    args: ["KEY", "[VALUE|-]"],
    examples: [
      `llmcfg set staging/ml-service/inference/timeout-seconds 60 --yes`,
      "llmcfg set dev/ml-service/routes.yaml --from-file routes.yaml",
      "echo '{\"a\":1}' | llmcfg set dev/ml-service/x - --type object",
    ],
    flags: {
      type: {
        type: "string",
        value: "T",
        brief: "string, number, boolean, object, array, document, binary",
      },
      "from-file": {
        type: "string",
        value: "FILE",
        brief: "the value is the content of this file",
      },
      ...WRITE_FLAGS,
    },
    formats: WITH_NAMES,
    load: async () => (await import("./commands/config/set.ts")).set,
  },
  {
    names: [["config", "unset"], ["unset"]],
    brief: "Remove the own item of a key, so that what is inherited shows",
    args: ["KEY"],
    examples: [
      `llmcfg unset ${KEY_EXAMPLE} --yes --confirm=production`,
      "llmcfg unset dev/ml-service/db-url --mask",
    ],
    flags: { mask: { type: "boolean", brief: "hide what would be inherited" }, ...WRITE_FLAGS },
    formats: WITH_NAMES,
    load: async () => (await import("./commands/config/unset.ts")).unset,
  },
  {
    names: [["config", "list"], ["list"], ["ls"]],
    brief: "List effective values",
    args: ["[PATH]"],
    examples: [
      "llmcfg list production/ml-service",
      "llmcfg ls production/ml-service/inference/",
      "llmcfg ls production --tree --values",
      "llmcfg ls -e dev -s ml-service -o jsonl",
    ],
    flags: {
      tree: { type: "boolean", brief: "draw the keys as a tree" },
      values: { type: "boolean", brief: "with --tree: the values too" },
      at: { type: "string", value: "REV|TIME", brief: "as it was then" },
    },
    formats: WITH_NAMES,
    load: async () => (await import("./commands/config/list.ts")).list,
  },
  {
    names: [["config", "explain"], ["explain"]],
    brief: "Say why a value is what it is",
    args: ["KEY"],
    examples: [`llmcfg explain ${KEY_EXAMPLE}`, `llmcfg explain ${KEY_EXAMPLE} --at r2 -o json`],
    flags: { at: { type: "string", value: "REV|TIME", brief: "as it was then" } },
    formats: WITH_NAMES,
    load: async () => (await import("./commands/config/explain.ts")).explain,
  },
  {
    names: [["config", "history"], ["history"]],
    brief: "List the versions of an own item, newest first",
    args: ["KEY"],
    examples: [`llmcfg history ${KEY_EXAMPLE}`, `llmcfg history ${KEY_EXAMPLE} --layers`],
    flags: { layers: { type: "boolean", brief: "with those of the layers above" } },
    load: async () => (await import("./commands/config/history.ts")).history,
  },
  {
    names: [["config", "diff"], ["diff"]],
    brief: "Compare two environments, services, revisions or versions",
    args: ["A", "B"],
    examples: [
      "llmcfg diff staging/ml-service production/ml-service",
      "llmcfg diff production@r3 production --exit-code",
      "llmcfg diff production/ml-service/db-url@v1 production/ml-service/db-url",
    ],
    flags: {
      "exit-code": { type: "boolean", brief: "exit 10 where something differs" },
      "diff-exit-code": { type: "string", value: "N", brief: "this code instead of 10" },
    },
    load: async () => (await import("./commands/config/diff.ts")).diff,
  },
  {
    names: [["config", "rollback"], ["rollback"]],
    brief: "Bring back an earlier state, as a new version",
    args: ["KEY"],
    examples: [
      `llmcfg rollback ${KEY_EXAMPLE} --yes --confirm=production`,
      "llmcfg rollback dev/ml-service/db-url --to v3",
    ],
    flags: {
      to: {
        type: "string",
        value: "vN|rN",
        brief: "version or revision (default: before the last change)",
      },
      ...WRITE_FLAGS,
    },
    formats: WITH_NAMES,
    load: async () => (await import("./commands/config/rollback.ts")).rollback,
  },
  {
    names: [["config", "watch"], ["watch"]],
    brief: "Print changes as they happen",
    args: ["PATH"],
    examples: [
      "llmcfg watch production/ml-service",
      "llmcfg watch production/ml-service/inference/ -o jsonl",
    ],
    flags: { from: { type: "string", value: "REV", brief: "begin after this revision" } },
    formats: ["table", "jsonl", "json"],
    load: async () => (await import("./commands/config/watch.ts")).watch,
  },
  {
    names: [["secret", "set"]],
    brief: "Write a secret, from stdin, a file or a prompt",
    args: ["KEY", "[-]"],
    examples: [
      "pass show key | llmcfg secret set dev/ml-service/secrets/api-key -",
      "llmcfg secret set dev/ml-service/secrets/api-key --from-file key.txt",
      "llmcfg secret set dev/ml-service/secrets/api-key --generate hex:32",
    ],
    flags: {
      "from-file": {
        type: "string",
        value: "FILE",
        brief: "the value is the content of this file",
      },
      generate: { type: "string", value: "SPEC", brief: "hex:BYTES or base64:BYTES" },
      ...WRITE_FLAGS,
    },
    formats: WITH_NAMES,
    load: async () => (await import("./commands/secret/set.ts")).setSecret,
  },
  {
    names: [["secret", "get"]],
    brief: "Show a secret's fingerprint, or with --reveal its value",
    args: ["KEY"],
    examples: [
      "llmcfg secret get production/ml-service/inference/secrets/api-key",
      "llmcfg secret get production/ml-service/inference/secrets/api-key --reveal",
    ],
    flags: { reveal: { type: "boolean", brief: "show the value; the access is recorded" } },
    formats: FORMATS,
    load: async () => (await import("./commands/config/get.ts")).get,
  },
  {
    names: [["agent", "list"]],
    brief: "List consumers and what they have applied",
    args: [],
    examples: ["llmcfg agent list", "llmcfg agent list -e production --outdated"],
    flags: { outdated: { type: "boolean", brief: "only those behind; exit 10 if there are any" } },
    formats: WITH_NAMES,
    load: async () => (await import("./commands/agent/list.ts")).listAgents,
  },
  {
    names: [["audit", "query"]],
    brief: "Search the record",
    args: [],
    examples: [
      "llmcfg audit query",
      "llmcfg audit query --action config.write --key inference/timeout-seconds",
      "llmcfg audit query --outcome denied -o jsonl",
    ],
    flags: {
      actor: { type: "string", value: "WHO", brief: "user:ada, sa:deployer" },
      action: { type: "string", value: "ACTION", brief: "config.write, secret.reveal" },
      key: { type: "string", value: "KEY", brief: "key, or what it begins with, ending in /" },
      outcome: { type: "string", value: "OUTCOME", brief: "allowed, denied, failed" },
      since: {
        type: "string",
        value: "TIME",
        brief: "not before: RFC 3339, or 1h for an hour ago",
      },
      until: { type: "string", value: "TIME", brief: "not after: RFC 3339, or 1h for an hour ago" },
      limit: { type: "string", value: "N", brief: "how many (50)" },
    },
    formats: WITH_NAMES,
    load: async () => (await import("./commands/audit/query.ts")).queryAudit,
  },
  {
    names: [["audit", "verify"]],
    brief: "Recompute the record and compare",
    args: [],
    examples: ["llmcfg audit verify", "llmcfg audit verify -o json"],
    flags: {},
    load: async () => (await import("./commands/audit/verify.ts")).verifyAudit,
  },
  {
    names: [["token", "create"]],
    brief: "Make a token; it is shown once",
    args: ["NAME"],
    examples: [
      "llmcfg token create ci --kind sa --role editor --scope 'development/**'",
      "llmcfg token create gateway --kind agt --role agent --scope 'production/llm-gateway/**' --expires 30d",
    ],
    flags: {
      kind: { type: "string", value: "K", brief: "pat (own), sa (service account), agt (agent)" },
      role: { type: "string", value: "ROLE", brief: "viewer, editor, operator, agent, …" },
      scope: { type: "string", value: "SELECTOR", brief: "where (default: **)" },
      expires: { type: "string", value: "DURATION", brief: "after this it ends (90d)" },
    },
    load: async () => (await import("./commands/token/create.ts")).createToken,
  },
  {
    names: [["server", "start"]],
    brief: "Start a server that keeps its data",
    args: [],
    examples: [
      "llmcfg server start --data-dir ./data",
      "llmcfg server start --config /etc/llmcfg/llmcfg.yaml",
      "llmcfg server start --port 8420 --log-level debug",
    ],
    flags: {
      config: {
        type: "string",
        value: "FILE",
        brief: "settings (./llmcfg.yaml, else that of the user or of /etc/llmcfg)",
      },
      "data-dir": {
        type: "string",
        value: "DIR",
        brief: "store.db and root.key ($XDG_STATE_HOME/llmcfg/server)",
      },
      port: { type: "string", value: "N", brief: "port of the API (7420)" },
      "public-url": { type: "string", value: "URL", brief: "how the outside reaches it" },
      "log-level": { type: "string", value: "LEVEL", brief: "debug, info, warn, error, silent" },
      "log-format": { type: "string", value: "FORMAT", brief: "json, pretty" },
    },
    formats: ["table", "json"],
    load: async () => (await import("./commands/server/start.ts")).startServerCommand,
  },
  {
    names: [["server", "check-config"]],
    brief: "Check the settings of a server",
    args: ["[FILE]"],
    examples: ["llmcfg server check-config", "llmcfg server check-config llmcfg.yaml -o json"],
    flags: {},
    formats: ["table", "json", "yaml"],
    load: async () => (await import("./commands/server/check-config.ts")).checkConfig,
  },
  ...GATEWAY_COMMANDS,
  {
    names: [["doctor"]],
    brief: "Check this machine, the token and the server",
    args: [],
    examples: ["llmcfg doctor", "llmcfg doctor --fix", "llmcfg doctor -o json"],
    flags: { fix: { type: "boolean", brief: "mend what can be mended here: permissions" } },
    load: async () => (await import("./commands/doctor.ts")).doctor,
  },
  {
    names: [["completion"]],
    brief: "Print a completion script: bash, zsh, fish or powershell",
    args: ["SHELL"],
    examples: [
      "source <(llmcfg completion bash)",
      "llmcfg completion zsh > ~/.zfunc/_llmcfg",
      "llmcfg completion fish | source",
      "llmcfg completion powershell | Out-String | Invoke-Expression",
    ],
    flags: {},
    formats: TEXT_ONLY,
    load: async () => (await import("./commands/completion.ts")).completion,
  },
  {
    names: [["version"]],
    brief: "Print the version, and that of the server where one answers",
    args: [],
    examples: ["llmcfg version", "llmcfg version -v"],
    flags: {},
    load: async () => (await import("./commands/version.ts")).version,
  },
  {
    names: [["__complete"]],
    brief: "Print what could stand at the end of a command line; completion scripts call it",
    args: ["[WORD…]"],
    examples: ["llmcfg __complete -- get prod", "llmcfg __complete --next -- get"],
    flags: { next: { type: "boolean", brief: "a further, empty word is being typed" } },
    formats: TEXT_ONLY,
    isHidden: true,
    load: async () => (await import("./commands/complete.ts")).complete,
  },
  {
    names: [["__refresh-names"]],
    brief: "Fetch the names that completion offers",
    args: ["ENV"],
    examples: ["llmcfg __refresh-names production", "llmcfg __refresh-names dev --server URL"],
    flags: {},
    formats: TEXT_ONLY,
    isHidden: true,
    load: async () => (await import("./commands/refresh-names.ts")).refreshNames,
  },
];

/** Specified, not built yet. */
export const RESERVED_COMMANDS: readonly string[] = [
  "init login logout whoami context tui ui open edit promote copy move lock unlock search",
  "compare usage validate import export render describe key policy role binding change release",
  "rollout plan apply drift pull schema env service namespace provider model route prompt budget",
  "gateway run cache sa k8s webhook mcp ofrep bench",
]
  .join(" ")
  .split(" ")
  .concat(
    verbsOf("secret", "rotate list status versions rollback generate policy-set rewrap scan"),
    verbsOf("agent", "run render status diff kick"),
    verbsOf("audit", "tail show proof checkpoint export stats report erase"),
    verbsOf("token", "list revoke"),
    verbsOf("server", "migrate status backup restore promote-region"),
  );

function verbsOf(noun: string, verbs: string): readonly string[] {
  return verbs.split(" ").map((verb) => `${noun} ${verb}`);
}
