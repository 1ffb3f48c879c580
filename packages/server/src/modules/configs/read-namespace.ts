import { LlmcfgError, nearestNames, type Revision } from "@llmcfg/core";
import type { Caller } from "../policy/ports.ts";
import { isAllowed, mayFollowFor, mayList } from "./item-rights.ts";
import type { Effective, Namespace, WaitOptions } from "./ports.ts";
import type { ReadDeps } from "./read-effective.ts";
import { type ReadPoint, resolvePoint } from "./read-point.ts";
import { requirePrefix, requireRef } from "./require-ref.ts";

export interface NamespaceQuery extends ReadPoint {
  readonly caller: Caller;
  readonly namespace: Namespace;
  readonly references: "expand" | "keep";
}

export interface NamespaceAnswer {
  /** The revision the answer reflects. */
  readonly revision: Revision;
  readonly entries: readonly Effective[];
}

/** Whether a bundle of the caller's holds the key: it may know of it and read it. */
export function isInBundle({ access }: Caller, { ref }: Pick<Effective, "ref">): boolean {
  return mayList(access, ref) && isAllowed(access, "config:read", ref);
}

/**
 * The effective values of a namespace that the caller may see, sorted bytewise by service and key.
 *
 * @param isSeen what the caller may see
 * @throws {LlmcfgError} `INVALID_KEY`, `INVALID_ARGUMENT`, `REVISION_NOT_REACHED`, `ENV_NOT_FOUND`;
 *   `SERVICE_NOT_FOUND` where the caller sees nothing of the service
 */
export async function readNamespace(
  deps: ReadDeps,
  query: NamespaceQuery,
  isSeen: (effective: Effective) => boolean,
  options: WaitOptions = {},
): Promise<NamespaceAnswer> {
  const { caller, namespace, references } = query;
  const { env, service, prefix } = namespace;
  requireRef({ env, ...(service === undefined ? {} : { service }) });
  requirePrefix(prefix);
  const at = await resolvePoint(deps, caller.tenant, query, options);
  const mayFollow = mayFollowFor(caller.access);
  const reading = { at, references, mayFollow, ...options };
  const { revision, entries } = await deps.reader.bundle(caller.tenant, namespace, reading);
  const seen = entries.filter(isSeen);
  if (seen.length === 0 && service !== undefined) {
    await requireService(deps, query, isSeen, { at: revision, ...options });
  }
  return { revision, entries: seen };
}

/** A service that the caller sees nothing of is none to it: a typo looks like that too. */
async function requireService(
  { reader }: ReadDeps,
  { caller, namespace: { env, service } }: NamespaceQuery,
  isSeen: (effective: Effective) => boolean,
  options: WaitOptions & { readonly at: Revision },
): Promise<void> {
  const everything = { env, service: undefined, prefix: "" };
  const keep = { ...options, references: "keep" } as const;
  const { entries } = await reader.bundle(caller.tenant, everything, keep);
  const names = new Set(entries.filter(isSeen).map(({ ref }) => ref.service));
  if (service === undefined || names.has(service)) return;
  const message = `${env}/${service} holds nothing at revision ${options.at}`;
  throw new LlmcfgError("SERVICE_NOT_FOUND", message, {
    suggestions: nearestNames(service, names),
  });
}
