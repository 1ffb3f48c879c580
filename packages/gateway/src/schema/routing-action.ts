import { field } from "@llmcfg/config";
import * as z from "zod";
import { headerName, int, orNull } from "./fields.ts";
import { type ProviderFilter, providerFilter } from "./provider-filter.ts";
import { type RateLimitRule, rateLimitRule } from "./rate-limits.ts";
import { type RoutingStrategy, routingStrategy } from "./routing-strategy.ts";

/** Why an attempt failed. `error` covers `server_error` and `unavailable`. */
export const CAUSES = [
  "error",
  "timeout",
  "rate_limited",
  "server_error",
  "context_window",
  "content_policy",
  "unavailable",
] as const;

export type Cause = (typeof CAUSES)[number];

/** The causes on which the next deployment is tried where nothing else is said. */
export const DEFAULT_CAUSES: readonly Cause[] = ["error", "timeout", "rate_limited"];

/** How many deployments are tried after the first where nothing else is said. */
export const DEFAULT_MAX_FALLBACKS = 5;

/** What a rule does with a request. */
export type RoutingAction =
  | RouteToProvider
  | Balance
  | Split
  | { readonly type: "rewrite_model"; readonly model: string }
  | Shadow
  | RateLimitAction
  | { readonly type: "reject"; readonly status: number; readonly reason: string };

/** Recorded on the side, while matching goes on. */
export type SideAction = Shadow | RateLimitAction;

/** Ends the matching. */
export type DecidingAction = Exclude<
  RoutingAction,
  SideAction | { readonly type: "rewrite_model" }
>;

/** What is tried once the first choice has failed. */
export interface Fallbacks {
  /** In this order; routed without rules. */
  readonly fallback_models: readonly FallbackModel[];
  readonly fallback_on: readonly Cause[];
  readonly max_fallbacks: number;
}

/** A model name, or one that is tried on these causes alone. */
export type FallbackModel = string | { readonly model: string; readonly on: readonly Cause[] };

export interface RouteToProvider extends Fallbacks {
  readonly type: "route_to_provider";
  readonly provider_id: string;
  /** Takes the place of the requested one; `null` keeps that. */
  readonly model: string | null;
  /** Provider ids, in this order, for the same model. */
  readonly fallbacks: readonly string[];
}

export interface Balance extends Fallbacks {
  readonly type: "balance";
  readonly strategy: RoutingStrategy;
  readonly filter: ProviderFilter | null;
}

/** Requests by weight, the same caller always to the same target where `sticky_key` is given. */
export interface Split {
  readonly type: "split";
  readonly targets: readonly SplitTarget[];
  /** `user`, `tenant`, `request_id`, or the name of a header; `null` draws for each request. */
  readonly sticky_key: string | null;
}

export interface SplitTarget {
  readonly provider_id: string;
  /** `null` is the requested one. */
  readonly model: string | null;
  readonly weight: number;
}

/** A copy of the request whose answer is thrown away. */
export interface Shadow {
  readonly type: "shadow";
  readonly provider_id: string;
  /** `null` is the requested one. */
  readonly model: string | null;
  readonly percent: number;
  readonly max_concurrent: number;
}

/** A limit of its own for what the rule matches. */
export interface RateLimitAction {
  readonly type: "rate_limit";
  readonly limit: RateLimitRule;
  /** `user`, `tenant`, `api_key`, `model`, or the name of a header. */
  readonly key: string;
}

const causes = z.array(field.choice(CAUSES));

const fallbackFields = {
  fallback_models: z
    .array(
      z.union([z.string().min(1), z.strictObject({ model: z.string().min(1), on: causes.min(1) })]),
    )
    .default([]),
  fallback_on: causes.default([...DEFAULT_CAUSES]),
  max_fallbacks: int(0, 20).default(DEFAULT_MAX_FALLBACKS),
};

/** `action` of a rule. */
export const routingAction: z.ZodType<RoutingAction> = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("route_to_provider"),
    provider_id: z.string(),
    model: orNull(z.string().min(1)),
    fallbacks: z.array(z.string()).default([]),
    ...fallbackFields,
  }),
  z.strictObject({
    type: z.literal("balance"),
    strategy: routingStrategy,
    filter: orNull(providerFilter),
    ...fallbackFields,
  }),
  z.strictObject({
    type: z.literal("split"),
    targets: z
      .array(
        z.strictObject({
          provider_id: z.string(),
          model: orNull(z.string().min(1)),
          weight: z.number().min(0),
        }),
      )
      .min(1),
    sticky_key: orNull(headerName()),
  }),
  z.strictObject({ type: z.literal("rewrite_model"), model: z.string().min(1) }),
  z.strictObject({
    type: z.literal("shadow"),
    provider_id: z.string(),
    model: orNull(z.string().min(1)),
    percent: z.number().min(0).max(100),
    max_concurrent: int(1).default(10),
  }),
  z.strictObject({ type: z.literal("rate_limit"), limit: rateLimitRule, key: headerName() }),
  z.strictObject({
    type: z.literal("reject"),
    status: int(400, 499).default(403),
    reason: z.string().min(1),
  }),
]);
