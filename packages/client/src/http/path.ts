/**
 * Paths and queries of the API, encoded.
 *
 * @module
 */

import { checkKeyRef, type KeyRef, LlmcfgError } from "@llmcfg/core";

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** `path?a=1&b=true`; members that are `undefined` are left out. */
export function withQuery(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) search.set(name, String(value));
  }
  return search.size === 0 ? path : `${path}?${search.toString()}`;
}

/**
 * `/v1/{resource}/{env}/{service}/{key…}`, each segment encoded once.
 *
 * @throws {LlmcfgError} `INVALID_KEY` for a reference that a URL would not carry as it is: `..`
 *   would be resolved on the way, and name another key
 */
export function keyPath(resource: string, ref: KeyRef): string {
  const faults = [...checkKeyRef(ref), ...checkUnicode(ref.key)];
  if (faults[0] !== undefined) {
    const errors = faults.map((detail) => ({ pointer: "", code: "INVALID_KEY", detail }));
    throw new LlmcfgError("INVALID_KEY", faults[0], { errors });
  }
  return `/v1/${resource}/${segments(ref.env, ref.service, ...ref.key.split("/"))}`;
}

/** `/v1/{resource}/{part}/…`, for what is named by ids and names. */
export function resourcePath(resource: string, ...parts: readonly string[]): string {
  return [`/v1/${resource}`, ...parts.map(segment)].join("/");
}

function segments(...parts: readonly string[]): string {
  return parts.map(segment).join("/");
}

/** A URL would lose `.` and `..`, so a name that is one of them is sent to no other place. */
function segment(text: string): string {
  if (text === "" || text === "." || text === "..") {
    const errors = [{ pointer: "", code: "INVALID_KEY", detail: "must not be empty, . or .." }];
    throw new LlmcfgError("INVALID_KEY", `${JSON.stringify(text)} is not a name`, { errors });
  }
  return encodeURIComponent(text);
}

function checkUnicode(text: string): readonly string[] {
  return text.isWellFormed() ? [] : ["the key must be well-formed Unicode"];
}
