import { formatPath, type Json, LlmcfgError, type Revision } from "@llmcfg/core";
import type { Caller } from "../policy/ports.ts";
import type { DiffReference } from "./diff-reference.ts";
import { getVersion, type VersionDeps } from "./get-version.ts";
import { mayFollowFor, mayList, mayRead } from "./item-rights.ts";
import type { Effective, WaitOptions } from "./ports.ts";
import { readEffective, requireNoFault } from "./read-effective.ts";
import { revisionOf } from "./read-point.ts";

export type SideDeps = VersionDeps;

/** One state of a comparison. */
export interface DiffSide {
  readonly revision: Revision;
  /** By what is equal for equal keys on both sides. */
  readonly entries: ReadonlyMap<string, SideEntry>;
  /** Names of the keys that are there and may not be read. */
  readonly unreadable: ReadonlySet<string>;
}

export interface SideEntry {
  /** As the difference names it. */
  readonly key: string;
  /** `undefined` where it is sensitive. */
  readonly value: Json | undefined;
  readonly isSensitive: boolean;
  readonly fingerprint: string | undefined;
}

/** Under which name a key is compared with the other side's, whatever that one is called. */
const THE_KEY = "";

/**
 * What a reference names, as far as the caller may read it.
 *
 * @throws {LlmcfgError} `INVALID_ARGUMENT`; of a single key also `KEY_NOT_FOUND`,
 *   `VERSION_NOT_FOUND`, `POLICY_DENIED`
 */
export async function readSide(
  deps: SideDeps,
  caller: Caller,
  reference: DiffReference,
  options: WaitOptions,
): Promise<DiffSide> {
  const { env, service, key, version } = reference;
  if (service === undefined || key === undefined) {
    return await readSpace(deps, caller, reference, options);
  }
  const ref = { env, service, key };
  if (version === undefined) return await readKey(deps, caller, { ...reference, ref }, options);
  const query = { caller, ref, version, reveal: false, isBare: false };
  const { entry } = await getVersion(deps, query, options);
  const { value, isSensitive, fingerprint, newest } = entry;
  return single(newest.revision, { key, value, isSensitive, fingerprint });
}

async function readKey(
  deps: SideDeps,
  caller: Caller,
  { ref, at }: { readonly ref: Effective["ref"]; readonly at: DiffReference["at"] },
  options: WaitOptions,
): Promise<DiffSide> {
  const reading = { references: "expand", ...options } as const;
  const { revision, effective } = await readEffective(deps, { caller, ref, at }, reading);
  return single(revision, toEntry(effective, ref.key));
}

function single(revision: Revision, entry: SideEntry): DiffSide {
  return { revision, entries: new Map([[THE_KEY, entry]]), unreadable: new Set() };
}

async function readSpace(
  deps: SideDeps,
  caller: Caller,
  { env, service, at }: DiffReference,
  options: WaitOptions,
): Promise<DiffSide> {
  const { tenant, access } = caller;
  const revision = at === undefined ? undefined : await revisionOf(deps, tenant, at, options);
  const bundle = await deps.reader.bundle(
    tenant,
    { env, service, prefix: "" },
    { at: revision, mayFollow: mayFollowFor(access), ...options },
  );
  const entries = new Map<string, SideEntry>();
  const unreadable = new Set<string>();
  for (const effective of bundle.entries) {
    const { ref, isSensitive } = effective;
    const name = service === undefined ? `${ref.service}/${ref.key}` : ref.key;
    if (mayList(access, ref) && mayRead(access, ref, isSensitive)) {
      entries.set(name, toEntry(effective, name));
    } else {
      unreadable.add(name);
    }
  }
  return { revision: bundle.revision, entries, unreadable };
}

function toEntry(effective: Effective, key: string): SideEntry {
  requireNoFault(effective);
  const { ref, value, isSensitive, fingerprint, hash } = effective;
  if (isSensitive) return { key, value: undefined, isSensitive, fingerprint: fingerprint ?? hash };
  if (value !== undefined) return { key, value, isSensitive, fingerprint };
  throw new LlmcfgError("INTEGRITY_FAILED", `${formatPath(ref)} has no value`, {});
}
