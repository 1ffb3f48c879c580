import type { ReferenceOutcome, Revision } from "@llmcfg/core";
import type { Caller, Permission } from "../policy/ports.ts";
import type { RevealedKey } from "../secrets/ports.ts";
import { mayFollowFor, mayReveal, type RefusalDeps, recordDenial } from "./item-rights.ts";
import type { Effective, WaitOptions } from "./ports.ts";
import type { ReadDeps } from "./read-effective.ts";

/**
 * Lets a caller pass who may see the plaintext, also of every secret that a reference brings in.
 *
 * @throws {LlmcfgError} `POLICY_DENIED`, and it is on record then
 */
export async function requireReveal(
  deps: RefusalDeps,
  caller: Caller,
  effective: Effective,
  revision: Revision,
): Promise<void> {
  const targets = secretsOf(effective).map(({ target }) => target);
  for (const target of [effective.ref, ...targets]) {
    if (mayReveal(caller.access, target)) continue;
    const permission: Permission = "secret:read";
    const asked = { permission, action: "secret.reveal", ref: target, revision };
    throw await recordDenial(deps, caller, asked);
  }
}

/** The same with the plaintext of what is sensitive, once that is on record. */
export async function openEffective(
  { reader, revealer }: Pick<ReadDeps, "reader" | "revealer">,
  { caller, references }: { readonly caller: Caller; readonly references: "expand" | "keep" },
  effective: Effective,
  revision: Revision,
  options: WaitOptions,
): Promise<Effective> {
  const keys = toRevealed(effective, "read");
  const open = await revealer.reveal(caller, revision, keys, options);
  const mayFollow = mayFollowFor(caller.access);
  const reading = { at: revision, references, mayFollow, open, ...options };
  const opened = await reader.entry(caller.tenant, effective.ref, reading);
  if (opened.effective === undefined) throw new TypeError("a past state has changed");
  return opened.effective;
}

/** The key, and every secret whose plaintext a reference brings into its value. */
export function toRevealed(effective: Effective, purpose: string): readonly RevealedKey[] {
  const { ref, newest } = effective;
  const targets = secretsOf(effective).map(({ target, version = 0 }) => ({ ref: target, version }));
  return [
    { ref, version: newest.version, purpose },
    ...targets.map((target) => ({ ...target, purpose: "reference" })),
  ];
}

/** Whether the caller may see the plaintext, and that of every secret it has over a reference. */
export function mayOpen({ access }: Caller, effective: Effective): boolean {
  const targets = secretsOf(effective).map(({ target }) => target);
  return [effective.ref, ...targets].every((ref) => mayReveal(access, ref));
}

function secretsOf({ trace }: Effective): readonly ReferenceOutcome[] {
  return trace.references.filter(({ sensitive, found }) => sensitive && found);
}
