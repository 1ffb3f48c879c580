import { formatPath, type KeyRef, LlmcfgError, type Resolved, type Revision } from "@llmcfg/core";
import type { Keyring } from "../keys/ports.ts";
import type { Caller } from "../policy/ports.ts";
import type { SecretRevealer } from "../secrets/ports.ts";
import { mayFollowFor, mayList, mayRead, type RefusalDeps, recordDenial } from "./item-rights.ts";
import type { ConfigStore, Effective, EffectiveReader, WaitOptions } from "./ports.ts";
import { type ReadPoint, type ReadPointDeps, resolvePoint } from "./read-point.ts";
import { requireRef } from "./require-ref.ts";
import { suggestKeys } from "./suggest-keys.ts";

/** What the use cases that read need. */
export interface ReadDeps extends RefusalDeps, ReadPointDeps {
  readonly store: Pick<ConfigStore, "headRevision" | "findRevisionAt">;
  readonly reader: EffectiveReader;
  readonly keyring: Pick<Keyring, "authenticate">;
  readonly revealer: SecretRevealer;
}

/** What is effective at a key, for a caller who may see it. */
export async function readEffective(
  deps: ReadDeps,
  query: ReadPoint & { readonly caller: Caller; readonly ref: KeyRef },
  options: WaitOptions & { readonly references: "expand" | "keep" },
): Promise<{ readonly revision: Revision; readonly effective: Effective }> {
  const { caller, ref } = query;
  requireRef(ref);
  const at = await resolvePoint(deps, caller.tenant, query, options);
  await requireListable(deps, caller, ref, { at, ...options });
  const mayFollow = mayFollowFor(caller.access);
  const answer = await deps.reader.entry(caller.tenant, ref, { at, mayFollow, ...options });
  const { revision, effective, resolved } = answer;
  if (effective === undefined) {
    const mask = maskOf(resolved);
    if (mask !== undefined) throw deps.refusals.keyNotFound(ref, revision, [], mask);
    const suggestions = await suggestKeys(deps.reader, caller, ref, { at, ...options });
    throw deps.refusals.keyNotFound(ref, revision, suggestions);
  }
  if (!mayRead(caller.access, ref, effective.isSensitive)) {
    const asked = { permission: "config:read", action: "config.read", ref, revision } as const;
    throw await recordDenial(deps, caller, asked);
  }
  return { revision, effective };
}

/** Which mask hides what would be inherited, if one does. */
function maskOf({ trace }: Resolved): string | undefined {
  const mask = trace.layers.findLast(({ state }) => state === "mask");
  if (mask?.item === undefined) return undefined;
  return `${mask.env} hides it by a mask (v${mask.item.version}): roll back or write it there to have it again`;
}

/** Whoever may not list the key gets what there is for a missing one, whether it is there or not. */
export async function requireListable(
  deps: ReadDeps,
  caller: Caller,
  ref: KeyRef,
  { at, ...options }: WaitOptions & { readonly at: Revision | undefined },
): Promise<void> {
  if (mayList(caller.access, ref)) return;
  const revision = at ?? (await deps.store.headRevision(caller.tenant, options));
  const suggestions = await suggestKeys(deps.reader, caller, ref, { at, ...options });
  const asked = { permission: "config:list", action: "config.read", ref, revision } as const;
  throw await recordDenial(deps, caller, { ...asked, suggestions });
}

/** A value with a reference at fault is none; the rules keep that from being stored. */
export function requireNoFault({ ref, faults }: Effective): void {
  const [first] = faults;
  if (first === undefined) return;
  const message = `${formatPath(ref)}: ${first.detail}`;
  throw new LlmcfgError(first.code, message, { errors: faults });
}
