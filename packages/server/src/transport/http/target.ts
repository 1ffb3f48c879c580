/**
 * Which key a URL names. Percent-decoding happens here, and exactly once.
 *
 * @module
 */

import { type EnvironmentGraph, type KeyRef, LlmcfgError } from "@llmcfg/core";

/** Resources whose paths are `/{resource}/{env}[/{service}[/{key…}]]`. */
const KEYED = new Set([
  "configs",
  "bundles",
  "effective",
  "history",
  "versions",
  "meta",
  "usage",
  "locks",
  "secrets",
]);

/** The part of the path below `/v1/{resource}/`; parts that are not there are `undefined`. */
export interface Target {
  readonly resource: string;
  readonly env: string;
  readonly service: string | undefined;
  readonly key: string | undefined;
}

/**
 * What the path of a request names; `undefined` where it is none of the keyed resources.
 *
 * The environment is canonical where the graph knows it, so an alias is gone from here on.
 *
 * @param url as the request line has it
 * @throws {LlmcfgError} `INVALID_KEY` where a percent sign is not followed by valid UTF-8
 */
export function parseTarget(url: string, graph: EnvironmentGraph): Target | undefined {
  const path = pathOf(url);
  const [resource = "", env, service, ...key] = (
    path.startsWith("/v1/") ? path.slice(4) : path.slice(1)
  ).split("/");
  if (!KEYED.has(resource) || env === undefined) return undefined;
  const name = decode(env);
  return {
    resource,
    env: graph.find(name)?.name ?? name,
    service: service === undefined ? undefined : decode(service),
    key: key.length === 0 ? undefined : key.map(decode).join("/"),
  };
}

export function pathOf(url: string): string {
  const end = url.indexOf("?");
  return end < 0 ? url : url.slice(0, end);
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    const detail = "a percent sign must begin the bytes of valid UTF-8";
    throw new LlmcfgError(
      "INVALID_KEY",
      "the path cannot be decoded",
      { errors: [{ pointer: "", code: "INVALID_KEY", detail }] },
      { cause },
    );
  }
}

/** `/v1/configs/production/ml-service/a%2520b`: what names the target for good. */
export function canonicalPath({ resource, env, service, key }: Target): string {
  const parts = [env, service, ...(key?.split("/") ?? [])].filter((part) => part !== undefined);
  return `/v1/${resource}/${parts.map(encodeSegment).join("/")}`;
}

/** Percent-encodes what a path segment may not hold (RFC 3986 `pchar`), and nothing else. */
export function encodeSegment(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /%(?:21|24|26|27|28|29|2A|2B|2C|3A|3B|3D|40)/g,
    (code) => decodeURIComponent(code),
  );
}

/**
 * The target of a request as the router should see it: in origin form, with the key in its path.
 *
 * Clients may send the absolute form too, `http://host/v1/…` (RFC 9112, section 3.2.2).
 */
export function routedUrl(url: string): string {
  return withKeyInPath(url.replace(/^https?:\/\/[^/?#]*\/?/i, "/"));
}

/**
 * `/v1/configs/production/ml-service?key=a/b` means `/v1/configs/production/ml-service/a%2Fb`.
 *
 * @returns the URL as the router should see it
 */
export function withKeyInPath(url: string): string {
  const question = url.indexOf("?");
  if (question < 0 || !url.includes("key=", question)) return url;
  const path = url.slice(0, question);
  const [resource = "", ...rest] = path.replace(/^\/(?:v1\/)?/, "").split("/");
  if (!KEYED.has(resource) || rest.length !== 2) return url;

  const query = new URLSearchParams(url.slice(question + 1));
  const [key, ...more] = query.getAll("key");
  if (key === undefined || more.length > 0) return url;
  query.delete("key");
  const left = query.toString();
  return `${path}/${encodeURIComponent(key)}${left === "" ? "" : `?${left}`}`;
}

/** The key that a route with a key tail is about. */
export function requireKey(target: Target | undefined): KeyRef {
  if (target?.service === undefined || target.key === undefined) {
    throw new TypeError("the route has no key in its path");
  }
  return { env: target.env, service: target.service, key: target.key };
}
