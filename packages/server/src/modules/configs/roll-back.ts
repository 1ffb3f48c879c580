import { type KeyRef, LlmcfgError, type Revision, type Via } from "@llmcfg/core";
import type { Caller } from "../policy/ports.ts";
import {
  type ChangeSet,
  NO_PRECONDITION,
  type Operation,
  type Precondition,
  type RollBackTarget,
} from "./change-set.ts";
import { type CommitDeps, commitAs, type WriteOutcome } from "./commit-change-set.ts";
import { commitOnce } from "./commit-once.ts";
import { requireReached } from "./find-target.ts";
import { mayList } from "./item-rights.ts";
import type { Once } from "./once.ts";
import type { WaitOptions } from "./ports.ts";
import { requirePrefix, requireRef } from "./require-ref.ts";

export interface RollBack {
  readonly caller: Caller;
  readonly via: Via;
  readonly message: string | undefined;
  readonly isConfirmed: boolean;
  readonly what: RolledBack;
}

/** One own item, or all of a service whose keys begin with a text. */
export type RolledBack =
  | {
      readonly kind: "key";
      readonly ref: KeyRef;
      readonly to: RollBackTarget;
      readonly expected: Precondition;
    }
  | {
      readonly kind: "prefix";
      readonly env: string;
      readonly service: string;
      readonly prefix: string;
      readonly toRevision: Revision;
    };

/**
 * Brings back an earlier own state as a new version: nothing is rewritten.
 *
 * What did not exist then is removed. Needs the right to write, none to read: sealed values are
 * sealed anew without being shown.
 *
 * @throws {LlmcfgError} as `commitChangeSet`
 */
export async function rollBack(
  deps: CommitDeps,
  { caller, via, message, isConfirmed, what }: RollBack,
  { once, signal }: WaitOptions & { readonly once?: Once | undefined } = {},
): Promise<WriteOutcome> {
  const operations: readonly Operation[] =
    what.kind === "key"
      ? [{ op: "rollback", ref: what.ref, to: what.to, expected: what.expected }]
      : [];
  const isBatch = what.kind === "prefix";
  const changeSet: ChangeSet = { caller, via, message, isConfirmed, operations, isBatch };
  const operationsAt =
    what.kind === "key"
      ? undefined
      : (basis: Revision) => operationsFor(deps, caller, { ...what, basis, signal });
  const options = { signal, operationsAt };
  return once === undefined
    ? await commitAs(deps, { changeSet, options, once })
    : await commitOnce(deps, changeSet, once, options);
}

type AskedPrefix = Extract<RolledBack, { readonly kind: "prefix" }> &
  WaitOptions & { readonly basis: Revision };

/** The items that are at another version now than they were then. */
async function operationsFor(
  deps: CommitDeps,
  caller: Caller,
  asked: AskedPrefix,
): Promise<readonly Operation[]> {
  const { store, environments } = deps;
  const { env, service, prefix, toRevision, basis, signal } = asked;
  requireRef({ env, service });
  requirePrefix(prefix);
  const graph = await environments.graph(caller.tenant);
  graph.get(env); // or there is none
  requireReached(toRevision, basis);
  const select = { envs: [env], service, prefix };
  const now = await store.currentVersions(caller.tenant, select, { signal });
  const then = await store.currentVersions(caller.tenant, select, { at: toRevision, signal });
  const versions = new Map(then.map((item) => [item.ref.key, item.version]));
  const moved = now.filter(
    ({ ref, version, state }) =>
      versions.get(ref.key) !== version && !(state === "deleted" && !versions.has(ref.key)),
  );
  if (!moved.every(({ ref }) => mayList(caller.access, ref))) {
    throw await denyAll(deps, caller, asked);
  }
  const to: RollBackTarget = { kind: "revision", revision: toRevision };
  return moved.map(({ ref }) => ({ op: "rollback", ref, to, expected: NO_PRECONDITION }));
}

/** Something there is hidden from the caller: all or nothing, and without naming it. */
async function denyAll(
  { recorder, clock }: CommitDeps,
  { tenant, actor, access }: Caller,
  { env, service, prefix, basis }: Pick<AskedPrefix, "env" | "service" | "prefix" | "basis">,
): Promise<LlmcfgError> {
  const permission = "config:write";
  const { because } = access.decide(permission, { kind: "namespace", env, service, prefix });
  await recorder.record(tenant, [
    {
      actor,
      action: "config.rollback",
      resource: `${env}/${service}/${prefix}`,
      outcome: "denied",
      reason: "POLICY_DENIED",
      revision: basis,
      atMs: clock.nowMs(),
      decidedBy: [because],
      details: { permission },
    },
  ]);
  const path = `${env}/${service}/${prefix}**`;
  const message = `${actor.principal} does not hold ${permission} on ${path}`;
  return new LlmcfgError("POLICY_DENIED", message, { rule: because, permission, path });
}
