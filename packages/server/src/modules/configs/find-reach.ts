import {
  compareBytewise,
  type Effect,
  type Environment,
  type EnvironmentGraph,
  formatPath,
  type KeyRef,
  type ServiceKey,
} from "@llmcfg/core";
import type { Keyring } from "../keys/ports.ts";
import { type Draft, type Ground, toHeldItem } from "./draft.ts";
import { DraftedTable, idOf, type LayerSource } from "./layer-table.ts";
import type { ConfigStore, Effective, WaitOptions } from "./ports.ts";
import { resolveKeys } from "./resolve-keys.ts";
import { mayRefer } from "./sealed-references.ts";
import { toEffective } from "./to-effective.ts";

export interface ReachDeps {
  readonly store: Pick<ConfigStore, "referrers">;
  readonly keyring: Pick<Keyring, "valueHash" | "fingerprint">;
}

/** One key in one environment, before and after. */
export interface Place {
  readonly ref: KeyRef;
  readonly before: Effective | undefined;
  readonly after: Effective | undefined;
}

/** An effective value that changes, and the draft that changes it. */
export interface ReachedPlace extends Place {
  readonly draft: Draft;
  readonly effect: Effect;
}

/** What a change set makes of the effective values, wherever it can be seen. */
export interface Reach {
  /** By path: what each drafted item's own key gives, in the environment that is written. */
  readonly own: ReadonlyMap<string, Place>;
  /** Every value that changes: by draft, parents before children, the key itself first. */
  readonly reached: readonly ReachedPlace[];
  /** The own items as they would be. */
  readonly source: LayerSource;
}

/**
 * Resolves the keys that are written, and those that refer to them, in every environment that
 * inherits from one that is written: as it is and as it would be.
 */
export async function findReach(
  deps: ReachDeps,
  ground: Ground,
  drafts: readonly Draft[],
  options?: WaitOptions,
): Promise<Reach> {
  const changing = drafts.filter(({ isUnchanged }) => !isUnchanged);
  const written = drafts.map(({ operation: { ref } }) => toServiceKey(ref));
  const referring = await findReferring(deps, ground.tenant, changing, options);
  const keys = uniqueKeys([...written, ...referring]);
  await ground.before.loadKeys(keys);
  const source = new DraftedTable(ground.before, changing.map(toLayer));

  const places = new Map<string, Place>();
  for (const env of reachOfAll(ground, drafts)) {
    for (const place of await comparePlaces(deps, ground, { env, keys, source })) {
      places.set(formatPath(place.ref), place);
    }
  }
  const own = new Map(
    drafts.map(({ operation: { ref } }) => [formatPath(ref), placeAt(places, ref)]),
  );
  return { own, reached: attribute(ground, changing, places.values()), source };
}

function toLayer(draft: Draft) {
  const { plaintext } = draft;
  return toHeldItem(draft, plaintext !== undefined && mayRefer(plaintext));
}

function toServiceKey({ service, key }: KeyRef): ServiceKey {
  return { service, key };
}

function placeAt(places: ReadonlyMap<string, Place>, ref: KeyRef): Place {
  return places.get(formatPath(ref)) ?? { ref, before: undefined, after: undefined };
}

/** The keys whose values refer to a changing one, directly or over others. */
async function findReferring(
  { store }: ReachDeps,
  tenant: string,
  changing: readonly Draft[],
  options?: WaitOptions,
): Promise<readonly ServiceKey[]> {
  const known = new Map<string, ServiceKey>();
  let targets = changing.map(({ operation: { ref } }) => toServiceKey(ref));
  while (targets.length > 0) {
    const found = await store.referrers(tenant, targets, options);
    targets = uniqueKeys(found.map(toServiceKey)).filter((key) => !known.has(idOf(key)));
    for (const key of targets) known.set(idOf(key), key);
  }
  return [...known.values()];
}

