/**
 * Where rights hold: a selector of keys, and what it says of namespaces and the tenant.
 *
 * @module
 */

import {
  formatPath,
  isLlmcfgError,
  parseSelector,
  type Selector,
  selectorCovers,
  selectorMatches,
  selectorMeets,
} from "@llmcfg/core";
import type { Resource } from "./ports.ts";

export interface Scope extends Selector {
  /** `**`: everything, things of the tenant that are at no path too. */
  readonly isWholeTenant: boolean;
}

/** `undefined` for what is no selector. */
export function parseScope(text: string): Scope | undefined {
  try {
    return { ...parseSelector(text), isWholeTenant: text === "**" };
  } catch (error) {
    if (isLlmcfgError(error, "INVALID_ARGUMENT")) return undefined;
    throw error;
  }
}

/** Whether all of the resource lies in the scope. */
export function coversResource(scope: Scope, resource: Resource): boolean {
  if (scope.isWholeTenant) return true;
  switch (resource.kind) {
    case "item":
      return selectorMatches(scope, formatPath(resource));
    case "namespace":
      return selectorCovers(scope, folderOf(resource));
    case "tenant":
      return false;
  }
}

/** Whether any of the resource lies in the scope. */
export function meetsResource(scope: Scope, resource: Resource): boolean {
  switch (resource.kind) {
    case "item":
      return selectorMatches(scope, formatPath(resource));
    case "namespace":
      return selectorMeets(scope, folderOf(resource));
    case "tenant":
      return true;
  }
}

/** Whether any key is in both. */
export function meetsScope(a: Scope, b: Scope): boolean {
  const [shorter, longer] = a.segments.length <= b.segments.length ? [a, b] : [b, a];
  const fits = shorter.isOpen || shorter.segments.length === longer.segments.length;
  return fits && shorter.segments.every((segment, i) => agrees(segment, longer.segments[i] ?? "*"));
}

function agrees(a: string, b: string): boolean {
  return a === "*" || b === "*" || a === b;
}

/**
 * The folder that a namespace lies in, as segments; a prefix that ends within a segment counts as
 * the folder it is in.
 */
function folderOf(namespace: Extract<Resource, { kind: "namespace" }>): readonly string[] {
  const { env, service, prefix = "" } = namespace;
  return service === undefined ? [env] : [env, service, ...prefix.split("/").slice(0, -1)];
}
