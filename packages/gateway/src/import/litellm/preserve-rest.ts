import type { ConfigPath, Located } from "@llmcfg/config";
import { formatConfigPath, type PathSegment } from "@llmcfg/config";
import type { Json, JsonObject } from "@llmcfg/core";
import { escapeText } from "../escape-text.ts";
import { isCredential } from "../find-credential.ts";
import { isLeaf } from "../leaf-ledger.ts";
import { membersOf, textOf } from "../read-node.ts";
import { withMember } from "../with-member.ts";
import type { MappedDeployments } from "./map-deployments.ts";
import type { LitellmMapping } from "./mapping.ts";

/**
 * Keeps everything that has no meaning here under `extensions.litellm`, where it stood. What is
 * left of a deployment stands under its provider and model, since the list of deployments is gone:
 * `model_list.rest`; a deployment that could not be mapped is in `model_list.whole`.
 */
export function preserveRest(mapping: LitellmMapping, deployments: MappedDeployments): void {
  settleVariables(mapping);
  const kept: JsonObject = Object.fromEntries(
    membersOf(mapping.root).flatMap(([name, node]) => {
      settleEmptySection(mapping, name, node);
      if (name === "model_list" && node.type === "array") return [];
      const rest = restOf(mapping, { node, name, to: [name], from: [name] });
      return rest === undefined ? [] : [[name, rest] as const];
    }),
  );
  const list = restOfDeployments(mapping, deployments);
  const extension = list === undefined ? kept : { ...kept, model_list: list };
  if (Object.keys(extension).length > 0) mapping.set(["extensions", "litellm"], extension);
}

/** A section of the proxy that is there and empty says as much as one that is not there. */
function settleEmptySection(mapping: LitellmMapping, name: string, node: Located): void {
  if (/_settings$|^model_list$/.test(name)) mapping.settleNothing([node]);
  if (name === "litellm_settings" || name === "router_settings") {
    mapping.settleNothing(
      membersOf(node)
        .filter(([key]) => CONTAINERS.has(key))
        .map(([, value]) => value),
    );
  }
}

/** What would be mapped if it held something, and so cannot be kept as a value of its own. */
const CONTAINERS: ReadonlySet<string> = new Set([
  "cache_params",
  "callbacks",
  "success_callback",
  "fallbacks",
  "context_window_fallbacks",
  "content_policy_fallbacks",
  "default_fallbacks",
  "model_group_alias",
  "provider_budget_config",
  "retry_policy",
]);

/** Their values are not ours to write; the names have to be set where the gateway runs. */
function settleVariables(mapping: LitellmMapping): void {
  for (const [name, node] of membersOf(mapping.root.entries.get("environment_variables"))) {
    const text = textOf(node);
    const note = `not copied: set ${name} in the environment of the gateway`;
    if (text === undefined || text.startsWith("os.environ/")) {
      mapping.ledger.settle(node, { disposition: "approximated", note });
    } else {
      mapping.literals.settle(node, undefined);
      mapping.ledger.remark(node, note);
    }
  }
  mapping.settleNothing([mapping.root.entries.get("environment_variables")]);
}

function restOfDeployments(
  mapping: LitellmMapping,
  { groups, unmapped }: MappedDeployments,
): Json | undefined {
  let list: JsonObject = {};
  for (const { id, deployments } of groups) {
    for (const { item, name } of deployments) {
      const to = ["model_list", "rest", id, name];
      const rest = restOf(mapping, { node: item, name: "", to, from: ["deployments", id] });
      if (rest !== undefined) list = withMember(list, ["rest", id, name], rest);
    }
  }
  const whole = wholeItems(mapping, unmapped);
  if (whole.length > 0) list = { ...list, whole };
  return Object.keys(list).length === 0 ? undefined : list;
}

function wholeItems(
  mapping: LitellmMapping,
  unmapped: ReadonlyMap<Located, string>,
): readonly Json[] {
  const whole: Json[] = [];
  for (const [item, reason] of unmapped) {
    mapping.ledger.remark(item, `the deployment is kept as it is: ${reason}`);
    const place = { to: ["model_list", "whole", whole.length], from: ["deployments", "whole"] };
    const rest = restOf(mapping, { node: item, name: "", ...place });
    if (rest !== undefined) whole.push(rest);
  }
  return whole;
}

interface Place {
  readonly node: Located;
  /** Of the member that the value belongs to. */
  readonly name: string;
  /** Below `extensions.litellm`. */
  readonly to: readonly (string | number)[];
  /** Names a secret. */
  readonly from: readonly string[];
}

/** What nothing has been said about, as it stands; `undefined` where nothing is left. */
function restOf(mapping: LitellmMapping, { node, name, to, from }: Place): Json | undefined {
  if (isLeaf(node))
    return mapping.ledger.isOpen(node) ? leafOf(mapping, { node, name, to, from }) : undefined;
  if (node.type === "array") {
    const rest: Json[] = [];
    for (const item of node.items) {
      const place = { node: item, name, to: [...to, rest.length], from };
      const value = restOf(mapping, place);
      if (value !== undefined) rest.push(value);
    }
    return rest.length === 0 ? undefined : rest;
  }
  const members = membersOf(node).flatMap(([key, value]) => {
    const rest = restOf(mapping, {
      node: value,
      name: key,
      to: [...to, key],
      from: [...from, key],
    });
    return rest === undefined ? [] : [[key, rest] as const];
  });
  return members.length === 0 ? undefined : Object.fromEntries(members);
}

function leafOf(mapping: LitellmMapping, { node, name, to, from }: Place): Json {
  const path = extensionPath(to);
  if (node.type === "object" || node.type === "array") {
    mapping.ledger.settle(node, { disposition: "preserved", to: path });
    return node.type === "object" ? {} : [];
  }
  if (node.type === "scalar" && typeof node.value === "string" && isCredential(name, node.value)) {
    return mapping.literals.replace(node, node.value, { name: from.join("/"), to: path });
  }
  const value = node.type === "scalar" ? node.value : null;
  mapping.ledger.settle(node, { disposition: "preserved", to: path });
  return typeof value === "string" ? escapeText(value) : value;
}

function extensionPath(steps: readonly (string | number)[]): ConfigPath {
  const segments = ["extensions", "litellm", ...steps].map((step): PathSegment => {
    return typeof step === "number"
      ? { type: "index", index: step }
      : { type: "member", name: step };
  });
  return formatConfigPath(segments);
}