function uniqueKeys(keys: readonly ServiceKey[]): ServiceKey[] {
  return [...new Map(keys.map((key) => [idOf(key), key])).values()];
}

/** Every environment where a draft can be seen. */
function reachOfAll({ graph }: Ground, drafts: readonly Draft[]): readonly Environment[] {
  const envs = drafts.flatMap(({ operation: { ref } }) => graph.reachOf(ref.env));
  return [...new Map(envs.map((env) => [env.name, env])).values()];
}

async function comparePlaces(
  { keyring }: ReachDeps,
  { tenant, graph, before }: Ground,
  {
    env,
    keys,
    source,
  }: {
    readonly env: Environment;
    readonly keys: readonly ServiceKey[];
    readonly source: LayerSource;
  },
): Promise<readonly Place[]> {
  const chain = graph.chainOf(env.name);
  const [was, willBe] = [
    await resolveKeys(before, chain, keys),
    await resolveKeys(source, chain, keys),
  ];
  const places: Place[] = [];
  for (const [i, now] of was.entries()) {
    const then = willBe[i];
    places.push({
      ref: now.ref,
      before: await toEffective(now, { keyring, tenant, source: before, chain }),
      after: then && (await toEffective(then, { keyring, tenant, source, chain })),
    });
  }
  return places;
}

/** Lays each change of an effective value to the draft that brings it about. */
function attribute(
  { graph }: Ground,
  drafts: readonly Draft[],
  places: Iterable<Place>,
): readonly ReachedPlace[] {
  const byPath = new Map(drafts.map((draft) => [formatPath(draft.operation.ref), draft]));
  const reached: ReachedPlace[] = [];
  for (const place of places) {
    const change = changeOf(place);
    const env = graph.find(place.ref.env);
    if (change === undefined || env === undefined) continue;
    const draft = causeOf(graph.chainOf(env.name), byPath, place);
    if (draft === undefined) continue;
    reached.push({ ...place, draft, effect: toEffect(draft, place, { env, change }) });
  }
  return reached.toSorted((a, b) => a.draft.index - b.draft.index || compareWithin(graph, a, b));
}

/** Parents before children; the key of the draft before those that refer to it. */
function compareWithin(graph: EnvironmentGraph, a: ReachedPlace, b: ReachedPlace): number {
  const order = graph.reachOf(a.draft.operation.ref.env).map(({ name }) => name);
  return (
    order.indexOf(a.ref.env) - order.indexOf(b.ref.env) ||
    Number(isOwnKey(b)) - Number(isOwnKey(a)) ||
    compareBytewise(idOf(a.ref), idOf(b.ref))
  );
}

function isOwnKey({ ref, draft }: ReachedPlace): boolean {
  return idOf(ref) === idOf(draft.operation.ref);
}

export function changeOf({ before, after }: Place): Effect["change"] | undefined {
  if (before === undefined) return after === undefined ? undefined : "create";
  if (after === undefined) return "delete";
  return before.hash === after.hash ? undefined : "update";
}

/** The draft of the key itself that is nearest, else the nearest one of a key it depends on. */
function causeOf(
  chain: readonly Environment[],
  drafts: ReadonlyMap<string, Draft>,
  { ref, before, after }: Place,
): Draft | undefined {
  const dependencies = [before, after].flatMap((state) => state?.trace.dependencies ?? []);
  for (const { service, key } of [ref, ...dependencies]) {
    for (const { name: env } of chain.toReversed()) {
      const cause = drafts.get(formatPath({ env, service, key }));
      if (cause !== undefined) return cause;
    }
  }
  return undefined;
}

function toEffect(
  { operation }: Draft,
  { ref }: Place,
  { env, change }: { readonly env: Environment; readonly change: Effect["change"] },
): Effect {
  const via = operation.ref.env;
  return {
    env: env.name,
    service: ref.service,
    key: ref.key,
    via,
    inherited: env.name !== via,
    protected: env.protected,
    change,
    restartRequired: false,
  };
}
