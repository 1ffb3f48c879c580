import type { Located } from "@llmcfg/config";
import { isJsonArray } from "@llmcfg/core";
import { modelPath } from "../document-paths.ts";
import { escapeText } from "../escape-text.ts";
import { flagOf, member, membersOf, textOf } from "../read-node.ts";
import { type ProviderGroup } from "./group-deployments.ts";
import type { LitellmMapping } from "./mapping.ts";

/** `model_group_alias`: further names of all deployments of a model. */
export function mapAliases(mapping: LitellmMapping, groups: readonly ProviderGroup[]): void {
  const names = new Set(groups.flatMap(({ deployments }) => deployments.map(({ name }) => name)));
  for (const [alias, node] of membersOf(mapping.setting("router_settings", "model_group_alias"))) {
    const target = node.type === "object" ? member(node, "model") : node;
    const model = textOf(target);
    if (target === undefined || model === undefined || alias === "" || alias.length > 256) continue;
    if (!names.has(model) || names.has(alias)) continue; // it names nothing here, or another model
    addAlias(groups, model, alias);
    const [group] = groups.filter(({ deployments }) =>
      deployments.some(({ name }) => name === model),
    );
    const to = modelPath({ provider: group?.id ?? "", model }, ["aliases"]);
    mapping.ledger.settle(target, { disposition: "mapped", to });
    settleHidden(mapping, node, to);
  }
}

function addAlias(groups: readonly ProviderGroup[], model: string, alias: string): void {
  for (const draft of groups.flatMap(({ deployments }) => deployments)) {
    if (draft.name !== model) continue;
    const { aliases } = draft.model;
    const known = isJsonArray(aliases) ? aliases : [];
    draft.set("model", ["aliases"], [...known, escapeText(alias)]);
  }
}

function settleHidden(mapping: LitellmMapping, node: Located, to: string): void {
  const hidden = member(node, "hidden");
  if (flagOf(hidden) === false) mapping.ledger.settle(hidden, { disposition: "mapped", to });
}
