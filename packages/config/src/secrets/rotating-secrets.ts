/**
 * Which secrets of a configuration can be rotated, and how they are fetched again.
 *
 * @module
 */

import { Semaphore } from "../concurrency.ts";
import type { TreeContext, ValueTree } from "../merge/tree.ts";
import { formatConfigPath } from "../paths/config-path.ts";
import { parseReferences } from "../references/reference.ts";
import { handlesIn } from "../references/resolve-handles.ts";
import type { ConfigPath } from "../schema/config-types.ts";
import type { SchemaNode } from "../schema/node.ts";
import { Duration } from "../values/duration.ts";
import { isSecretRef, readQuietly } from "../values/secret-handle.ts";
import type { SecretRef } from "../values/secret-ref.ts";
import type { RotationScope } from "./rotation.ts";
import type { SecretStore } from "./secret-store.ts";
import { maxConcurrencyOf, secretsBlockOf } from "./secrets-block-of.ts";

/** When secrets of a configuration are fetched again. */
export interface RotationPlan {
  /** Nothing: not at intervals. */
  readonly intervalMs: number | undefined;
  /** Those that handles lead to and that are watched. */
  readonly files: ReadonlySet<string>;
}

const CACHE_TTL = "5m";

/** @param block where the `secrets` block lies; without one nothing is fetched at intervals */
export function rotationPlan(
  tree: ValueTree,
  root: SchemaNode,
  block: ConfigPath | undefined,
): RotationPlan {
  const watched = handlesIn(tree, contextOf(root)).filter(({ isWatched }) => isWatched);
  const files = watched.flatMap(({ handle }) => fileOf(handle) ?? []);
  return { intervalMs: intervalOf(tree, root, block), files: new Set(files) };
}

/** The files that handles of a configuration lead to. */
export function secretFiles(tree: ValueTree, root: SchemaNode): ReadonlySet<string> {
  return new Set(handlesOf(tree, root).flatMap((handle) => fileOf(handle) ?? []));
}

/** Where a secret stands in a configuration. */
export function placesOf(
  tree: ValueTree,
  root: SchemaNode,
  reference: string,
): readonly ConfigPath[] {
  const uses = handlesIn(tree, contextOf(root)).filter(
    ({ handle }) => handle.reference === reference,
  );
  return uses.map(({ segments }) => formatConfigPath(segments));
}

/**
 * When the value of the secret was seen first that has had the same one for the longest time; nothing
 * where no secret has been read. Literals count as nothing: they change with the configuration.
 */
export function oldestSecretSince(
  tree: ValueTree,
  {
    store,
    schema,
  }: {
    readonly store: Pick<SecretStore, "sinceMs">;
    readonly schema: { readonly node: SchemaNode };
  },
): number | undefined {
  const known = handlesOf(tree, schema.node).flatMap((handle) => store.sinceMs(handle) ?? []);
  return known.length === 0 ? undefined : known.reduce((a, b) => Math.min(a, b));
}

/** Whether a value of a configuration is this handle, or has it in it. */
export function hasHandle(value: unknown, handle: unknown): boolean {
  if (value === handle) return isSecretRef(handle);
  if (typeof value !== "object" || value === null || isSecretRef(value)) return false;
  return Object.values(value).some((inner) => hasHandle(inner, handle));
}

export interface RefetchOptions {
  /** Where the `secrets` block lies, which says how many are fetched at the same time. */
  readonly block: ConfigPath | undefined;
  readonly scope: RotationScope;
  readonly signal: AbortSignal;
  /** One could not be fetched: its last value stays. */
  readonly onFailure: () => void;
}

/** Asks for each secret again; the handles themselves notice what has changed. */
export async function refetch(
  tree: ValueTree,
  root: SchemaNode,
  { block, scope, signal, onFailure }: RefetchOptions,
): Promise<void> {
  const limit = new Semaphore(maxConcurrencyOf(secretsBlockOf(tree, contextOf(root), block)));
  const isMeant = ({ kind }: SecretRef) =>
    kind === "file" || (scope === "all" && kind === "secret");
  const fetches = handlesOf(tree, root)
    .filter(isMeant)
    .map(async (handle) => {
      const fetch = () => readQuietly(handle, { refresh: true, signal });
      await limit.run(fetch).catch(() => {
        if (!signal.aborted) onFailure();
      });
    });
  await Promise.all(fetches);
}

function handlesOf(tree: ValueTree, root: SchemaNode): readonly SecretRef[] {
  return [...new Set(handlesIn(tree, contextOf(root)).map(({ handle }) => handle))];
}

/** A reference `${file:/path}`, or the path itself in a field of kind `material`. */
function fileOf({ kind, reference }: SecretRef): string | undefined {
  if (kind !== "file") return undefined;
  const [part] = reference.startsWith("${") ? parseReferences(reference) : [];
  if (part?.type === "reference" && part.reference.kind === "file") return part.reference.path;
  return reference;
}

function intervalOf(
  tree: ValueTree,
  root: SchemaNode,
  path: ConfigPath | undefined,
): number | undefined {
  const block = secretsBlockOf(tree, contextOf(root), path);
  if (block === undefined) return undefined;
  const { enable_rotation: isEnabled, rotation_interval: interval, cache_ttl: ttl } = block;
  if (isEnabled === false) return undefined;
  const text = [interval, ttl].find((value) => typeof value === "string") ?? CACHE_TTL;
  return Duration.parse(text).ms;
}

function contextOf(root: SchemaNode): TreeContext {
  return { segments: [], nodes: [root], report: () => {} };
}
