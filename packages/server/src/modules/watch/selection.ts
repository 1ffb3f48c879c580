/**
 * What a stream shows, in a form that is equal for equal selections.
 *
 * @module
 */

import {
  checkKeyPrefix,
  checkKeyRef,
  compareBytewise,
  type KeyRef,
  LlmcfgError,
} from "@llmcfg/core";
import type { Namespace } from "../configs/ports.ts";
import type { WatchSelection } from "./ports.ts";

/** Of how many namespaces one stream may consist. */
export const MAX_NAMESPACES = 256;

/** Namespaces of which none lies within another, sorted: no key is in two of them. */
export interface Selection {
  readonly view: WatchSelection["view"];
  readonly namespaces: readonly Namespace[];
  /** Equal for equal selections. */
  readonly key: string;
}

/**
 * @throws {LlmcfgError} `INVALID_ARGUMENT` where there are none, too many, or one makes no sense;
 *   `INVALID_KEY` where no key could be in one
 */
export function toSelection(
  view: WatchSelection["view"],
  namespaces: readonly Namespace[],
): Selection {
  if (namespaces.length === 0 || namespaces.length > MAX_NAMESPACES) {
    throw refuse(`a selection has 1 to ${MAX_NAMESPACES} namespaces, not ${namespaces.length}`);
  }
  const homeless = namespaces.find(({ service, prefix }) => service === undefined && prefix !== "");
  if (homeless !== undefined) throw refuse("a prefix of keys needs a service");
  for (const namespace of namespaces) requireNames(namespace);

  const byName = new Map(namespaces.map((namespace) => [nameOf(namespace), namespace]));
  const sorted = [...byName].toSorted(([a], [b]) => compareBytewise(a, b));
  const kept = sorted.filter(([, a]) => !sorted.some(([, b]) => b !== a && covers(b, a)));
  const key = [view, ...kept.map(([name]) => name)].join("\n");
  return { view, namespaces: kept.map(([, namespace]) => namespace), key };
}

/** Stands for what is not looked at. */
const ANY = "any";

function requireNames({ env, service = ANY, prefix }: Namespace): void {
  const faults = [...checkKeyRef({ env, service, key: ANY }), ...checkKeyPrefix(prefix)];
  const [first] = faults;
  if (first === undefined) return;
  const errors = faults.map((detail) => ({ pointer: "", code: "INVALID_KEY", detail }));
  throw new LlmcfgError("INVALID_KEY", first, { errors });
}

/** Whether the namespace holds the key. */
export function holds(namespace: Namespace, { env, service, key }: KeyRef): boolean {
  return (
    namespace.env === env &&
    (namespace.service === undefined || namespace.service === service) &&
    key.startsWith(namespace.prefix)
  );
}

function covers(outer: Namespace, { env, service, prefix }: Namespace): boolean {
  if (outer.env !== env) return false;
  if (outer.service === undefined) return true;
  return outer.service === service && prefix.startsWith(outer.prefix);
}

function nameOf({ env, service, prefix }: Namespace): string {
  return JSON.stringify([env, service ?? null, prefix]);
}

function refuse(detail: string): LlmcfgError {
  const errors = [{ pointer: "", code: "INVALID_ARGUMENT", detail }];
  return new LlmcfgError("INVALID_ARGUMENT", detail, { errors });
}
