import { type Located, toDocument } from "@llmcfg/config";
import { isJsonObject, type Json } from "@llmcfg/core";
import { isLeaf } from "../../import/leaf-ledger.ts";
import { defaultGatewayConfig } from "../../schema/root.ts";
import type { LitellmExport } from "./litellm-export.ts";

/** Says of everything that was not written that it was not: silently only of what is the default. */
export function settleRest(exported: LitellmExport): void {
  settle(exported, exported.root, toDocument(defaultGatewayConfig()));
}

function settle(exported: LitellmExport, node: Located, usual: Json | undefined): void {
  if (isLeaf(node)) {
    if (!exported.ledger.isOpen(node)) return;
    if (isUsual(node, usual))
      exported.imply(node, "it is the default, and LiteLLM has no such setting");
    else exported.keep(node);
    return;
  }
  if (node.type === "array") {
    for (const [index, item] of node.items.entries()) {
      settle(exported, item, Array.isArray(usual) ? (usual[index] as Json | undefined) : undefined); // a document is JSON
    }
  }
  if (node.type !== "object") return;
  for (const [name, value] of node.entries) {
    settle(exported, value, isJsonObject(usual) ? usual[name] : undefined);
  }
}

/** Null and empty values of items say that nothing is set. */
function isUsual(node: Located, usual: Json | undefined): boolean {
  if (node.type !== "scalar") return true;
  return node.value === null || node.value === usual;
}
