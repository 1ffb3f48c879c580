/**
 * Places in a document of a gateway, for reports.
 *
 * @module
 */

import { type ConfigPath, formatConfigPath } from "@llmcfg/config";

export function providerPath(id: string, names: readonly string[] = []): ConfigPath {
  return formatConfigPath([
    { type: "member", name: "providers" },
    { type: "item", key: id },
    ...names.map((name) => ({ type: "member", name }) as const),
  ]);
}

export function modelPath(
  { provider, model }: { readonly provider: string; readonly model: string },
  names: readonly string[] = [],
): ConfigPath {
  return formatConfigPath([
    { type: "member", name: "providers" },
    { type: "item", key: provider },
    { type: "member", name: "models" },
    { type: "item", key: model },
    ...names.map((name) => ({ type: "member", name }) as const),
  ]);
}

export function rulePath(id: string): ConfigPath {
  const rules = ["routing", "policy", "rules"].map((name) => ({ type: "member", name }) as const);
  return formatConfigPath([...rules, { type: "item", key: id }]);
}
