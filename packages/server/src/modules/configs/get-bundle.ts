import type { Json, JsonObject, Revision } from "@llmcfg/core";
import type { Caller } from "../policy/ports.ts";
import { bundleHash } from "./bundle-hash.ts";
import type { BundleRevisions } from "./bundle-revision.ts";
import { etagVariant } from "./etag.ts";
import { mayFollowFor, mayReveal, recordDenial } from "./item-rights.ts";
import { nestKeys } from "./nest-keys.ts";
import type { Effective, WaitOptions } from "./ports.ts";
import { type ReadDeps, requireNoFault } from "./read-effective.ts";
import { isInBundle, type NamespaceQuery, readNamespace } from "./read-namespace.ts";
import { resolvePoint } from "./read-point.ts";
import { mayOpen, toRevealed } from "./reveal-effective.ts";
import type { SharedBundle, SharedBundles } from "./shared-bundles.ts";

export interface BundleDeps extends ReadDeps {
  readonly revisions: BundleRevisions;
  readonly bundles: SharedBundles;
}

export interface GetBundle extends NamespaceQuery {
  readonly shape: "flat" | "nested";
  readonly withMeta: boolean;
  readonly reveal: boolean;
}

export interface BundleView {
  /** The newest revision that changed an effective value of the selection. */
  readonly revision: Revision;
  /** The revision the answer reflects. */
  readonly readAt: Revision;
  readonly hash: string;
  /** By key, or by its segments. */
  readonly values: JsonObject;
  /** By key, whatever the shape. */
  readonly flat: ReadonlyMap<string, Json>;
  /** Keys of sensitive values that are left out. */
  readonly redacted: readonly string[];
  readonly entries: readonly Effective[];
  /** Without format and quotes. */
  readonly etag: string;
  /** Of the same with those secrets revealed that the caller may see. */
  readonly revealedEtag: string;
  /** Whether there are plaintexts of sensitive values in it. */
  readonly isRevealed: boolean;
}

/**
 * All effective values of a service that the caller may see, in one document.
 *
 * The newest state is read once for all who ask the same with equal rights: `view` is one object for
 * them all then. What is revealed is the caller's alone.
 *
 * @throws {LlmcfgError} `INVALID_KEY`, `INVALID_ARGUMENT`, `REVISION_NOT_REACHED`, `ENV_NOT_FOUND`,
 *   `SERVICE_NOT_FOUND`; `POLICY_DENIED` where none of the secrets may be revealed;
 *   `AUDIT_UNAVAILABLE`, `SEALED`
 */
export async function getBundle(
  deps: BundleDeps,
  query: GetBundle,
  options: WaitOptions = {},
): Promise<SharedBundle> {
  const shared = await findBundle(deps, query, options);
  if (!query.reveal) return shared;
  const { view } = shared;
  const opened = await openSecrets(deps, query, view.entries, view.readAt, options);
  if (opened.size === 0) return shared;
  const shown = show(view.entries, opened, query.shape);
  return { view: { ...view, ...shown, isRevealed: true }, kept: undefined };
}

/** The bundle without secrets. */
async function findBundle(
  deps: BundleDeps,
  query: GetBundle,
  options: WaitOptions,
): Promise<SharedBundle> {
  const { caller, namespace, references, shape, withMeta } = query;
  const at = await resolvePoint(deps, caller.tenant, query, options);
  const { env, service = null, prefix } = namespace;
  const reading = { caller, namespace, references, shape, withMeta };
  if (at !== undefined) {
    const view = await readBundle(deps, { ...reading, at: { revision: at } }, options);
    return { view, kept: undefined };
  }
  const question = [caller.access.key, env, service, prefix, references, shape, withMeta];
  return await deps.bundles.find(
    caller.tenant,
    question,
    async () => await readBundle(deps, reading),
    options,
  );
}

