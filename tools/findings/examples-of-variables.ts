import { below, type FindingExample } from "./finding-example.ts";

const variables = (given: Readonly<Record<string, string>>, beside = {}) => ({
  variables: given,
  beside,
});

/** What is found in the environment. */
export const EXAMPLES_OF_VARIABLES: readonly FindingExample[] = [
  below(
    "env_ambiguous",
    "",
    "Set one of the two.",
    variables({ GATEWAY_SERVER__PORT: "8080", gateway_server__port: "9090" }),
  ),
  below(
    "env_conflict",
    "",
    "Set the value or its members.",
    variables({ GATEWAY_EXTENSIONS__A: "1", GATEWAY_EXTENSIONS__A__B: "2" }),
  ),
  below(
    "env_empty",
    "",
    "Give a value, unset the variable, or load with `ignoreEmpty`.",
    variables({ GATEWAY_SERVER__PORT: "" }),
  ),
  below(
    "env_empty_segment",
    "",
    "Write two underscores between levels, and none at the end.",
    variables({ GATEWAY_SERVER____PORT: "8080" }),
  ),
  below(
    "env_file_unreadable",
    "",
    "Put the file there, or let the process read it.",
    variables({ GATEWAY_SERVER__PORT_FILE: "/run/port" }),
  ),
  below(
    "env_malformed",
    "",
    "Write `path=value` or `path:=json` on each line.",
    variables({ GATEWAY_SET: "server.port 8080" }),
  ),
  below(
    "env_not_utf8",
    "",
    "Set the value in UTF-8.",
    variables({ GATEWAY_METADATA__OWNER: "Andr\ufffd" }),
  ),
  below(
    "env_service_link",
    "",
    "Nothing has to be done: Kubernetes made the variable. `enableServiceLinks: false` in the pod keeps it away.",
    variables({
      GATEWAY_SERVICE_HOST: "10.0.0.1",
      GATEWAY_SERVICE_PORT: "80",
      GATEWAY_PORT: "tcp://10.0.0.1:80",
    }),
  ),
  below(
    "env_unknown",
    "",
    "Correct the name, or give the variable another prefix.",
    variables({ GATEWAY_SERVER_PORT: "8080" }),
  ),
  below(
    "invalid_value",
    "",
    "Write the value in the form of its field.",
    variables({ GATEWAY_SERVER__PORT: "many" }),
  ),
  below(
    "malformed_path",
    "",
    "Write names with points between them, and keys of items in brackets: `providers[a].weight`.",
    variables({ GATEWAY_SET: "providers[a.weight=2" }),
  ),
  below("unknown_path", "", "Correct the path.", variables({ GATEWAY_SET: "server.prot=8080" })),
];
