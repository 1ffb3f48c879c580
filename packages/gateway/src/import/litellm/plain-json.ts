import type { Located } from "@llmcfg/config";
import type { Json } from "@llmcfg/core";
import { escapeText } from "../escape-text.ts";
import { isCredential } from "../find-credential.ts";

/**
 * The value, its texts escaped; `undefined` where something in it needs more care: a credential,
 * or a variable of the environment.
 */
export function toPlainJson(node: Located | undefined, name = ""): Json | undefined {
  if (node === undefined) return undefined;
  if (node.type === "scalar") return plainScalar(node.value, name);
  if (node.type === "array") {
    const items = node.items.map((item) => toPlainJson(item, name));
    return items.every((item) => item !== undefined) ? items : undefined;
  }
  const members = [...node.entries].map(([key, value]) => [key, toPlainJson(value, key)] as const);
  const known = members.flatMap(([key, value]) =>
    value === undefined ? [] : [[key, value] as const],
  );
  return known.length === members.length ? Object.fromEntries(known) : undefined;
}

function plainScalar(value: string | number | boolean | null, name: string): Json | undefined {
  if (typeof value !== "string") return value;
  return value.startsWith("os.environ/") || isCredential(name, value)
    ? undefined
    : escapeText(value);
}
