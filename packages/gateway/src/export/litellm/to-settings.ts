import type { Located } from "@llmcfg/config";
import { CACHE_ASSUMED } from "../../import/litellm/map-cache.ts";
import { DATADOG_AGENT } from "../../import/litellm/map-callbacks.ts";
import {
  placesOf,
  retryClasses,
  type SharedSetting,
  STRATEGIES,
} from "../../import/litellm/map-router.ts";
import { flagOf, itemsOf, member, membersOf, numberOf, textOf } from "../../import/read-node.ts";
import { type LitellmExport, secondsOf } from "./litellm-export.ts";
import { settleImplied } from "./to-model-members.ts";

/** Everything of the document but providers and rules, as sections of the proxy. */
export function putSettings(exported: LitellmExport): void {
  putStrategy(exported);
  putRetries(exported);
  putBreaker(exported);
  putTimeouts(exported);
  putCache(exported);
  putAuthentication(exported);
  putHealthChecks(exported);
  putServer(exported);
  putObservability(exported);
}

/** The first place that is read and is not taken by something preserved, which stays as it was. */
function settingPath(exported: LitellmExport, name: SharedSetting): readonly string[] {
  const places = placesOf(name);
  const free = places.find((path) => exported.at("extensions", "litellm", ...path) === undefined);
  return free ?? ["router_settings", name];
}

function putStrategy(exported: LitellmExport): void {
  const policy = exported.at("routing", "policy", "default_strategy");
  const general = exported.at("routing", "default_strategy");
  const node = policy ?? general;
  const name = [...STRATEGIES].find(([, ours]) => ours === textOf(node))?.[0];
  const path = ["router_settings", "routing_strategy"];
  if (node === undefined) return;
  exported.set(path, name ?? "simple-shuffle");
  for (const one of [policy, general]) {
    exported.settle(
      one,
      path,
      name === undefined ? "LiteLLM has no such strategy: it shuffles" : undefined,
    );
  }
}

function putRetries(exported: LitellmExport): void {
  const policy = exported.at("resilience", "retry_policy");
  const count = member(policy, "max_retries");
  exported.put(count, settingPath(exported, "num_retries"), numberOf(count));
  const classes = new Map([...retryClasses()].map(([theirs, ours]) => [ours, theirs] as const));
  for (const [error, node] of membersOf(member(policy, "per_error"))) {
    const name = classes.get(error);
    if (name !== undefined)
      exported.put(node, ["router_settings", "retry_policy", name], numberOf(node));
  }
  const wait = member(policy, "initial_backoff");
  exported.put(wait, ["router_settings", "retry_after"], secondsOf(wait));
  const longest = member(policy, "max_backoff");
  if (textOf(longest) === textOf(wait)) exported.imply(longest, "it follows from the first wait");
}

function putBreaker(exported: LitellmExport): void {
  const breaker = exported.at("resilience", "circuit_breaker");
  const failures = member(breaker, "consecutive_failures");
  const count = numberOf(failures);
  if (count !== undefined) {
    const path = settingPath(exported, "allowed_fails");
    const note = "a run of failures here, a number of them in a minute there";
    exported.set(path, count - 1);
    exported.settle(failures, path, note);
    const window = member(breaker, "window");
    if (secondsOf(window) === 60) exported.imply(window, "LiteLLM counts by the minute");
  }
  const open = member(breaker, "open_duration");
  exported.put(open, settingPath(exported, "cooldown_time"), secondsOf(open));
  const longest = member(breaker, "max_open_duration");
  if (textOf(longest) === textOf(open)) exported.imply(longest, "it follows from the cooldown");
  const enabled = member(breaker, "enabled");
  if (flagOf(enabled) === false)
    exported.put(enabled, ["router_settings", "disable_cooldowns"], true);
}

function putTimeouts(exported: LitellmExport): void {
  const timeouts = exported.at("resilience", "timeouts");
  const request = member(timeouts, "request");
  const seconds = secondsOf(request);
  exported.put(request, settingPath(exported, "timeout"), seconds);
  const firstToken = member(timeouts, "first_token");
  exported.put(firstToken, settingPath(exported, "stream_timeout"), secondsOf(firstToken));
  settleImplied(exported, timeouts);
  const limit = exported.at("server", "request_timeout");
  const isSame = seconds !== undefined && secondsOf(limit) === Math.max(seconds, 1);
  if (isSame) exported.imply(limit, "the request is given up as early");
}

function putCache(exported: LitellmExport): void {
  const cache = exported.at("routing", "cache");
  const enabled = exported.at("routing", "enable_caching");
  const backend = textOf(member(cache, "backend"));
  if (flagOf(enabled) !== true || (backend !== "memory" && backend !== "redis")) return;
  const path = ["litellm_settings", "cache_params"];
  exported.put(enabled, ["litellm_settings", "cache"], true);
  const semantic = member(cache, "semantic_caching");
  const isSemantic = flagOf(semantic) === true && backend === "redis";
  const type = backend === "memory" ? "local" : isSemantic ? "redis-semantic" : "redis";
  exported.put(member(cache, "backend"), [...path, "type"], type);
  if (isSemantic || flagOf(semantic) === false) exported.settle(semantic, [...path, "type"]);
  const ttl = member(cache, "default_ttl");
  exported.put(ttl, [...path, "ttl"], secondsOf(ttl));
  const threshold = member(cache, "similarity_threshold");
  exported.put(threshold, [...path, "similarity_threshold"], numberOf(threshold));
  const entries = member(cache, "max_entries");
  if (numberOf(entries) === CACHE_ASSUMED.maxEntries)
    exported.imply(entries, "LiteLLM has no limit of this kind");
  if (backend === "redis") putRedis(exported, member(cache, "redis"), path);
}

