import type { Located } from "@llmcfg/config";
import type { JsonObject } from "@llmcfg/core";
import { modelPath, providerPath } from "../document-paths.ts";
import { integerOf, isNothing, itemsOf, member, membersOf, textOf } from "../read-node.ts";
import { DeploymentDraft, type LocalClaim } from "./deployment-draft.ts";
import { groupDeployments, type ProviderGroup, withPrefix } from "./group-deployments.ts";
import { mapModel } from "./map-model.ts";
import { apiBaseOf, mapProvider } from "./map-provider.ts";
import { mapWeights } from "./map-weights.ts";
import type { LitellmMapping } from "./mapping.ts";
import { findTarget } from "./provider-prefix.ts";

/** Where the deployments went, for what speaks of them elsewhere in the file. */
export interface MappedDeployments {
  readonly groups: readonly ProviderGroup[];
  /** Items that stay as they are, and why. */
  readonly unmapped: ReadonlyMap<Located, string>;
}

/** `model_list`, as drafts grouped into providers; {@link writeProviders} puts them down. */
export function mapDeployments(mapping: LitellmMapping, isShuffled: boolean): MappedDeployments {
  const drafts: DeploymentDraft[] = [];
  const unmapped = new Map<Located, string>();
  for (const item of itemsOf(mapping.root.entries.get("model_list"))) {
    const draft = draftOf(mapping, item);
    if (typeof draft === "string") unmapped.set(item, draft);
    else drafts.push(draft);
  }
  if (isShuffled) mapWeights(drafts);
  return { groups: groupDeployments(drafts), unmapped };
}

/** The draft, or why there is none. */
function draftOf(mapping: LitellmMapping, item: Located): DeploymentDraft | string {
  const name = textOf(member(item, "model_name"));
  const model = textOf(member(item, "litellm_params", "model"));
  if (item.type !== "object" || name === undefined || model === undefined) {
    return "it has no model_name, or no model";
  }
  if (name.length > 256 || model.startsWith("os.environ/")) return "its model is not known";
  const draft = targeted(mapping, item, { name, model });
  if (draft === undefined) return "nothing here speaks to its provider, and it has no api_base";
  const fault = mapProvider(draft);
  if (fault !== undefined) return fault;
  mapModel(draft);
  return draft;
}

function targeted(
  mapping: LitellmMapping,
  item: DeploymentDraft["item"],
  { name, model }: { readonly name: string; readonly model: string },
): DeploymentDraft | undefined {
  const probe = new DeploymentDraft(mapping, {
    item,
    name,
    target: { prefix: "openai", type: "openai", upstream: model },
  });
  const base = textOf(apiBaseOf(probe));
  const apiBase = base?.startsWith("os.environ/") === true ? null : base;
  const target = findTarget(model, {
    apiBase,
    provider: textOf(probe.param("custom_llm_provider")),
  });
  return target === undefined ? undefined : new DeploymentDraft(mapping, { item, name, target });
}

/** Writes the providers down, and says of the leaves of their deployments what became of them. */
export function writeProviders(mapping: LitellmMapping, { groups }: MappedDeployments): void {
  const providers = groups.map((group) => providerOf(mapping, group, retriesOf(groups, group)));
  mapping.set(["providers"], providers);
}

function providerOf(
  mapping: LitellmMapping,
  group: ProviderGroup,
  retries: number | undefined,
): JsonObject {
  const { id, deployments } = group;
  const [first] = deployments;
  if (first === undefined) throw new TypeError("a group has at least one deployment");
  for (const draft of deployments) settle(mapping, id, draft);
  for (const { owner, path, note } of first.assumptions) {
    if (owner === "provider") mapping.ledger.assume(providerPath(id, path), note);
  }
  const settings = mapping.literals.unmark(
    withPrefix(first.provider, first.target.prefix),
    id,
  ) as JsonObject; // texts alone change
  const overlay = retries === undefined ? {} : { retry_policy: { max_retries: retries } };
  return { id, ...settings, ...overlay, models: deployments.map(({ model }) => model) };
}

function settle(mapping: LitellmMapping, provider: string, draft: DeploymentDraft): void {
  mapping.addOrigin(providerPath(provider), draft.item);
  const place = { provider, model: draft.name };
  const toPath = ({ owner, path }: Pick<LocalClaim, "owner" | "path">) =>
    owner === "provider" ? providerPath(provider, path) : modelPath(place, path);
  for (const claim of draft.claims) {
    const { node, disposition, note, isLiteral } = claim;
    mapping.settleClaims([
      { node, isLiteral, settlement: { disposition, to: toPath(claim), note } },
    ]);
  }
  for (const assumption of draft.assumptions) {
    if (assumption.owner === "model") mapping.ledger.assume(toPath(assumption), assumption.note);
  }
  for (const section of ["litellm_params", "model_info"]) {
    const node = draft.item.entries.get(section);
    mapping.settleNothing([node, ...membersOf(node).map(([, value]) => value)].filter(isEmpty));
  }
}

function isEmpty(node: Located | undefined): boolean {
  return node !== undefined && isNothing(node);
}

/** `max_retries` that all deployments of a group have in common: retries are the provider's here. */
function retriesOf(
  groups: readonly ProviderGroup[],
  { settings }: ProviderGroup,
): number | undefined {
  const deployments = groups
    .filter((one) => one.settings === settings)
    .flatMap((one) => one.deployments);
  const nodes = deployments.map(
    (draft) => draft.param("max_retries") ?? draft.param("num_retries"),
  );
  const counts = new Set(nodes.map((node) => integerOf(node, { min: 0, max: 10 })));
  const [count] = counts;
  if (counts.size !== 1 || count === undefined) return undefined;
  for (const [index, draft] of deployments.entries()) {
    const node = nodes[index];
    const owner = groups.find((group) => group.deployments.includes(draft));
    const to = providerPath(owner?.id ?? "", ["retry_policy", "max_retries"]);
    if (node !== undefined) draft.mapping.ledger.settle(node, { disposition: "mapped", to });
  }
  return count;
}
