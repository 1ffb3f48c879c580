import { compareBytewise, isJsonArray, type Json, LlmcfgError, type Revision } from "@llmcfg/core";
import type { Keyring } from "../keys/ports.ts";
import { type Listing, openCursor, sealCursor } from "./cursor.ts";
import { type Folder, foldFolders } from "./fold-folders.ts";
import { mayList, mayRead } from "./item-rights.ts";
import type { Effective, WaitOptions } from "./ports.ts";
import type { ReadDeps } from "./read-effective.ts";
import { type NamespaceQuery, readNamespace } from "./read-namespace.ts";
import { type ShownEntry, showEffective } from "./show-entry.ts";

export interface ListEntries extends NamespaceQuery {
  readonly view: "flat" | "tree";
  /** How many segments below the prefix are shown; deeper keys are folded, or left out when flat. */
  readonly depth: number | undefined;
  readonly withValues: boolean;
  readonly limit: number;
  readonly cursor: string | undefined;
}

export interface ListAnswer {
  /** The revision the answer reflects. */
  readonly revision: Revision;
  readonly entries: readonly ShownEntry[];
  /** Of a tree: all of them, on each page. */
  readonly folders: readonly Folder[];
  /** `undefined` on the last page. */
  readonly nextCursor: string | undefined;
}

/**
 * A page of the effective entries of a namespace, sorted bytewise by service and key.
 *
 * What the caller may not list is not there, in counts and cursors neither. A key that was there
 * throughout is on exactly one page, whatever is written in between.
 *
 * @throws {LlmcfgError} `INVALID_KEY`, `INVALID_ARGUMENT`, `REVISION_NOT_REACHED`, `ENV_NOT_FOUND`,
 *   `SERVICE_NOT_FOUND`
 */
export async function listEntries(
  deps: ReadDeps,
  query: ListEntries,
  options: WaitOptions = {},
): Promise<ListAnswer> {
  const { caller, namespace, view, depth } = query;
  if (namespace.service === undefined && namespace.prefix !== "") {
    throw refused("a prefix of keys needs a service");
  }
  const listing = listingOf(query);
  const after = await positionOf(deps.keyring, listing, query.cursor);
  const isSeen = ({ ref }: Effective) => mayList(caller.access, ref);
  const { revision, entries } = await readNamespace(deps, query, isSeen, options);
  const { shown, folders } = foldFolders(entries, { prefix: namespace.prefix, view, depth });

  const rest = shown.filter((entry) => after === undefined || isAfter(entry, after));
  const page = rest.slice(0, query.limit);
  const last = page.at(-1);
  const hasMore = last !== undefined && rest.length > page.length;
  const nextCursor = hasMore
    ? await sealCursor(deps.keyring, listing, [last.ref.service, last.ref.key])
    : undefined;
  const listed: ShownEntry[] = [];
  for (const effective of page) listed.push(await toListed(deps.keyring, query, effective));
  return { revision, entries: listed, folders, nextCursor };
}

/** The limit may change from page to page; nothing else may. */
function listingOf({ caller, namespace, view, depth, references, at }: ListEntries): Listing {
  const { env, service, prefix } = namespace;
  const point = at === undefined ? null : Object.values(at);
  return {
    caller,
    filters: ["entries", env, service ?? null, prefix, view, depth ?? null, references, point],
  };
}

type Position = readonly [service: string, key: string];

async function positionOf(
  keyring: Pick<Keyring, "authenticate">,
  listing: Listing,
  cursor: string | undefined,
): Promise<Position | undefined> {
  if (cursor === undefined) return undefined;
  const position: Json = await openCursor(keyring, listing, cursor);
  const [service, key] = isJsonArray(position) ? position : [];
  if (typeof service === "string" && typeof key === "string") return [service, key];
  throw new TypeError("a cursor of ours has another form");
}

function isAfter({ ref }: Effective, [service, key]: Position): boolean {
  return (compareBytewise(ref.service, service) || compareBytewise(ref.key, key)) > 0;
}

/** Who may list an item and not read it sees that it is there, and nothing that tells its value. */
async function toListed(
  keyring: Pick<Keyring, "authenticate">,
  { caller, withValues }: ListEntries,
  effective: Effective,
): Promise<ShownEntry> {
  const shown = showEffective(effective, false);
  if (mayRead(caller.access, effective.ref, effective.isSensitive)) {
    return withValues ? shown : { ...shown, value: undefined };
  }
  const mac = await keyring.authenticate(caller.tenant, "hash", effective.hash);
  const hash = `hmac:${Buffer.from(mac).toString("hex")}`;
  return { ...shown, value: undefined, isRedacted: true, hash, fingerprint: undefined };
}

function refused(detail: string): LlmcfgError {
  const errors = [{ pointer: "/prefix", code: "INVALID_ARGUMENT", detail }];
  return new LlmcfgError("INVALID_ARGUMENT", detail, { errors });
}
