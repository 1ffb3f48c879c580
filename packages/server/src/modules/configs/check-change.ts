/**
 * Everything that is asked before a change is stored, in the order that is part of the contract: a
 * caller who may not write an item learns neither whether it exists nor whether the value would do.
 *
 * @module
 */

import { formatPath, isLlmcfgError, type Revision } from "@llmcfg/core";
import type { EnvironmentReader } from "../environments/ports.ts";
import type { Keyring } from "../keys/ports.ts";
import { isFailure, toFailureEvents } from "./audit-events.ts";
import { authorizeDraft, authorizeOperation, authorizeReach } from "./authorize-change.ts";
import type { ChangeSet } from "./change-set.ts";
import type { Draft, Ground } from "./draft.ts";
import { type DraftDeps, draftItem } from "./draft-items.ts";
import { findReach, type Reach } from "./find-reach.ts";
import type { Predecessors } from "./item-about.ts";
import type { RefusalDeps } from "./item-rights.ts";
import { LayerTable } from "./layer-table.ts";
import type { ConfigStore, WaitOptions } from "./ports.ts";
import { requireConfirmed } from "./require-confirmed.ts";
import { requirePreconditions } from "./require-preconditions.ts";
import { requireValid } from "./require-valid.ts";
import { resolveKeys } from "./resolve-keys.ts";
import type { SealedReferences } from "./sealed-references.ts";
import { toEffective } from "./to-effective.ts";

export interface CheckDeps extends DraftDeps, RefusalDeps {
  readonly store: Pick<ConfigStore, "currentVersions" | "findVersion" | "history" | "referrers">;
  readonly environments: EnvironmentReader;
  readonly keyring: Pick<Keyring, "open" | "valueHash" | "fingerprint" | "authenticate">;
  readonly sealedReferences: SealedReferences;
}

/** A change that nothing speaks against, at one revision. */
export interface CheckedChange {
  readonly ground: Ground;
  readonly drafts: readonly Draft[];
  readonly reach: Reach;
  /** For each draft, the id of the binding that allows it. */
  readonly decidedBy: ReadonlyMap<Draft, string>;
}

export interface CheckOptions extends WaitOptions {
  /** Asked once the caller is known to be allowed what it asks for: whether there is more to check. */
  readonly goesOn?: (() => Promise<boolean>) | undefined;
}

/**
 * Checks a change set against the newest state.
 *
 * @param changeSet well formed, environments by their canonical names
 * @returns `undefined` where `options.goesOn` said no
 * @throws {LlmcfgError} whatever speaks against it; denials and failures are on record then
 */
export async function checkChange(
  deps: CheckDeps,
  changeSet: ChangeSet,
  basis: Revision,
  { signal, goesOn }: CheckOptions = {},
): Promise<CheckedChange | undefined> {
  const ground = await openGround(deps, changeSet, basis, { signal });
  const before = await findPredecessors(deps, changeSet, ground);
  const because = await authorizeAll(deps, changeSet, ground, before);
  const drafts = await draftAll(deps, changeSet, { ground, before }, { signal, goesOn });
  if (drafts === undefined) return undefined;
  for (const draft of drafts) await authorizeDraft(deps, changeSet, ground, draft);
  const reach = await findReach(deps, ground, drafts, { signal });
  await authorizeReach(deps, changeSet, ground, reach.reached);
  if ((await goesOn?.()) === false) return undefined;
  try {
    await requirePreconditions(deps.keyring, changeSet, ground, drafts, reach);
    await requireValid(changeSet, ground, drafts, reach);
    requireConfirmed(changeSet, reach.reached);
  } catch (error) {
    if (isFailure(error)) {
      const events = toFailureEvents(error, { changeSet, ground, drafts });
      await deps.recorder.record(ground.tenant, events, { signal });
    }
    throw error;
  }
  const decidedBy = new Map(drafts.map((draft) => [draft, because[draft.index] ?? ""]));
  return { ground, drafts, reach, decidedBy };
}

async function openGround(
  deps: CheckDeps,
  { caller, operations }: ChangeSet,
  basis: Revision,
  { signal }: WaitOptions,
): Promise<Ground> {
  const { tenant } = caller;
  const graph = await deps.environments.graph(tenant);
  const written = new Set(operations.map(({ ref }) => ref.env));
  const seen = [...written].flatMap((env) => {
    const { name } = graph.get(env);
    return [...graph.chainOf(name), ...graph.reachOf(name)];
  });
  const before = new LayerTable(deps.store, {
    tenant,
    envs: [...new Set(seen.map(({ name }) => name))],
    at: undefined,
    open: (item) => deps.sealedReferences.openIfReferring(tenant, item),
    signal,
  });
  return { tenant, basis, nowMs: deps.clock.nowMs(), graph, before };
}

/** Item by item; for each operation the id of the binding that allows it. */
async function authorizeAll(
  deps: CheckDeps,
  changeSet: ChangeSet,
  ground: Ground,
  before: readonly Predecessors[],
): Promise<readonly string[]> {
  const because: string[] = [];
  for (const [i, operation] of changeSet.operations.entries()) {
    const predecessors = before[i] ?? NOTHING;
    because.push(await authorizeOperation(deps, changeSet, ground, operation, predecessors));
  }
  return because;
}

/**
 * What would be written; `undefined` where `goesOn` says no.
 *
 * It is asked here only where nothing can be written: the first of two equal requests may have
 * removed what the second one does not find.
 */
async function draftAll(
  deps: CheckDeps,
  changeSet: ChangeSet,
  state: { readonly ground: Ground; readonly before: readonly Predecessors[] },
  { signal, goesOn }: CheckOptions,
): Promise<readonly Draft[] | undefined> {
  try {
    const drafts: Draft[] = [];
    for (const [index, operation] of changeSet.operations.entries()) {
      const before = state.before[index] ?? NOTHING;
      const drafting = { ground: state.ground, changeSet, index, operation, before };
      drafts.push(await draftItem(deps, drafting, { signal }));
    }
    return drafts;
  } catch (error) {
    if (isLlmcfgError(error) && (await goesOn?.()) === false) return undefined;
    throw error;
  }
}

const NOTHING: Predecessors = { own: undefined, effective: undefined };

async function findPredecessors(
  { keyring }: CheckDeps,
  { operations }: ChangeSet,
  { tenant, graph, before: source }: Ground,
): Promise<readonly Predecessors[]> {
  await source.loadKeys(operations.map(({ ref: { service, key } }) => ({ service, key })));
  const byPath = new Map<string, Predecessors>();
  for (const [env, group] of Map.groupBy(operations, ({ ref }) => ref.env)) {
    const chain = graph.chainOf(env);
    for (const resolved of await resolveKeys(
      source,
      chain,
      group.map(({ ref }) => ref),
    )) {
      byPath.set(formatPath(resolved.ref), {
        own: source.held(resolved.ref)?.item,
        effective: await toEffective(resolved, { keyring, tenant, source, chain }),
      });
    }
  }
  return operations.map(({ ref }) => byPath.get(formatPath(ref)) ?? NOTHING);
}
