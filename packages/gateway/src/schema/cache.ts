import { type Duration, field, type Text } from "@llmcfg/config";
import * as z from "zod";
import { drain, int, orNull, share } from "./fields.ts";
import { type RedisConfig, redisConfig } from "./redis.ts";

/** Answers kept for equal requests, or for similar ones. */
export interface CacheConfig {
  readonly backend: "memory" | "redis" | "memcached";
  readonly default_ttl: Duration;
  readonly max_entries: number;
  readonly semantic_caching: boolean;
  readonly similarity_threshold: number | null;
  readonly redis: RedisConfig | null;
  readonly memcached: MemcachedConfig | null;
}

export interface MemcachedConfig {
  /** `host:port`. */
  readonly servers: readonly Text[];
  readonly connect_timeout: Duration;
  readonly key_prefix: string;
}

const hostAndPort = field.text().refine(isHostAndPort, "is not host:port");

const memcachedConfig: z.ZodType<MemcachedConfig> = z.strictObject({
  servers: z.array(hostAndPort).min(1),
  connect_timeout: field.duration().prefault("5s"),
  key_prefix: z.string().default("llm_gateway:cache:"),
});

/** `routing.cache` of the configuration. */
export const cacheConfig: z.ZodType<CacheConfig> = z.strictObject({
  backend: drain(field.choice(["memory", "redis", "memcached"])),
  default_ttl: field.duration({ min: "1ms" }),
  max_entries: int(1),
  semantic_caching: z.boolean().default(false),
  similarity_threshold: orNull(share()),
  redis: drain(orNull(redisConfig)),
  memcached: drain(orNull(memcachedConfig)),
});

function isHostAndPort(server: Text): boolean {
  if (typeof server !== "string") return true; // a handle: its material is not known here
  const [, port] = /^(?:[^:[\]\s/]+|\[[0-9A-Fa-f:.]+\]):([0-9]{1,5})$/.exec(server) ?? [];
  return port !== undefined && Number(port) >= 1 && Number(port) <= 65_535;
}
