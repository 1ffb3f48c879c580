/**
 * Bundles as a server of ours sends them, made without any code of the client.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Json, JsonObject } from "@llmcfg/core";
import type { BundleMeta } from "@llmcfg/protocol";

export const ENV = "production";
export const SERVICE = "ml-service";

/** What stands for a sensitive value: it is in `redacted`, and nowhere else. */
export class Sensitive {
  readonly value: Json;

  constructor(value: Json) {
    this.value = value;
  }
}

export type Contents = Readonly<Record<string, Json | Sensitive>>;

/** Of `production/ml-service`, or what `names` says; keys in the order given. */
export function bundleOf(
  revision: number,
  contents: Contents,
  names = { env: ENV, service: SERVICE },
) {
  const entries = Object.entries(contents);
  const meta = Object.fromEntries(entries.map(([key, value]) => [key, metaOf(revision, value)]));
  const plain = entries.filter(([, value]) => !(value instanceof Sensitive));
  return {
    ...names,
    revision,
    hash: hashOfBundle(names, meta),
    values: Object.fromEntries(plain) as JsonObject, // what is not sensitive is JSON
    redacted: entries.filter(([, value]) => value instanceof Sensitive).map(([key]) => key),
    meta,
  };
}

/** `sha256:…`, `hmac:…` of a sensitive one: equal for equal values. */
export function hashOfValue(value: Json | Sensitive): string {
  const isSensitive = value instanceof Sensitive;
  const text = JSON.stringify(isSensitive ? value.value : value);
  const digest = createHash("sha256")
    .update(isSensitive ? `hmac ${text}` : text)
    .digest("hex");
  return `${isSensitive ? "hmac" : "sha256"}:${digest}`;
}

export function metaOf(revision: number, value: Json | Sensitive): BundleMeta {
  const plain = value instanceof Sensitive ? value.value : value;
  const isStructured = typeof plain === "object" && plain !== null;
  const type = Array.isArray(plain) ? "array" : isStructured ? "object" : typeof plain;
  return {
    version: 1,
    revision,
    layer: ENV,
    type: type as BundleMeta["type"], // of JSON, but null, which no test has
    hash: hashOfValue(value),
    sensitive: value instanceof Sensitive,
    restartRequired: false,
    updatedAt: "2026-11-22T02:20:01.114Z",
    updatedBy: "user:dev",
  };
}

function hashOfBundle(
  { env, service }: { readonly env: string; readonly service: string },
  meta: Readonly<Record<string, BundleMeta>>,
): string {
  const lines = Object.entries(meta).map(([key, { hash }]) =>
    Buffer.from(`${env}/${service}/${key}\t${hash}\n`, "utf8"),
  );
  const sorted = lines.toSorted((a, b) => Buffer.compare(a, b)); // no test has a key with a tab
  return `sha256:${createHash("sha256").update(Buffer.concat(sorted)).digest("hex")}`;
}
