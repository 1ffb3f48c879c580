import { isJsonObject, type Json } from "@llmcfg/core";
import type { BundleState } from "../bundle/bundle-state.ts";
import type { SourceSelection } from "./options.ts";

/**
 * Whether what is selected of a state may read otherwise with its references as text: a sensitive
 * value may be a reference to another one, and `${` may be an escape, or for the library to expand.
 *
 * A value that has neither is the same for the library in both forms.
 */
export function holdsText({ bundle }: BundleState, selection: SourceSelection): boolean {
  const isSelected = selectedKeys(selection);
  const selected = Object.entries(bundle.values).filter(([key]) => isSelected(key));
  return bundle.redacted.some(isSelected) || selected.some(([, value]) => hasMark(value));
}

/** Whether a key is part of the layer. */
export function selectedKeys({
  folder,
  key,
  isOmitted,
}: SourceSelection): (key: string) => boolean {
  if (key !== undefined) return (name) => name === key;
  const start = folder === "" ? "" : `${folder}/`;
  return (name) => name.startsWith(start) && !isOmitted(name);
}

function hasMark(value: Json): boolean {
  if (typeof value === "string") return value.includes("${");
  if (isJsonObject(value)) return Object.values(value).some(hasMark);
  return Array.isArray(value) && value.some((item: Json) => hasMark(item));
}
