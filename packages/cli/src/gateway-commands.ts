/**
 * The commands over files of a gateway: no server is needed, none is asked.
 *
 * @module
 */

import type { Command, Flags } from "./command.ts";

/** How the files are read, as the gateway itself would. */
const READING: Flags = {
  "no-env": { type: "boolean", brief: "leave GATEWAY_… variables out" },
};

const CHECKING: Flags = {
  ...READING,
  "no-secrets": { type: "boolean", brief: "ask no backend for secrets" },
  strict: { type: "boolean", brief: "secrets in the files, and no authentication, are errors" },
  "warnings-as-errors": { type: "boolean", brief: "every warning is an error" },
  schema: { type: "string", value: "FILE", brief: "a JSON Schema that the files have to fit too" },
  "min-providers": { type: "string", value: "N", brief: "enabled providers at least (2; 0: any)" },
};

const DOCUMENTS = ["table", "json", "yaml"] as const;

export const GATEWAY_COMMANDS: readonly Command[] = [
  {
    names: [["gateway", "check"]],
    brief: "Check the configuration files of a gateway",
    args: ["FILE…"],
    examples: [
      "llmcfg gateway check gateway.yaml",
      "llmcfg gateway check gateway.yaml --strict --no-secrets -o json",
    ],
    flags: CHECKING,
    formats: DOCUMENTS,
    load: async () => (await import("./commands/gateway/check.ts")).check,
  },
  {
    names: [["gateway", "explain"]],
    brief: "Say where a value of a gateway's configuration comes from",
    args: ["PATH", "FILE…"],
    examples: [
      "llmcfg gateway explain 'providers[openai].weight' gateway.yaml",
      "llmcfg gateway explain server.port base.yaml production.yaml -o json",
    ],
    flags: READING,
    formats: DOCUMENTS,
    load: async () => (await import("./commands/gateway/explain.ts")).explain,
  },
  {
    names: [["gateway", "plan"]],
    brief: "Say what a change of the configuration would do, before it is made",
    args: [],
    examples: [
      "llmcfg gateway plan --from gateway.yaml --to new.yaml",
      "llmcfg gateway plan --state-dir /var/lib/gateway --to new.yaml --exit-code",
    ],
    flags: {
      from: { type: "string", value: "FILE", brief: "what is in force" },
      "state-dir": {
        type: "string",
        value: "DIR",
        brief: "what a process accepted last is in force",
      },
      to: { type: "string", value: "FILE", brief: "what would take its place" },
      "exit-code": { type: "boolean", brief: "exit 10 if there are differences" },
      ...CHECKING,
    },
    formats: DOCUMENTS,
    load: async () => (await import("./commands/gateway/plan.ts")).plan,
  },
  {
    names: [["gateway", "diff"]],
    brief: "Compare two configurations place by place",
    args: ["A", "B"],
    examples: [
      "llmcfg gateway diff old.yaml new.yaml",
      "llmcfg gateway diff old.yaml new.yaml --exit-code -o json",
    ],
    flags: {
      "exit-code": { type: "boolean", brief: "exit 10 if there are differences" },
      ...READING,
    },
    formats: DOCUMENTS,
    load: async () => (await import("./commands/gateway/diff.ts")).diff,
  },
  {
    names: [["gateway", "reload"]],
    brief: "Ask a running gateway to read its configuration again",
    args: [],
    examples: [
      "llmcfg gateway reload --pid 4711 --state-dir /var/lib/gateway",
      "llmcfg gateway reload --pid 4711 --state-dir /var/lib/gateway --timeout 10s -o json",
    ],
    flags: {
      pid: { type: "string", value: "N", brief: "process id of the gateway" },
      "state-dir": { type: "string", value: "DIR", brief: "its state folder" },
      "refresh-secrets": {
        type: "boolean",
        brief: "ask the secret backends again, not their caches",
      },
    },
    formats: DOCUMENTS,
    load: async () => (await import("./commands/gateway/reload.ts")).reload,
  },
  {
    names: [["gateway", "doctor"]],
    brief: "Look for what keeps changes from being noticed on this host",
    args: ["FILE…"],
    examples: [
      "llmcfg gateway doctor /etc/gateway/gateway.yaml",
      "llmcfg gateway doctor gateway.yaml --state-dir /var/lib/gateway -o json",
    ],
    flags: {
      "state-dir": { type: "string", value: "DIR", brief: "the state folder of the process" },
      ...READING,
      "no-secrets": { type: "boolean", brief: "ask no backend for secrets" },
    },
    load: async () => (await import("./commands/gateway/doctor.ts")).doctor,
  },
  {
    names: [["gateway", "checksum"]],
    brief: "Print the checksum of a configuration",
    args: ["FILE"],
    examples: [
      "llmcfg gateway checksum gateway.yaml",
      "llmcfg gateway checksum gateway.toml -o json",
    ],
    flags: READING,
    formats: DOCUMENTS,
    load: async () => (await import("./commands/gateway/checksum.ts")).checksum,
  },
  {
    names: [["gateway", "schema"]],
    brief: "Print the JSON Schema of a gateway's configuration",
    args: [],
    examples: [
      "llmcfg gateway schema > gateway.schema.json",
      "llmcfg gateway schema --flavour document --draft draft-07",
    ],
    flags: {
      flavour: { type: "string", value: "F", brief: "authoring (for editors) or document" },
      draft: { type: "string", value: "D", brief: "2020-12 or draft-07" },
    },
    formats: DOCUMENTS,
    load: async () => (await import("./commands/gateway/schema.ts")).schema,
  },
  {
    names: [["gateway", "import"]],
    brief: "Read the configuration of another product",
    args: ["KIND", "FILE"],
    kinds: {
      names: ["litellm"],
      sayUnknown: (kind) => `there is no importer for ${kind}: those of LiteLLM can be read`,
    },
    examples: [
      "llmcfg gateway import litellm config.yaml > gateway.yaml",
      "llmcfg gateway import litellm config.yaml --redact-literals --to gateway.yaml",
      "llmcfg gateway import litellm config.yaml --move-secrets-to environment:gateway.env --to gateway.yaml",
      "llmcfg gateway import litellm config.yaml --move-secrets-to vault:kv > gateway.yaml",
    ],
    flags: {
      to: { type: "string", value: "FILE", brief: "write it there; must not exist" },
      format: { type: "string", value: "F", brief: "yaml, toml or json" },
      "redact-literals": { type: "boolean", brief: "references in place of credentials" },
      "move-secrets-to": {
        type: "string",
        value: "BACKEND",
        brief: "store credentials: environment:FILE, vault[:MOUNT] or llmcfg",
      },
      yes: { type: "boolean", brief: "confirm what reaches a protected environment (llmcfg)" },
      confirm: { type: "string", value: "ENV", brief: "name of the protected environment" },
      "fail-on": {
        type: "string",
        value: "LOSSES",
        brief: "exit 7 on approximated,assumed,preserved",
      },
    },
    formats: ["table", "json"],
    load: async () => (await import("./commands/gateway/import.ts")).importCommand,
  },
  {
    names: [["gateway", "export"]],
    brief: "Write the configuration for another product",
    args: ["KIND", "FILE"],
    kinds: {
      names: ["litellm"],
      sayUnknown: (kind) => `there is no exporter for ${kind}: those for LiteLLM can be written`,
    },
    examples: [
      "llmcfg gateway export litellm gateway.yaml > config.yaml",
      "llmcfg gateway export litellm gateway.yaml --env-map 'providers[openai].auth.key=OPENAI_API_KEY'",
    ],
    flags: {
      "env-map": { type: "string", value: "PATH=NAME,…", brief: "variables in place of secrets" },
      ...READING,
    },
    formats: ["table", "json"],
    load: async () => (await import("./commands/gateway/export.ts")).exportCommand,
  },
  {
    names: [["gateway", "audit-verify"]],
    brief: "Prove that nobody changed an audit log of configuration changes",
    args: ["FILE"],
    examples: [
      "llmcfg gateway audit-verify /var/lib/gateway/config-audit.jsonl",
      "llmcfg gateway audit-verify config-audit.jsonl -o json",
    ],
    flags: {},
    formats: DOCUMENTS,
    load: async () => (await import("./commands/gateway/audit-verify.ts")).auditVerifyCommand,
  },
  {
    names: [["gateway", "rbac"]],
    brief: "Print the least rights that a Kubernetes source needs",
    args: ["OBJECT…"],
    examples: [
      "llmcfg gateway rbac configmap/gateway --namespace llm --service-account gateway",
      "llmcfg gateway rbac configmap/gateway secret/keys | kubectl apply -f -",
    ],
    flags: {
      namespace: { type: "string", value: "NAME", brief: "of the objects (default)" },
      name: { type: "string", value: "NAME", brief: "of the roles and bindings" },
      "service-account": { type: "string", value: "NAME", brief: "who gets the rights" },
    },
    formats: ["table"],
    load: async () => (await import("./commands/gateway/rbac.ts")).rbac,
  },
];
