import type { Located } from "@llmcfg/config";
import { flagOf, integerOf, membersOf, numberOf, textOf } from "../read-node.ts";
import { timeoutsFor } from "./map-model.ts";
import { type LitellmMapping, secondsText } from "./mapping.ts";

/** LiteLLM's strategies. */
export const STRATEGIES: ReadonlyMap<string, string> = new Map([
  ["simple-shuffle", "weighted"],
  ["least-busy", "least_connections"],
  ["latency-based-routing", "lowest_latency"],
  ["cost-based-routing", "lowest_cost"],
  ["usage-based-routing-v2", "lowest_usage"],
  ["usage-based-routing", "lowest_usage"],
  ["priority", "priority"],
]);

/** Which strategy balances requests; the one that is written is also that of rules. */
export function mapStrategy(mapping: LitellmMapping): string {
  const node = mapping.setting("router_settings", "routing_strategy");
  const path = ["routing", "policy", "default_strategy"];
  const strategy = STRATEGIES.get(textOf(node) ?? "");
  if (strategy === undefined) {
    mapping.assume(path, "weighted", "LiteLLM shuffles by weight unless it is told otherwise");
    return "weighted";
  }
  mapping.map(node, path, strategy);
  return strategy;
}

/** `router_settings`, and what `litellm_settings` has in its place. */
export function mapRouter(mapping: LitellmMapping): void {
  mapRetries(mapping);
  mapBreaker(mapping);
  mapTimeouts(mapping);
}

const RETRY_COUNTS: ReadonlyMap<string, string> = new Map([
  ["AuthenticationErrorRetries", "authentication"],
  ["RateLimitErrorRetries", "rate_limit"],
  ["TimeoutErrorRetries", "timeout"],
  ["ContentPolicyViolationErrorRetries", "content_policy"],
  ["InternalServerErrorRetries", "server_error"],
  ["BadRequestErrorRetries", "bad_request"],
]);

/** Classes of errors, by LiteLLM's names for their retries. */
export function retryClasses(): ReadonlyMap<string, string> {
  return RETRY_COUNTS;
}

function mapRetries(mapping: LitellmMapping): void {
  const path = ["resilience", "retry_policy"];
  const count = firstOf(mapping, "num_retries", (node) => integerOf(node, { min: 0 }));
  if (count !== undefined) mapCount(mapping, count.node, [...path, "max_retries"]);
  for (const [name, node] of membersOf(mapping.setting("router_settings", "retry_policy"))) {
    const error = RETRY_COUNTS.get(name);
    if (error !== undefined) mapCount(mapping, node, [...path, "per_error", error]);
  }
  mapRetryAfter(mapping, path);
}

const MAX_RETRIES = 10;

function mapCount(mapping: LitellmMapping, node: Located, path: readonly string[]): void {
  const count = integerOf(node, { min: 0 });
  if (count === undefined) return;
  if (count <= MAX_RETRIES) mapping.map(node, path, count);
  else
    mapping.approximate(node, { path, value: MAX_RETRIES, note: `at most ${MAX_RETRIES} retries` });
}

function mapRetryAfter(mapping: LitellmMapping, path: readonly string[]): void {
  const node = mapping.setting("router_settings", "retry_after");
  const seconds = numberOf(node);
  if (node === undefined || seconds === undefined || seconds < 0.001) return;
  const value = secondsText(Math.min(seconds, 60));
  const at = [...path, "initial_backoff"];
  if (seconds <= 60) mapping.map(node, at, value);
  else mapping.approximate(node, { path: at, value, note: "no longer than 60s" });
  if (seconds > 10)
    mapping.assume([...path, "max_backoff"], value, "the first wait is not above the longest");
}

function mapBreaker(mapping: LitellmMapping): void {
  const path = ["resilience", "circuit_breaker"];
  const fails = firstOf(mapping, "allowed_fails", (node) =>
    integerOf(node, { min: 0, max: 1_000_000 }),
  );
  if (fails !== undefined) {
    const note = "a number of failures in a minute there, in a row here";
    mapping.approximate(fails.node, {
      path: [...path, "consecutive_failures"],
      value: fails.value + 1,
      note,
    });
    mapping.assume([...path, "window"], secondsText(60), "LiteLLM counts by the minute");
  }
  mapCooldown(mapping, path);
  const isOff = mapping.setting("router_settings", "disable_cooldowns");
  if (flagOf(isOff) === true) mapping.map(isOff, [...path, "enabled"], false);
  if (flagOf(isOff) === false) mapping.settleDefault(isOff, "the circuit breaker is on by default");
}

function mapCooldown(mapping: LitellmMapping, path: readonly string[]): void {
  const cooldown = firstOf(mapping, "cooldown_time", (node) => atLeast(numberOf(node), 0.1));
  if (cooldown === undefined) return;
  const value = secondsText(Math.min(cooldown.value, MAX_SECONDS));
  const at = [...path, "open_duration"];
  if (cooldown.value <= MAX_SECONDS) mapping.map(cooldown.node, at, value);
  else mapping.approximate(cooldown.node, { path: at, value, note: "no longer than 1h" });
  if (cooldown.value > 300)
    mapping.assume([...path, "max_open_duration"], value, "it is not below open_duration");
}

const MAX_SECONDS = 3_600;

function mapTimeouts(mapping: LitellmMapping): void {
  const request = firstOf(mapping, "timeout", positiveNumber);
  const firstToken = firstOf(mapping, "stream_timeout", positiveNumber);
  const timeouts = timeoutsFor(request?.value, firstToken?.value);
  const path = ["resilience", "timeouts"];
  const { note } = timeouts;
  for (const [name, source] of [
    ["request", request],
    ["first_token", firstToken],
  ] as const) {
    const value = timeouts[name];
    if (value === undefined) continue;
    if (note === undefined) mapping.map(source?.node, [...path, name], value);
    else mapping.approximate(source?.node, { path: [...path, name], value, note });
  }
  for (const name of ["connect", "stream_total"] as const) {
    const value = timeouts[name];
    if (value !== undefined) mapping.assume([...path, name], value, "time-outs have to agree");
  }
  if (request === undefined || timeouts.request === undefined) return;
  const limit = secondsText(Math.min(Math.max(request.value, 1), MAX_SECONDS));
  mapping.assume(["server", "request_timeout"], limit, "the server waits as long as its upstreams");
}

interface Found {
  readonly node: Located;
  readonly value: number;
}

/** The setting of the router, else that of `litellm_settings`: the router wins. */
function firstOf(
  mapping: LitellmMapping,
  name: SharedSetting,
  read: (node: Located) => number | undefined,
): Found | undefined {
  for (const path of placesOf(name)) {
    const node = mapping.setting(...path);
    const value = node === undefined ? undefined : read(node);
    if (node !== undefined && value !== undefined) return { node, value };
  }
  return undefined;
}

/** What may stand in `router_settings` as well as in `litellm_settings`. */
export type SharedSetting =
  | "num_retries"
  | "allowed_fails"
  | "cooldown_time"
  | "timeout"
  | "stream_timeout";

/** Where a setting may stand; the first place that has it wins. */
export function placesOf(name: SharedSetting): readonly (readonly [string, string])[] {
  const names = name === "timeout" ? [name, "request_timeout"] : [name];
  return names.flatMap((one) => [
    ["router_settings", one] as const,
    ["litellm_settings", one] as const,
  ]);
}

function positiveNumber(node: Located): number | undefined {
  return atLeast(numberOf(node), 0.1);
}

function atLeast(number: number | undefined, least: number): number | undefined {
  return number !== undefined && number >= least ? number : undefined;
}
