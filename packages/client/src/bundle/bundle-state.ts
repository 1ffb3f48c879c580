/**
 * What a bundle proves: which keys are effective, with which hashes, at which revision.
 *
 * @module
 */

import { isJsonObject, type Json, type JsonObject, LlmcfgError } from "@llmcfg/core";
import type { Bundle, BundleMeta } from "@llmcfg/protocol";
import type { Answer } from "../http/answer.ts";
import { bundleHash } from "./bundle-hash.ts";

/** A bundle that came with `meta=true`. */
export interface DescribedBundle extends Bundle {
  readonly meta: Readonly<Record<string, BundleMeta>>;
}

/** A whole state of a namespace that has been checked against its own hash. */
export interface BundleState {
  readonly bundle: DescribedBundle;
  /** The tenant revision the answer reflects: the bundle is as it was then, or not older. */
  readonly reflects: number;
  /** Hash by key, of every effective key. */
  readonly hashes: ReadonlyMap<string, string>;
}

/**
 * The state an answer holds.
 *
 * @throws {LlmcfgError} `INTEGRITY_FAILED` where the keys and hashes do not give the bundle's hash:
 *   something is missing or was changed on the way; `INTERNAL` where it is no bundle
 */
export async function toBundleState(answer: Answer<Bundle>): Promise<BundleState> {
  const bundle = requireDescribed(answer.body);
  const hashes = new Map(Object.entries(bundle.meta).map(([key, { hash }]) => [key, hash]));
  const actual = await bundleHash(bundle, hashes);
  if (actual === bundle.hash) {
    return { bundle, reflects: Math.max(answer.revision ?? 0, bundle.revision), hashes };
  }
  const place = `${bundle.env}/${bundle.service} at revision ${bundle.revision}`;
  const message = `the bundle of ${place} is said to have ${bundle.hash} and has ${actual}`;
  throw new LlmcfgError("INTEGRITY_FAILED", message, {});
}

/** Whether a stored or received value is a bundle in the form this package works with. */
export function isDescribedBundle(value: Json): value is Json & DescribedBundle {
  if (!isJsonObject(value)) return false;
  const { env, service, revision, hash, values, redacted, meta } = value;
  const hasNames = typeof env === "string" && typeof service === "string";
  const hasPoint = Number.isSafeInteger(revision) && typeof hash === "string";
  const hasContent = isJsonObject(values) && Array.isArray(redacted) && isJsonObject(meta);
  return hasNames && hasPoint && hasContent && Object.values(meta).every(isMeta);
}

function isMeta(value: Json): boolean {
  return isJsonObject(value) && typeof value["hash"] === "string";
}

function requireDescribed(body: Bundle): DescribedBundle {
  const value = body as Bundle & JsonObject; // it was parsed from JSON
  if (isDescribedBundle(value)) return value;
  throw new LlmcfgError("INTERNAL", "the server answered with something that is no bundle", {});
}
