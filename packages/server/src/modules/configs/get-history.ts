import {
  compareBytewise,
  type ItemVersion,
  isJsonArray,
  type Json,
  type KeyRef,
  type Revision,
} from "@llmcfg/core";
import type { EnvironmentReader } from "../environments/ports.ts";
import type { Caller } from "../policy/ports.ts";
import { type Listing, openCursor, sealCursor } from "./cursor.ts";
import { mayRead, recordDenial } from "./item-rights.ts";
import type { ConfigStore, WaitOptions } from "./ports.ts";
import { type ReadDeps, requireListable } from "./read-effective.ts";
import { requireRef } from "./require-ref.ts";
import { suggestKeys } from "./suggest-keys.ts";

export interface HistoryDeps extends ReadDeps {
  readonly store: ReadDeps["store"] & Pick<ConfigStore, "history">;
  readonly environments: EnvironmentReader;
}

export interface GetHistory {
  readonly caller: Caller;
  readonly ref: KeyRef;
  /** With the versions of the environments that it inherits from. */
  readonly withLayers: boolean;
  readonly limit: number;
  readonly cursor: string | undefined;
}

/** A version as the caller may see it. */
export interface ShownVersion {
  readonly item: ItemVersion;
  /** `undefined` where it is redacted, and where there is none. */
  readonly value: Json | undefined;
  readonly isRedacted: boolean;
}

export interface HistoryAnswer {
  /** The revision the answer reflects. */
  readonly revision: Revision;
  /** Newest first. */
  readonly versions: readonly ShownVersion[];
  /** `undefined` on the last page. */
  readonly nextCursor: string | undefined;
}

/**
 * A page of the versions of an own item, or of those of all layers it is read from.
 *
 * A version is redacted if it was sensitive or if the item is now.
 *
 * @throws {LlmcfgError} `INVALID_KEY`, `INVALID_ARGUMENT`, `ENV_NOT_FOUND`, `KEY_NOT_FOUND`,
 *   `POLICY_DENIED`
 */
export async function getHistory(
  deps: HistoryDeps,
  query: GetHistory,
  options: WaitOptions = {},
): Promise<HistoryAnswer> {
  const { caller, ref } = query;
  requireRef(ref);
  await requireListable(deps, caller, ref, { at: undefined, ...options });
  const revision = await deps.store.headRevision(caller.tenant, options);
  const graph = await deps.environments.graph(caller.tenant, revision);
  const chain = graph.chainOf(graph.get(ref.env).name).map(({ name }) => name);
  const layers = await findLayers(deps, query, { chain, revision, ...options });
  if (layers.length === 0) await requireExisting(deps, query, revision, options);

  const listing = listingOf(query);
  const after = await positionOf(deps, listing, query.cursor);
  const found = await readPage(deps, query, { layers, after, revision, ...options });
  const page = found.slice(0, query.limit);
  const last = page.at(-1);
  const nextCursor =
    last !== undefined && found.length > page.length
      ? await sealCursor(deps.keyring, listing, [last.item.revision, last.item.ref.env])
      : undefined;
  return { revision, versions: page, nextCursor };
}

/** An environment whose versions are shown, and whether the item is sensitive now. */
interface HistoryLayer {
  readonly env: string;
  readonly isSensitive: boolean;
}

async function findLayers(
  deps: HistoryDeps,
  { caller, ref, withLayers }: GetHistory,
  {
    chain,
    revision,
    signal,
  }: WaitOptions & { readonly chain: readonly string[]; readonly revision: Revision },
): Promise<readonly HistoryLayer[]> {
  const layers: HistoryLayer[] = [];
  for (const env of withLayers ? chain : [ref.env]) {
    const own = { ...ref, env };
    const page = { limit: 1, at: revision, signal };
    const [newest] = await deps.store.history(caller.tenant, own, page);
    const isSensitive = newest?.sensitive === true;
    const isReadable = mayRead(caller.access, own, isSensitive);
    if (!isReadable && env === ref.env) {
      const asked = { permission: "config:read", action: "config.read", ref, revision } as const;
      throw await recordDenial(deps, caller, asked);
    }
    if (isReadable && newest !== undefined) layers.push({ env, isSensitive });
  }
  return layers;
}

/** A key that is only inherited has no history of its own; one that does not exist is an error. */
async function requireExisting(
  { reader, refusals }: HistoryDeps,
  { caller, ref }: GetHistory,
  at: Revision,
  options: WaitOptions,
): Promise<void> {
  const { effective } = await reader.entry(caller.tenant, ref, { at, ...options });
  if (effective !== undefined) return;
  const suggestions = await suggestKeys(reader, caller, ref, { at, ...options });
  throw refusals.keyNotFound(ref, at, suggestions);
}

function listingOf({ caller, ref, withLayers }: GetHistory): Listing {
  return { caller, filters: ["history", ref.env, ref.service, ref.key, withLayers] };
}

/** One commit writes an item at most once, so revision and environment name a version. */
type Position = readonly [revision: number, env: string];

async function positionOf(
  { keyring }: HistoryDeps,
  listing: Listing,
  cursor: string | undefined,
): Promise<Position | undefined> {
  if (cursor === undefined) return undefined;
  const position: Json = await openCursor(keyring, listing, cursor);
  const [revision, env] = isJsonArray(position) ? position : [];
  if (typeof revision === "number" && typeof env === "string") return [revision, env];
  throw new TypeError("a cursor of ours has another form");
}

/** One more than the page holds, where there is one more. */
async function readPage(
  { store }: HistoryDeps,
  { caller, ref, limit }: GetHistory,
  from: WaitOptions & {
    readonly layers: readonly HistoryLayer[];
    readonly after: Position | undefined;
    readonly revision: Revision;
  },
): Promise<readonly ShownVersion[]> {
  const { layers, after, revision, signal } = from;
  const at = after === undefined ? revision : after[0];
  const found: ShownVersion[] = [];
  for (const { env, isSensitive } of layers) {
    const page = { limit: limit + 2, at, signal }; // the last one given may be among them
    const items = await store.history(caller.tenant, { ...ref, env }, page);
    const later = items.filter(
      (item) => after === undefined || comparePosition(toPosition(item), after) > 0,
    );
    found.push(...later.map((item) => show(item, isSensitive)));
  }
  return found
    .toSorted((a, b) => comparePosition(toPosition(a.item), toPosition(b.item)))
    .slice(0, limit + 1);
}

function toPosition({ revision, ref }: ItemVersion): Position {
  return [revision, ref.env];
}

function comparePosition(a: Position, b: Position): number {
  return b[0] - a[0] || compareBytewise(a[1], b[1]);
}

function show(item: ItemVersion, isSensitiveNow: boolean): ShownVersion {
  const isRedacted = item.state === "live" && (item.sensitive || isSensitiveNow);
  const value = item.stored.kind === "plain" && !isRedacted ? item.stored.value : undefined;
  return { item, value, isRedacted };
}
