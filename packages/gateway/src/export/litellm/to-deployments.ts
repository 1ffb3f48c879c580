import type { Located } from "@llmcfg/config";
import type { Json } from "@llmcfg/core";
import { isProviderTypeName, type ProviderTypeName } from "../../catalogue.ts";
import { unescapeText } from "../../import/escape-text.ts";
import { canonicalPrefix } from "../../import/litellm/group-deployments.ts";
import { flagOf, itemsOf, member, textOf } from "../../import/read-node.ts";
import type { LitellmExport } from "./litellm-export.ts";
import { toModelMembers } from "./to-model-members.ts";
import { toProviderMembers } from "./to-provider-members.ts";
import type { PyYaml } from "./write-py-yaml.ts";

/** A provider of the document that LiteLLM is told about. */
export interface ExportedProvider {
  readonly node: Located;
  readonly id: string;
  readonly type: ProviderTypeName;
  readonly prefix: string;
}

export interface ExportedDeployment {
  readonly provider: string;
  /** `model_name` */
  readonly name: string;
  readonly members: { readonly [name: string]: PyYaml };
}

/** `model_list`: each model of each provider, in the order of the document. */
export function toDeployments(exported: LitellmExport): readonly ExportedDeployment[] {
  return itemsOf(exported.at("providers")).flatMap((node) => {
    const provider = providerOf(exported, node);
    if (provider === undefined) return [];
    const common = toProviderMembers(exported, provider);
    const deployments = itemsOf(member(node, "models")).flatMap((model) => {
      const deployment = toDeployment(exported, { provider, model, common });
      return deployment === undefined ? [] : [deployment];
    });
    return deployments;
  });
}

function providerOf(exported: LitellmExport, node: Located): ExportedProvider | undefined {
  const type = textOf(member(node, "type"));
  const id = textOf(member(node, "id"));
  if (flagOf(member(node, "enabled")) === false || !isProviderTypeName(type) || id === undefined) {
    exported.keep(node, "a provider that is not enabled is left out");
    return undefined;
  }
  const prefix = textOf(member(node, "metadata", "litellm_prefix")) ?? canonicalPrefix(type);
  for (const name of ["id", "name", "type", "enabled"])
    exported.imply(member(node, name), `it is a deployment of ${prefix}/`);
  exported.imply(member(node, "metadata", "litellm_prefix"), "it is the prefix of the model");
  return { node, id, type, prefix };
}

interface DeploymentParts {
  readonly provider: ExportedProvider;
  readonly model: Located;
  readonly common: Readonly<Record<string, Json>>;
}

function toDeployment(
  exported: LitellmExport,
  { provider, model, common }: DeploymentParts,
): ExportedDeployment | undefined {
  const id = textOf(member(model, "id"));
  if (id === undefined || flagOf(member(model, "enabled")) === false) {
    exported.keep(model, "a model that is not enabled is left out");
    return undefined;
  }
  exported.settle(member(model, "id"), ["model_list", "model_name"]);
  exported.imply(member(model, "enabled"), "it is listed");
  const upstream = member(model, "upstream_id");
  const name = unescapeText(id);
  const sent = upstream === undefined ? name : exported.text(upstream, "text");
  exported.settle(upstream, ["model_list", "litellm_params", "model"]);
  const { params, facts } = toModelMembers(exported, model, provider.node);
  const litellm_params = { model: `${provider.prefix}/${sent ?? name}`, ...common, ...params };
  const members = { model_name: name, litellm_params };
  return {
    provider: provider.id,
    name,
    members: Object.keys(facts).length === 0 ? members : { ...members, model_info: facts },
  };
}
