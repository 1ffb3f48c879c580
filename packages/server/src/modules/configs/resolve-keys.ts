import {
  type Environment,
  type Resolved,
  type ResolveOptions,
  resolveKey,
  type ServiceKey,
} from "@llmcfg/core";
import { type LayerSource, layersOf } from "./layer-table.ts";

/**
 * What each key gives in the last environment of a chain, in the order of `keys`.
 *
 * What references lead to is loaded in rounds, one for each level of references.
 */
export async function resolveKeys(
  source: LayerSource,
  chain: readonly Environment[],
  keys: readonly ServiceKey[],
  options: ResolveOptions = {},
): Promise<readonly Resolved[]> {
  const env = chain.at(-1)?.name ?? "";
  const lookUp = (key: ServiceKey) => layersOf(source, chain, key);
  const done = new Map<ServiceKey, Resolved>();
  let pending = keys;
  while (pending.length > 0) {
    const missing: ServiceKey[] = [];
    for (const key of pending) {
      const { service, key: name } = key;
      const result = resolveKey({ env, service, key: name }, lookUp, options);
      if (result.kind === "resolved") done.set(key, result.resolved);
      else missing.push(...result.missing);
    }
    pending = pending.filter((key) => !done.has(key));
    await source.loadKeys(missing);
  }
  return keys.flatMap((key) => done.get(key) ?? []);
}