async function readBundle(
  deps: BundleDeps,
  query: Omit<GetBundle, "reveal">,
  options: WaitOptions = {},
): Promise<BundleView> {
  const { caller, namespace, references, shape } = query;
  const isSeen = (effective: Effective) => isInBundle(caller, effective);
  const { revision: readAt, entries } = await readNamespace(deps, query, isSeen, options);
  for (const entry of entries) requireNoFault(entry);

  const seen = { caller, namespace, references, revision: readAt, entries };
  const etag = await etagOf(deps, query, entries);
  return {
    revision: await deps.revisions.find(seen, options),
    readAt,
    hash: bundleHash(entries),
    ...show(entries, NONE, shape),
    entries,
    etag,
    revealedEtag: etag + (await closedTag(deps, caller, entries)),
    isRevealed: false,
  };
}

/** What of the entries shows, given the plaintexts of those secrets that do. */
function show(
  entries: readonly Effective[],
  opened: ReadonlyMap<string, Json>,
  shape: GetBundle["shape"],
): Pick<BundleView, "flat" | "values" | "redacted"> {
  const flat = new Map<string, Json>();
  const redacted: string[] = [];
  for (const { ref, isSensitive, value } of entries) {
    const shown = isSensitive ? opened.get(ref.key) : value;
    if (shown === undefined) redacted.push(ref.key);
    else flat.set(ref.key, shown);
  }
  const values = shape === "nested" ? nestKeys(flat) : Object.fromEntries(flat);
  return { flat, values, redacted };
}

const NONE: ReadonlyMap<string, Json> = new Map();

/** The plaintexts of those secrets that the caller may see, one record each. */
async function openSecrets(
  deps: BundleDeps,
  { caller, namespace, references }: GetBundle,
  entries: readonly Effective[],
  revision: Revision,
  options: WaitOptions,
): Promise<ReadonlyMap<string, Json>> {
  const secrets = entries.filter(({ isSensitive }) => isSensitive);
  const [first] = secrets;
  if (first === undefined) return NONE;
  const open = secrets.filter((entry) => mayOpen(caller, entry));
  if (open.length === 0) {
    const asked = { permission: "secret:read", action: "secret.reveal" } as const;
    throw await recordDenial(deps, caller, { ...asked, ref: first.ref, revision });
  }
  const keys = open.flatMap((entry) => toRevealed(entry, "bundle"));
  const reveal = await deps.revealer.reveal(caller, revision, keys, options);
  const allowed = new Set(open.map(({ ref }) => ref.key));
  const bundle = await deps.reader.bundle(caller.tenant, namespace, {
    at: revision,
    references,
    mayFollow: mayFollowFor(caller.access),
    open: async (item) =>
      mayReveal(caller.access, { ...item.ref, env: namespace.env })
        ? await reveal(item)
        : undefined,
    ...options,
  });
  return new Map(
    bundle.entries.flatMap(({ ref, value }) =>
      allowed.has(ref.key) && value !== undefined ? [[ref.key, value] as const] : [],
    ),
  );
}

/** Tells those apart who may not see all secrets of a bundle, by which they are; else empty. */
async function closedTag(
  { keyring }: BundleDeps,
  caller: Caller,
  entries: readonly Effective[],
): Promise<string> {
  const closed = entries.filter((entry) => entry.isSensitive && !mayOpen(caller, entry));
  if (closed.length === 0) return "";
  const keys = closed.map(({ ref }) => ref.key);
  return await etagVariant(keyring, caller.tenant, ["closed", ...keys]);
}

/** Changes if and only if a value of the selection does, or what is shown beside the values. */
async function etagOf(
  { keyring }: BundleDeps,
  { caller, namespace, references, shape, withMeta }: Omit<GetBundle, "reveal">,
  entries: readonly Effective[],
): Promise<string> {
  const { env, service = null, prefix } = namespace;
  const selection = ["bundle", env, service, prefix, references, shape];
  const core = await etagVariant(keyring, caller.tenant, [...selection, bundleHash(entries)]);
  if (!withMeta) return core;
  const meta = entries.map(({ newest }) => [newest.ref.env, newest.version, newest.revision]);
  return core + (await etagVariant(keyring, caller.tenant, meta));
}
