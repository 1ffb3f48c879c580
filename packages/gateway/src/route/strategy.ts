/**
 * How the deployments of one tier are put in order: the first is the choice, the others are what
 * failover tries next.
 *
 * @module
 */

import type { ConsistentHash, RoutingStrategy } from "../schema/routing-strategy.ts";
import type { Deployment } from "./deployment.ts";
import type { Load, RouteRequest, RouteState } from "./route-decision.ts";
import { shareOf } from "./share.ts";
import { stickyReader } from "./sticky-value.ts";

/** Puts deployments in order of preference; never empty, each once. */
export interface Strategy {
  readonly name: string;
  order(
    deployments: readonly Deployment[],
    request: RouteRequest,
    state: RouteState,
  ): readonly Deployment[];
}

/**
 * Compiles a strategy. Where it leaves deployments equal, the draw decides, so that equal ones
 * share the requests. `priority` alone goes by the order of the configuration.
 */
export function compileStrategy(strategy: RoutingStrategy): Strategy {
  const name = typeof strategy === "string" ? strategy : strategy.type;
  switch (name) {
    case "round_robin":
    case "random":
      return { name, order: (given, _, { draw }) => rotate(given, draw) };
    case "weighted":
      return { name, order: (given, _, { draw }) => byWeight(given, draw) };
    case "least_connections":
      return { name, order: byLoad(({ inFlight }) => inFlight) };
    case "lowest_latency":
      return { name, order: byLoad(({ latencyMs }) => latencyMs) };
    case "lowest_usage":
      return { name, order: byLoad(({ usage }) => usage) };
    case "highest_throughput":
      return { name, order: byLoad(({ throughput }) => -throughput) };
    case "lowest_cost":
      return { name, order: (given, _, { draw }) => ascending(rotate(given, draw), costOf) };
    case "priority":
      return { name, order: (given) => given };
    case "consistent_hash": {
      const read = hashedValue(typeof strategy === "string" ? undefined : strategy);
      return { name, order: (given, request, { draw }) => byHash(given, read(request), draw) };
    }
    case "power_of_two":
      return { name, order: byBetterOfTwo };
  }
}

function rotate<T>(list: readonly T[], draw: number): readonly T[] {
  const first = indexOf(draw, list.length);
  return first === 0 ? list : [...list.slice(first), ...list.slice(0, first)];
}

function indexOf(draw: number, count: number): number {
  return Math.min(Math.floor(draw * count), count - 1);
}

/** Draws without putting back; the remainder of each draw is the next draw. */
export function byWeight<T extends { readonly weight: number }>(
  items: readonly T[],
  draw: number,
): readonly T[] {
  const left = [...items];
  const order: T[] = [];
  let rest = draw;
  while (left.length > 1) {
    const total = left.reduce((sum, { weight }) => sum + weight, 0);
    let point = rest * total;
    let chosen = left.findIndex(({ weight }) => {
      if (point < weight) return true;
      point -= weight;
      return false;
    });
    if (chosen < 0) chosen = left.length - 1; // rounding
    rest = Math.min(point / (left[chosen]?.weight ?? 1), 1 - Number.EPSILON);
    order.push(...left.splice(chosen, 1));
  }
  return [...order, ...left];
}

function byLoad(measure: (load: Load) => number): Strategy["order"] {
  return (given, _, state) =>
    ascending(rotate(given, state.draw), ({ provider, model }) =>
      measure(state.load(provider, model)),
    );
}

/** What has no price comes last. */
function costOf({ price }: Deployment): number {
  return price === undefined ? Number.POSITIVE_INFINITY : price.input + price.output;
}

/** Stable: equal ones stay in their order. */
function ascending(
  list: readonly Deployment[],
  measure: (deployment: Deployment) => number,
): readonly Deployment[] {
  if (list.length < 2) return list;
  const measured = list.map((deployment) => ({ deployment, amount: measure(deployment) }));
  measured.sort((a, b) => (a.amount === b.amount ? 0 : a.amount - b.amount)); // ∞ − ∞ is no order
  return measured.map(({ deployment }) => deployment);
}

function hashedValue(
  hash: ConsistentHash | undefined,
): (request: RouteRequest) => string | undefined {
  const { hash_on: on, header } = hash ?? { hash_on: "user", header: null };
  return stickyReader(on === "header" && header !== null ? header : on);
}

/**
 * Rendezvous hashing: a value keeps its deployment while that is there, and only the values of one
 * that goes move. Weights are kept. A request without the value goes by the draw.
 *
 * @see Thaler and Ravishankar, "Using name-based mappings to increase hit rates", 1998
 */
function byHash(
  given: readonly Deployment[],
  value: string | undefined,
  draw: number,
): readonly Deployment[] {
  if (value === undefined) return rotate(given, draw);
  return ascending(given, ({ provider, model, weight }) => {
    const share = shareOf(`${provider}/${model}`, value) / 100;
    return Math.log(1 - share) / -weight;
  });
}

/** Of two drawn ones the one with fewer requests in flight; the others in the order drawn. */
function byBetterOfTwo(
  given: readonly Deployment[],
  _: RouteRequest,
  state: RouteState,
): readonly Deployment[] {
  const [first, ...others] = rotate(given, state.draw);
  const [second, ...rest] = rotate(others, (state.draw * given.length) % 1);
  if (first === undefined || second === undefined) return given;
  const inFlight = (one: Deployment) => state.load(one.provider, one.model).inFlight;
  const pair = inFlight(second) < inFlight(first) ? [second, first] : [first, second];
  return [...pair, ...rest];
}
