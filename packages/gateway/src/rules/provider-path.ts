import { type ConfigPath, formatConfigPath } from "@llmcfg/config";

/** The path to a member of the provider with the id. */
export function providerPath(id: string, member: string): ConfigPath {
  return formatConfigPath([
    { type: "member", name: "providers" },
    { type: "item", key: id },
    { type: "member", name: member },
  ]);
}
