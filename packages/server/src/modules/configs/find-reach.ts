import { type Environment, formatPath, type KeyRef, type ServiceKey } from "@llmcfg/core";
import type { Keyring } from "../keys/ports.ts";
import { attributeEffects, type Place, type ReachedPlace } from "./attribute-effects.ts";
import { type Draft, type Ground, toHeldItem } from "./draft.ts";
import { DraftedTable, idOf, type LayerSource } from "./layer-table.ts";
import type { ConfigStore, WaitOptions } from "./ports.ts";
import { resolveKeys } from "./resolve-keys.ts";
import { mayRefer } from "./sealed-references.ts";
import { toEffective } from "./to-effective.ts";

export interface ReachDeps {
  readonly store: Pick<ConfigStore, "referrers">;
  readonly keyring: Pick<Keyring, "valueHash" | "fingerprint">;
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
  return { own, reached: attributeEffects(ground, changing, places.values()), source };
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
