import { field } from "@llmcfg/config";
import * as z from "zod";
import { described, headerName, int, orNull } from "./fields.ts";
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

/** Why an attempt failed: what `fallback_on` lists. `error` covers `server_error` and `unavailable`. */
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

/** What is tried once the first choice has failed, for which causes, and how often at most. */
export interface Fallbacks {
  /** In this order; routed without rules. */
  readonly fallback_models: readonly FallbackModel[];
  readonly fallback_on: readonly Cause[];
  /** Deployments that are tried after the first. */
  readonly max_fallbacks: number;
}

/** A model name, or one that is tried on these causes alone. */
export type FallbackModel = string | { readonly model: string; readonly on: readonly Cause[] };

/** A rule that leads to one provider, with its fallbacks. */
export interface RouteToProvider extends Fallbacks {
  readonly type: "route_to_provider";
  readonly provider_id: string;
  /** Takes the place of the requested one; `null` keeps that. */
  readonly model: string | null;
  /** Provider ids, in this order, for the same model. */
  readonly fallbacks: readonly string[];
}

/** To one of the deployments that serve the model and pass the filter, chosen by the strategy. */
export interface Balance extends Fallbacks {
  readonly type: "balance";
  readonly strategy: RoutingStrategy;
  readonly filter: ProviderFilter | null;
}

/** To one of the targets by weight; the same caller always to the same one where `sticky_key` is given. */
export interface Split {
  readonly type: "split";
  readonly targets: readonly SplitTarget[];
  /** `user`, `tenant`, `request_id`, or the name of a header; `null` draws for each request. */
  readonly sticky_key: string | null;
}

/** One of the targets that traffic is split among, with its share. */
export interface SplitTarget {
  readonly provider_id: string;
  /** `null` is the requested one. */
  readonly model: string | null;
  /** Beside the other targets, not a percentage; 0 gets none. */
  readonly weight: number;
}

/** Sends a copy too, and throws its answer away; matching goes on. */
export interface Shadow {
  readonly type: "shadow";
  readonly provider_id: string;
  /** `null` is the requested one. */
  readonly model: string | null;
  /** Of the requests, 0–100. */
  readonly percent: number;
  /** Copies under way at the same time; more are left out. */
  readonly max_concurrent: number;
}

/** Asks for a limit of its own on what the rule matches, counted by `key`; matching goes on. */
export interface RateLimitAction {
  readonly type: "rate_limit";
  readonly limit: RateLimitRule;
  /** `user`, `tenant`, `api_key`, `model`, or the name of a header. */
  readonly key: string;
}

const causes = z.array(field.choice(CAUSES));

const fallbackFields = {
  fallback_models: described(
    z
      .array(
        z.union([
          z.string().min(1),
          z.strictObject({
            model: described(z.string().min(1), "Name of the model."),
            on: described(
              causes.min(1),
              "Causes of the failure on which it is tried; at least one.",
            ),
          }),
        ]),
      )
      .default([]),
    "Models that are tried in this order once the others have failed: names, or a model with the causes that it is tried on.",
  ),
  fallback_on: described(
    causes.default([...DEFAULT_CAUSES]),
    "Causes of a failure on which another deployment is tried; `error` is `server_error` and `unavailable` too.",
  ),
  max_fallbacks: described(
    int(0, 20).default(DEFAULT_MAX_FALLBACKS),
    "Deployments that are tried at most after the first.",
  ),
};

/** `action` of a rule. */
export const routingAction: z.ZodType<RoutingAction> = z.discriminatedUnion("type", [
  z.strictObject({
    type: described(z.literal("route_to_provider"), "To one provider, then to its fallbacks."),
    provider_id: described(z.string(), "Id of the provider."),
    model: described(
      orNull(z.string().min(1)),
      "Name that takes the place of the requested one; null keeps that.",
    ),
    fallbacks: described(
      z.array(z.string()).default([]),
      "Ids of providers that are tried in this order for the same model.",
    ),
    ...fallbackFields,
  }),
  z.strictObject({
    type: described(z.literal("balance"), "To one deployment of those that pass the filter."),
    strategy: described(routingStrategy, "How the deployment is chosen."),
    filter: described(orNull(providerFilter), "Deployments that come into question; null is all."),
    ...fallbackFields,
  }),
  z.strictObject({
    type: described(z.literal("split"), "To one of the targets by weight."),
    targets: described(
      z
        .array(
          z.strictObject({
            provider_id: described(z.string(), "Id of the provider."),
            model: described(
              orNull(z.string().min(1)),
              "Name that takes the place of the requested one; null keeps that.",
            ),
            weight: described(
              z.number().min(0),
              "Share of the requests beside the other targets; 0 gets none.",
            ),
          }),
        )
        .min(1),
      "The targets; at least one of a weight above 0.",
    ),
    sticky_key: described(
      orNull(headerName()),
      "What decides, so that a caller stays with a target: `user`, `tenant`, `request_id` or the name of a header; null draws for each request.",
    ),
  }),
  z.strictObject({
    type: described(
      z.literal("rewrite_model"),
      "Matching starts again with another model; at most 10 times.",
    ),
    model: described(z.string().min(1), "Name of the other model."),
  }),
  z.strictObject({
    type: described(
      z.literal("shadow"),
      "A copy is sent to a provider too, its answer thrown away, and matching goes on; only while `features.ab_testing` or `features.speculative_execution` is on.",
    ),
    provider_id: described(z.string(), "Id of the provider that gets the copy."),
    model: described(
      orNull(z.string().min(1)),
      "Name that takes the place of the requested one in the copy; null keeps that.",
    ),
    percent: described(
      z.number().min(0).max(100),
      "Share of the requests that are copied, from 0 to 100.",
    ),
    max_concurrent: described(
      int(1).default(10),
      "Copies in flight at the same time; further ones are not sent.",
    ),
  }),
  z.strictObject({
    type: described(z.literal("rate_limit"), "A limit is applied, and matching goes on."),
    limit: described(rateLimitRule, "What the requests with one key may amount to."),
    key: described(
      headerName(),
      "What requests are counted by: `user`, `tenant`, `api_key`, `model` or the name of a header.",
    ),
  }),
  z.strictObject({
    type: described(z.literal("reject"), "The request is refused."),
    status: described(int(400, 499).default(403), "HTTP status of the refusal."),
    reason: described(z.string().min(1), "Text of the refusal, which the caller sees."),
  }),
]);
