import type { Located } from "@llmcfg/config";
import { isLeaf } from "../../import/leaf-ledger.ts";
import { itemsOf, member, membersOf } from "../../import/read-node.ts";
import type { LitellmExport } from "./litellm-export.ts";
import type { ExportedDeployment } from "./to-deployments.ts";
import { foreignJson } from "./to-model-members.ts";
import { Digits, type PyYaml } from "./write-py-yaml.ts";

type Members = { readonly [name: string]: PyYaml };

/** The sections of the file with what was preserved of them put back in its place. */
export function putBackSettings(exported: LitellmExport, file: Members): Members {
  const kept = exported.at("extensions", "litellm");
  return membersOf(kept).reduce<Members>((merged, [name, node]) => {
    if (name === "model_list" && member(node, "rest") !== undefined) return merged;
    if (name === "model_list" && member(node, "whole") !== undefined) return merged;
    return { ...merged, [name]: merge(merged[name], verbatim(exported, node, name)) };
  }, file);
}

/** The deployments with what was preserved of them, and behind them those that were kept whole. */
export function putBackDeployments(
  exported: LitellmExport,
  deployments: readonly ExportedDeployment[],
): readonly PyYaml[] {
  const kept = exported.at("extensions", "litellm", "model_list");
  const rests = member(kept, "rest");
  const mapped = deployments.map(({ provider, name, members }) => {
    const rest = member(rests, provider, name);
    return rest === undefined ? members : merge(members, verbatim(exported, rest, ""));
  });
  const whole = itemsOf(member(kept, "whole")).map((item) => verbatim(exported, item, ""));
  return [...mapped, ...whole];
}

function verbatim(exported: LitellmExport, node: Located, name: string): PyYaml {
  const value = foreignJson(exported, node, name) ?? null;
  settleAll(exported, node);
  return value;
}

function settleAll(exported: LitellmExport, node: Located): void {
  if (isLeaf(node))
    exported.ledger.settle(node, { disposition: "mapped", note: "put back where it was" });
  else if (node.type === "array") for (const item of node.items) settleAll(exported, item);
  else for (const [, value] of membersOf(node)) settleAll(exported, value);
}

/** What was preserved wins; lists are joined, and an alias that was taken apart is put together. */
function merge(written: PyYaml | undefined, kept: PyYaml): PyYaml {
  if (written === undefined) return kept;
  if (isList(written) && isList(kept)) return [...written, ...kept];
  if (typeof written === "string" && isMembers(kept)) return { model: written, ...kept };
  if (!isMembers(written) || !isMembers(kept)) return kept;
  return Object.entries(kept).reduce<Members>(
    (merged, [name, value]) => ({ ...merged, [name]: merge(own(merged, name), value) }),
    written,
  );
}

function own(members: Members, name: string): PyYaml | undefined {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}

function isList(value: PyYaml): value is readonly PyYaml[] {
  return Array.isArray(value);
}

function isMembers(value: PyYaml): value is Members {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Digits)
  );
}
