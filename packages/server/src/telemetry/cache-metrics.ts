import type { Labels, Registry } from "./metrics.ts";

/** What a cache in the memory of this process tells of itself. */
export interface CacheNumbers {
  readonly hits: number;
  readonly misses: number;
  readonly invalidations: number;
  readonly evictions: number;
  readonly bytes: number;
}

export interface CacheSources {
  /** All of tier `l1`: ready answers, shared bundles. */
  readonly l1: readonly CacheNumbers[];
  /** Reads of the store, behind all tiers. */
  readonly origin: { readonly hits: number; readonly misses: number; readonly errors: number };
}

export function observeCaches(registry: Registry, { l1, origin }: CacheSources): void {
  const sum = (of: keyof CacheNumbers) => l1.reduce((total, cache) => total + cache[of], 0);
  const inTier = (of: keyof CacheNumbers): Iterable<readonly [Labels, number]> => [
    [{ tier: "l1" }, sum(of)],
  ];
  registry.observed(
    "counter",
    "llmcfg_cache_requests_total",
    "Reads, by the tier that was asked and what it answered.",
    () => [
      [{ tier: "l1", result: "hit" }, sum("hits")],
      [{ tier: "l1", result: "miss" }, sum("misses")],
      [{ tier: "origin", result: "hit" }, origin.hits],
      [{ tier: "origin", result: "miss" }, origin.misses],
      [{ tier: "origin", result: "error" }, origin.errors],
    ],
  );
  registry.observed("gauge", "llmcfg_cache_size_bytes", "What a tier holds.", () =>
    inTier("bytes"),
  );
  registry.observed("counter", "llmcfg_cache_evictions_total", "Dropped for want of room.", () =>
    inTier("evictions"),
  );
  registry.observed(
    "counter",
    "llmcfg_cache_invalidations_total",
    "Dropped because something they depend on changed, or for their age.",
    () => inTier("invalidations"),
  );
}
