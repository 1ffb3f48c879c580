import { field } from "@llmcfg/config";
import * as z from "zod";
import { described, headerName, orNull, tag } from "./fields.ts";

/** How one deployment of several is chosen. */
export const STRATEGY_NAMES = [
  "round_robin",
  "weighted",
  "random",
  "least_connections",
  "lowest_latency",
  "lowest_cost",
  "lowest_usage",
  "highest_throughput",
  "priority",
  "consistent_hash",
  "power_of_two",
] as const;

/** How one deployment is chosen among those of a tier. */
export type StrategyName = (typeof STRATEGY_NAMES)[number];

/** A name, or the hash with what it hashes; the bare name hashes the user. */
export type RoutingStrategy = StrategyName | ConsistentHash;

/** The same deployment for each value of what is hashed, as long as the deployments stay the same. */
export interface ConsistentHash {
  readonly type: "consistent_hash";
  readonly hash_on: "user" | "tenant" | "header";
  /** Named where `hash_on` is `header`. */
  readonly header: string | null;
}

/** Names that other products have for the strategies. */
export const STRATEGY_ALIASES: Readonly<Record<string, StrategyName>> = {
  "round-robin": "round_robin",
  weighted_random: "weighted",
  "simple-shuffle": "weighted",
  loadbalance: "weighted",
  "provider-weighted": "weighted",
  "model-weighted": "weighted",
  "least-busy": "least_connections",
  "least-connections": "least_connections",
  "latency-based-routing": "lowest_latency",
  "lowest-latency": "lowest_latency",
  latency: "lowest_latency",
  "balanced-latency": "lowest_latency",
  "model-latency": "lowest_latency",
  "cost-based-routing": "lowest_cost",
  price: "lowest_cost",
  "usage-based-routing": "lowest_usage",
  "usage-based-routing-v2": "lowest_usage",
  "lowest-usage": "lowest_usage",
  throughput: "highest_throughput",
  fallback: "priority",
  routing: "priority",
  "consistent-hashing": "consistent_hash",
};

const consistentHash = z
  .strictObject({
    type: described(
      tag("consistent_hash", ["consistent-hashing"]),
      "The same text always to the same deployment.",
    ),
    hash_on: described(field.choice(["user", "tenant", "header"]), "What is hashed."),
    header: described(
      orNull(headerName()),
      "Header that is hashed where `hash_on` is `header`; null otherwise.",
    ),
  })
  .refine((hash) => (hash.hash_on === "header") === (hash.header !== null), {
    error: "hash_on: header and a header belong together",
    path: ["header"],
  });

/** A strategy wherever one is named. */
export const routingStrategy: z.ZodType<RoutingStrategy> = z.union([
  field.choice(STRATEGY_NAMES, STRATEGY_ALIASES),
  consistentHash,
]);