function putRedis(
  exported: LitellmExport,
  redis: Located | undefined,
  path: readonly string[],
): void {
  const url = member(redis, "url");
  const plain = /^(rediss?):\/\/([A-Za-z0-9._-]+):([0-9]{1,5})$/.exec(textOf(url) ?? "");
  if (plain === null) {
    exported.put(url, [...path, "url"], exported.text(url, "credential"));
  } else {
    const [, scheme, host, port] = plain;
    exported.set([...path, "host"], host ?? "");
    exported.set([...path, "port"], Number(port));
    if (scheme === "rediss") exported.set([...path, "ssl"], true);
    exported.settle(url, path);
  }
  const user = member(redis, "username");
  exported.put(user, [...path, "username"], exported.text(user, "text"));
  const password = member(redis, "password");
  exported.put(password, [...path, "password"], exported.text(password, "credential"));
  const pool = member(redis, "pool_size");
  if (numberOf(pool) === CACHE_ASSUMED.poolSize)
    exported.imply(pool, "LiteLLM has no limit of this kind");
  const connect = member(redis, "connect_timeout");
  if (textOf(connect) === CACHE_ASSUMED.connectTimeout)
    exported.imply(connect, "LiteLLM waits as long");
}

function putAuthentication(exported: LitellmExport): void {
  const authentication = exported.at("security", "authentication");
  const providers = itemsOf(member(authentication, "providers"));
  const keys = providers.find((node) => textOf(member(node, "type")) === "api_key");
  const [master] = itemsOf(member(keys, "keys"));
  const key = member(master, "key");
  const value = exported.text(key, "credential");
  if (key !== undefined) exported.put(key, ["general_settings", "master_key"], value);
  for (const node of [member(keys, "type"), member(keys, "name"), member(master, "id")]) {
    exported.settle(node, ["general_settings", "master_key"]);
  }
  putJwt(
    exported,
    providers.find((node) => textOf(member(node, "type")) === "oauth2"),
  );
  const header = member(authentication, "api_key_header");
  exported.put(
    header,
    ["general_settings", "litellm_key_header_name"],
    exported.text(header, "text"),
  );
}

function putJwt(exported: LitellmExport, node: Located | undefined): void {
  if (node === undefined) return;
  const path = ["general_settings", "litellm_jwtauth"];
  exported.set(["general_settings", "enable_jwt_auth"], true);
  for (const [field, name] of [
    ["issuer", "issuer"],
    ["audience", "audience"],
    ["jwks_uri", "public_key_url"],
  ] as const) {
    const value = member(node, field);
    exported.put(value, [...path, name], exported.text(value, "text"));
  }
  for (const name of ["type", "name"])
    exported.settle(member(node, name), ["general_settings", "enable_jwt_auth"]);
}

function putHealthChecks(exported: LitellmExport): void {
  const health = exported.at("resilience", "health_check");
  const mode = member(health, "mode");
  const path = ["general_settings", "background_health_checks"];
  if (textOf(mode) === "both" || textOf(mode) === "active") exported.put(mode, path, true);
  const interval = member(health, "interval");
  const seconds = secondsOf(interval);
  exported.put(interval, ["general_settings", "health_check_interval"], seconds);
  const timeout = member(health, "timeout");
  if (seconds !== undefined && secondsOf(timeout) === seconds / 2)
    exported.imply(timeout, "it follows from the interval");
}

function putServer(exported: LitellmExport): void {
  const size = exported.at("server", "max_body_size");
  const bytes = numberOf(size);
  if (bytes !== undefined)
    exported.put(size, ["general_settings", "max_request_size_mb"], bytes / 1_048_576);
  const connections = exported.at("server", "max_connections");
  const count = numberOf(connections);
  if (count === undefined) return;
  const path = ["general_settings", "global_max_parallel_requests"];
  exported.set(path, count);
  exported.settle(connections, path, "a limit of connections here, of requests there");
}

function putObservability(exported: LitellmExport): void {
  const format = exported.at("observability", "logging", "format");
  if (format !== undefined)
    exported.put(format, ["litellm_settings", "json_logs"], textOf(format) === "json");
  const level = exported.at("observability", "logging", "level");
  if (textOf(level) === "debug" || textOf(level) === "trace") {
    exported.put(level, ["litellm_settings", "set_verbose"], true);
  }
  putCallbacks(exported);
}

function putCallbacks(exported: LitellmExport): void {
  const metrics = exported.at("observability", "metrics");
  const backend = textOf(member(metrics, "backend"));
  const isMetrics =
    (backend === "prometheus" || backend === "datadog") &&
    flagOf(member(metrics, "enabled")) !== false;
  const tracing = exported.at("observability", "tracing");
  const isTracing =
    textOf(member(tracing, "backend")) === "open_telemetry" &&
    flagOf(member(tracing, "enabled")) !== false;
  const names = [...(isMetrics ? [backend] : []), ...(isTracing ? ["otel"] : [])];
  const path = ["litellm_settings", callbackList(exported)];
  if (isMetrics) exported.settle(member(metrics, "backend"), path);
  if (isTracing) exported.settle(member(tracing, "backend"), path);
  if (textOf(member(metrics, "endpoint")) === DATADOG_AGENT) {
    exported.imply(member(metrics, "endpoint"), "the agent of Datadog listens there");
  }
  if (names.length > 0) exported.set(path, names);
}

/** The list to which something can be added. */
function callbackList(exported: LitellmExport): string {
  const kept = exported.at("extensions", "litellm", "litellm_settings", "callbacks");
  return kept === undefined || kept.type === "array" ? "callbacks" : "success_callback";
}
