import { type Duration, field, type Text } from "@llmcfg/config";
import * as z from "zod";
import { described, drain, int, orNull, share } from "./fields.ts";
import { type RedisConfig, redisConfig } from "./redis.ts";

/** Answers kept for equal requests, or with `semantic_caching` for similar ones. */
export interface CacheConfig {
  readonly backend: "memory" | "redis" | "memcached";
  readonly default_ttl: Duration;
  readonly max_entries: number;
  readonly semantic_caching: boolean;
  /** 0–1: how similar a request has to be; needed where `semantic_caching` is on. */
  readonly similarity_threshold: number | null;
  readonly redis: RedisConfig | null;
  readonly memcached: MemcachedConfig | null;
}

/** How Memcached is reached. */
export interface MemcachedConfig {
  /** `host:port`. */
  readonly servers: readonly Text[];
  readonly connect_timeout: Duration;
  readonly key_prefix: string;
}

const hostAndPort = field.text().refine(isHostAndPort, "is not host:port");

const memcachedConfig: z.ZodType<MemcachedConfig> = z.strictObject({
  servers: described(
    z.array(hostAndPort).min(1),
    "Servers that keys are spread over, as `host:port`.",
  ),
  connect_timeout: described(
    field.duration().prefault("5s"),
    "Longest time for a connection to a server to be made.",
  ),
  key_prefix: described(
    z.string().default("llm_gateway:cache:"),
    "Text before every key that is written, so that gateways can share servers.",
  ),
});

/** `routing.cache` of the configuration. */
export const cacheConfig: z.ZodType<CacheConfig> = z.strictObject({
  backend: described(
    drain(field.choice(["memory", "redis", "memcached"])),
    "Where answers are kept: in the process (`memory`), in `redis` or in `memcached`.",
  ),
  default_ttl: described(field.duration({ min: "1ms" }), "How long an answer is reused."),
  max_entries: described(int(1), "Answers that are kept at most; those not used longest go first."),
  semantic_caching: described(
    z.boolean().default(false),
    "Whether answers to similar requests are reused, and not to equal ones alone; needs `similarity_threshold`.",
  ),
  similarity_threshold: described(
    orNull(share()),
    "Least similarity of two requests that share an answer, from 0 to 1; null where only equal requests do.",
  ),
  redis: described(drain(orNull(redisConfig)), "Connection for the backend `redis`; null is none."),
  memcached: described(
    drain(orNull(memcachedConfig)),
    "Connection for the backend `memcached`; null is none.",
  ),
});

function isHostAndPort(server: Text): boolean {
  if (typeof server !== "string") return true; // a handle: its material is not known here
  const [, port] = /^(?:[^:[\]\s/]+|\[[0-9A-Fa-f:.]+\]):([0-9]{1,5})$/.exec(server) ?? [];
  return port !== undefined && Number(port) >= 1 && Number(port) <= 65_535;
}
