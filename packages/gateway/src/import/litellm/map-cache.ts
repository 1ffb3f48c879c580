import type { Located } from "@llmcfg/config";
import type { Json } from "@llmcfg/core";
import { digitsOf, flagOf, integerOf, numberOf, textOf } from "../read-node.ts";
import { type LitellmMapping, pathOf, secondsText } from "./mapping.ts";

const PATH = ["routing", "cache"];

/** What LiteLLM does not say. */
export const CACHE_ASSUMED: CacheAssumptions = {
  maxEntries: 10_000,
  poolSize: 10,
  connectTimeout: "5s",
};

interface CacheAssumptions {
  readonly maxEntries: number;
  readonly poolSize: number;
  readonly connectTimeout: string;
}

/** `cache` and `cache_params`: memory and Redis, also with semantic search; others stay as they are. */
export function mapCache(mapping: LitellmMapping): void {
  const node = mapping.setting("litellm_settings", "cache");
  const isOn = flagOf(node);
  if (isOn === false) mapping.settleDefault(node, "caching is off by default");
  const type = mapping.setting("litellm_settings", "cache_params", "type");
  const backend = type === undefined ? "redis" : BACKENDS.get(textOf(type) ?? "");
  if (isOn !== true || backend === undefined) return;
  if (type === undefined)
    mapping.assume([...PATH, "backend"], backend, "LiteLLM caches in Redis unless told otherwise");
  else mapping.map(type, [...PATH, "backend"], backend);
  mapping.map(node, ["routing", "enable_caching"], true);
  mapTtl(mapping);
  mapping.assume(
    [...PATH, "max_entries"],
    CACHE_ASSUMED.maxEntries,
    "LiteLLM has no limit of this kind",
  );
  mapSemantic(mapping, textOf(type));
  if (backend === "redis") mapRedis(mapping);
}

const BACKENDS: ReadonlyMap<string, string> = new Map([
  ["local", "memory"],
  ["redis", "redis"],
  ["redis-semantic", "redis"],
]);

function param(mapping: LitellmMapping, name: string): Located | undefined {
  return mapping.setting("litellm_settings", "cache_params", name);
}

function mapTtl(mapping: LitellmMapping): void {
  const node = param(mapping, "ttl");
  const seconds = numberOf(node);
  if (seconds !== undefined && seconds >= 0.001 && seconds <= 365 * 86_400) {
    mapping.map(node, [...PATH, "default_ttl"], secondsText(seconds));
  } else {
    mapping.assume(
      [...PATH, "default_ttl"],
      secondsText(600),
      "LiteLLM keeps answers for ten minutes in memory",
    );
  }
}

function mapSemantic(mapping: LitellmMapping, type: string | undefined): void {
  const node = param(mapping, "similarity_threshold");
  const threshold = numberOf(node);
  const isValid = threshold !== undefined && threshold >= 0 && threshold <= 1;
  if (isValid) mapping.map(node, [...PATH, "similarity_threshold"], threshold);
  if (type !== "redis-semantic") return;
  if (!isValid)
    mapping.assume([...PATH, "similarity_threshold"], 0.8, "a semantic cache needs one");
  mapping.set([...PATH, "semantic_caching"], true);
}

function mapRedis(mapping: LitellmMapping): void {
  const path = [...PATH, "redis"];
  mapUrl(mapping, [...path, "url"]);
  mapCredential(mapping, "username", [...path, "username"]);
  mapCredential(mapping, "password", [...path, "password"]);
  mapping.assume(
    [...path, "pool_size"],
    CACHE_ASSUMED.poolSize,
    "LiteLLM has no limit of this kind",
  );
  mapping.assume(
    [...path, "connect_timeout"],
    CACHE_ASSUMED.connectTimeout,
    "LiteLLM waits as long",
  );
}

function mapUrl(mapping: LitellmMapping, path: readonly string[]): void {
  const url = param(mapping, "url");
  if (mapSecret(mapping, url, path)) return;
  const [host, port, ssl] = ["host", "port", "ssl"].map((name) => param(mapping, name));
  const isSecure = flagOf(ssl) === true;
  const plain = urlOf(host, port, isSecure);
  if (plain === undefined) {
    const note = "LiteLLM looks for the address in this variable";
    mapping.assume(path, mapping.variable("REDIS_URL"), note);
    for (const node of [host, port]) {
      const said = "the address as a whole comes from REDIS_URL here";
      mapping.ledger.settle(node, { disposition: "approximated", to: pathOf(path), note: said });
    }
    return;
  }
  for (const node of [host, port])
    mapping.ledger.settle(node, { disposition: "mapped", to: pathOf(path) });
  if (flagOf(ssl) !== undefined)
    mapping.ledger.settle(ssl, { disposition: "mapped", to: pathOf(path) });
  mapping.set(path, plain);
}

/** Of literals alone: a variable cannot be part of a Redis URL that is a secret. */
function urlOf(
  host: Located | undefined,
  port: Located | undefined,
  isSecure: boolean,
): string | undefined {
  const name = textOf(host);
  const number = port === undefined ? 6379 : integerOf(port, { min: 1, max: 65_535 });
  if (name === undefined || number === undefined || !/^[A-Za-z0-9._-]+$/.test(name))
    return undefined;
  return `${isSecure ? "rediss" : "redis"}://${name}:${number}`;
}

function mapCredential(mapping: LitellmMapping, name: string, path: readonly string[]): void {
  const node = param(mapping, name);
  if (name === "password") {
    mapSecret(mapping, node, path);
    return;
  }
  const value = mapping.text(node);
  if (value !== undefined) mapping.map(node, path, value);
}

/** A reference, or a placeholder for what stands there. */
function mapSecret(
  mapping: LitellmMapping,
  node: Located | undefined,
  path: readonly string[],
): boolean {
  const value = secretValue(mapping, node, path);
  if (value !== undefined) mapping.set(path, value);
  return value !== undefined;
}

function secretValue(
  mapping: LitellmMapping,
  node: Located | undefined,
  path: readonly string[],
): Json | undefined {
  const text = textOf(node) ?? digitsOf(node);
  if (node === undefined || text === undefined || text === "") return undefined;
  const to = pathOf(path);
  if (!text.startsWith("os.environ/"))
    return mapping.literals.replace(node, text, { name: to.replaceAll(".", "/"), to });
  const reference = mapping.reference(text);
  if (reference !== undefined) mapping.ledger.settle(node, { disposition: "mapped", to });
  return reference;
}
