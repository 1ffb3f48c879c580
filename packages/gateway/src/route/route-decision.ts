/**
 * What a route is decided from, and the decision.
 *
 * @module
 */

import type { Json, Text } from "@llmcfg/config";
import type { Cause } from "../schema/routing-action.ts";

/** What is known of a request before it is sent anywhere. */
export interface RouteRequest {
  /** As the caller named it. */
  readonly model: string;
  readonly path?: string;
  readonly method?: string;
  /** Names in any case; of names that differ in case alone, one counts. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly tenant?: string;
  readonly user?: string;
  readonly apiKeyId?: string;
  readonly requestId: string;
  readonly metadata?: Json;
  /** The parameters in the body. */
  readonly params?: Json;
  readonly tags?: Readonly<Record<string, string>>;
  /** The capabilities it needs. */
  readonly needs?: readonly string[];
  readonly tokenEstimate?: number;
  readonly costEstimate?: number;
}

/**
 * What is known of the world. The evaluator has no clock, no chance and no counters of its own, so
 * that equal input gives an equal decision.
 */
export interface RouteState {
  readonly now: Date;
  /** From 0 to below 1, another one for each request: see {@link drawOf}. */
  readonly draw: number;
  /** The version number of the configuration, for the trace. */
  readonly configVersion?: number;
  health(provider: string, model: string): Health;
  load(provider: string, model: string): Load;
}

/** How a deployment is doing. `probing` gets requests as `up` does: whoever counts the probes says `down` once they are out. */
export type Health = "up" | "down" | "probing";

/** How busy a deployment is: what strategies compare. Numbers that are not known yet are 0. */
export interface Load {
  readonly inFlight: number;
  readonly latencyMs: number;
  /** Share of the quota, or tokens in the window: any measure, as long as all have the same. */
  readonly usage: number;
  /** Tokens in a second. */
  readonly throughput: number;
}

/** What becomes of a request, and why. */
export interface RouteDecision {
  readonly outcome: "route" | "reject" | "no_route";
  /** In order of preference, each deployment once; at least one where the outcome is `route`. */
  readonly attempts: readonly Attempt[];
  readonly reject?: { readonly status: number; readonly reason: string };
  /** Id of the rule that decided. */
  readonly rule: string | undefined;
  /** What rules ask for on the side, each rule once. */
  readonly side: readonly SideEffect[];
  /** Deployments that serve the name and were left out; one may be there more than once. */
  readonly excluded: readonly Exclusion[];
  /** What was considered and why, a sentence each. */
  readonly trace: readonly string[];
}

/** One deployment to try. */
export interface Attempt {
  readonly provider: string;
  /** The public name; of a wildcard, the name that was asked for. */
  readonly model: string;
  /** The name sent upstream. */
  readonly upstreamId: Text;
  /** The causes on which it is tried; empty for the first one. */
  readonly on: readonly Cause[];
}

/** A deployment that requests do not go to at the moment, and why: `down`, `drained`, a filter. */
export interface Exclusion {
  readonly provider: string;
  readonly model: string;
  readonly why: string;
}

/** What happens beside the route of a request. */
export interface SideEffect {
  readonly kind: "shadow" | "rate_limit";
  readonly rule: string;
}
