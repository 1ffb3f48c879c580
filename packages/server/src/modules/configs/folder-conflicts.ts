import type { Environment, KeyRef, ServiceKey } from "@llmcfg/core";
import type { ReachedPlace } from "./attribute-effects.ts";
import type { Ground } from "./draft.ts";
import type { Fault } from "./fault.ts";
import type { Reach } from "./find-reach.ts";
import { idOf, type LayerSource } from "./layer-table.ts";

/**
 * Keys that would be a folder too, or lie below a key: no service would have a nested form then.
 *
 * Looks only at keys that come to be, in each environment where they do.
 */
export async function findFolderConflicts(
  ground: Ground,
  { reached, source }: Reach,
): Promise<readonly Fault[]> {
  const faults = new Map<string, Fault>();
  const created = reached.filter(({ effect }) => effect.change === "create");
  const relatives = await loadRelatives(ground, created);
  for (const place of created) {
    const chain = ground.graph.chainOf(place.ref.env);
    const conflict = relatives
      .get(idOf(place.ref))
      ?.find((relative) => exists(source, chain, relative));
    if (conflict === undefined) continue;
    const fault = toFault(place, conflict);
    faults.set(`${place.draft.index} ${fault.detail}`, fault);
  }
  return [...faults.values()];
}

/** For each key that comes to be, the keys above it, and those below it that some layer holds. */
async function loadRelatives(
  { before }: Ground,
  created: readonly ReachedPlace[],
): Promise<ReadonlyMap<string, readonly ServiceKey[]>> {
  const keys = new Map(
    created.map(({ ref: { service, key } }) => [idOf({ service, key }), { service, key }]),
  );
  await before.loadKeys([...keys.values()].flatMap(ancestorsOf));
  const relatives = new Map([...keys].map(([id, key]) => [id, ancestorsOf(key)]));
  for (const [service, group] of Map.groupBy(keys.values(), (key) => key.service)) {
    for (const prefix of prefixesBelow(group.map(({ key }) => key))) {
      for (const found of await before.loadNamespace(service, prefix)) {
        for (const above of ancestorsOf(found)) relatives.get(idOf(above))?.push(found);
      }
    }
  }
  return relatives;
}

/** Above this many keys one look at all they have in common costs less than one at each. */
const MAX_LOOKS = 8;

/** Texts that every key below one of `keys` begins with. */
function prefixesBelow(keys: readonly string[]): readonly string[] {
  if (keys.length <= MAX_LOOKS) return keys.map((key) => `${key}/`);
  const [first = ""] = keys;
  let length = 0;
  while (length < first.length && keys.every((key) => key[length] === first[length])) length++;
  return [first.slice(0, length)];
}

/** `a` and `a/b` of `a/b/c`: that one of them is written too is seen from here. */
function ancestorsOf({ service, key }: ServiceKey): ServiceKey[] {
  const segments = key.split("/");
  return segments.slice(1).map((_, i) => ({ service, key: segments.slice(0, i + 1).join("/") }));
}

/** Whether anything is effective at the key: the strongest layer decides. */
function exists(
  source: LayerSource,
  chain: readonly Environment[],
  { service, key }: ServiceKey,
): boolean {
  for (const { name: env } of chain.toReversed()) {
    const state = source.held({ env, service, key })?.item.state;
    if (state === "live") return true;
    if (state === "masked") return false;
  }
  return false;
}

function toFault({ draft, ref }: ReachedPlace, conflict: ServiceKey): Fault {
  const [folder, inside] =
    conflict.key.length < ref.key.length ? [conflict.key, ref.key] : [ref.key, conflict.key];
  const detail = `${at(ref, folder)} cannot be a key and the folder of ${inside}`;
  return { draft, code: "RULE_VIOLATION", rule: "KEY_IS_FOLDER", pointer: undefined, detail };
}

function at({ env, service }: KeyRef, key: string): string {
  return `${env}/${service}/${key}`;
}
