import { canonicalize, isJsonObject, type Json, type JsonObject } from "@llmcfg/core";
import { findEndpoint } from "../../catalogue.ts";
import { isPrivateHost } from "../../checks/private-host.ts";
import type { DeploymentDraft } from "./deployment-draft.ts";
import { PREFIX_TYPES } from "./provider-prefix.ts";

/** A provider, and the deployments that are its models. */
export interface ProviderGroup {
  readonly id: string;
  /** Equal for providers that differ in nothing but their models. */
  readonly settings: string;
  readonly deployments: DeploymentDraft[];
}

/**
 * Deployments that are asked in the same way, as providers in the order of the file.
 *
 * A provider has a public name once: where a group has it twice, the second deployment goes to a
 * sibling with the same settings, so that both stay in the balance set.
 */
export function groupDeployments(drafts: readonly DeploymentDraft[]): readonly ProviderGroup[] {
  const groups: ProviderGroup[] = [];
  const ids = new Set<string>();
  for (const draft of drafts) {
    const settings = canonicalize([draft.target.prefix, draft.provider]);
    const isFree = (group: ProviderGroup): boolean =>
      group.settings === settings && !group.deployments.some(({ name }) => name === draft.name);
    const known = groups.find(isFree);
    if (known === undefined)
      groups.push({ id: freeId(draft, ids), settings, deployments: [draft] });
    else known.deployments.push(draft);
  }
  return groups;
}

/** The settings of a provider with what says by which prefix it is asked, where its type does not. */
export function withPrefix(provider: JsonObject, prefix: string): JsonObject {
  return prefix === canonicalPrefix(provider["type"])
    ? provider
    : { ...provider, metadata: { litellm_prefix: prefix } };
}

/** The prefix that a provider of this type is given where nothing else is said. */
export function canonicalPrefix(type: Json | undefined): string {
  if (type === "openai_compatible") return "openai";
  if (type === "tgi") return "huggingface";
  return [...PREFIX_TYPES].find(([, known]) => known === type)?.[0] ?? "openai";
}

function freeId(draft: DeploymentDraft, ids: Set<string>): string {
  const base = baseId(draft);
  for (let count = 1; ; count += 1) {
    const id = count === 1 ? base : `${base.slice(0, 60)}-${count}`;
    if (ids.has(id)) continue;
    ids.add(id);
    return id;
  }
}

/** `azure-my-resource`: the prefix, and the first label of a host that is not the type's own. */
function baseId({ target, provider }: DeploymentDraft): string {
  const { endpoint, auth } = provider;
  const label = typeof endpoint === "string" ? hostLabel(endpoint) : undefined;
  const usual = findEndpoint(target.type, isJsonObject(auth ?? null) ? placeOf(auth) : {});
  const parts =
    label === undefined || endpoint === usual ? [target.prefix] : [target.prefix, label];
  return slug(parts.join("-"));
}

function placeOf(auth: Json | undefined): { region?: string; location?: string } {
  if (!isJsonObject(auth)) return {};
  const { region, location } = auth;
  return {
    ...(typeof region === "string" ? { region } : {}),
    ...(typeof location === "string" ? { location } : {}),
  };
}

function hostLabel(endpoint: string): string | undefined {
  if (endpoint.includes("${")) return undefined;
  const host = URL.parse(endpoint)?.hostname;
  if (host === undefined) return undefined;
  const isAddress = /^[0-9.]+$/.test(host) || host.startsWith("[");
  return isAddress && isPrivateHost(host) ? host.replaceAll(/[[\]:.]+/g, "-") : host.split(".")[0];
}

export function slug(text: string): string {
  const plain = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, "-")
    .replaceAll(/^[^a-z0-9]+|-+$/g, "");
  return plain.slice(0, 64).replace(/-+$/, "") || "provider";
}
