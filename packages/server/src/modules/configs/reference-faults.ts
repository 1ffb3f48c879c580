/**
 * What a change does to references: those it writes, and those that lead to what it takes away.
 *
 * @module
 */

import type { Environment, KeyRef, ReferenceUse, ServiceKey } from "@llmcfg/core";
import type { Access } from "../policy/ports.ts";
import type { ReachedPlace } from "./attribute-effects.ts";
import type { Draft, Ground } from "./draft.ts";
import type { Fault } from "./fault.ts";
import type { Reach } from "./find-reach.ts";
import { isAllowed } from "./item-rights.ts";
import { idOf, type LayerSource } from "./layer-table.ts";
import { resolveKeys } from "./resolve-keys.ts";

/** A key that is not written and could not be read any more. */
export interface Dependent {
  readonly ref: KeyRef;
  readonly draft: Draft;
}

/** In every environment that the change reaches; equal faults once. */
export function findReferenceFaults(reach: Reach): {
  readonly faults: readonly Fault[];
  readonly dependents: readonly Dependent[];
} {
  const faults = new Map<string, Fault>();
  const dependents: Dependent[] = [];
  for (const place of reach.reached) {
    const found = place.after?.faults ?? [];
    if (found.length === 0) continue;
    const isWritten = idOf(place.ref) === idOf(place.draft.operation.ref);
    const leadsNowhere = found.some(({ code }) => code === "DANGLING_REFERENCE");
    if (!isWritten && leadsNowhere) dependents.push({ ref: place.ref, draft: place.draft });
    else for (const fault of toFaults(place, isWritten)) faults.set(idOfFault(fault), fault);
  }
  return { faults: [...faults.values()], dependents };
}

function toFaults({ draft, after, ref }: ReachedPlace, isWritten: boolean): readonly Fault[] {
  return (after?.faults ?? []).map(({ code, pointer, detail }) => ({
    draft,
    code,
    pointer: isWritten ? pointer : undefined,
    detail: isWritten ? detail : `${ref.service}/${ref.key}: ${detail}`,
  }));
}

function idOfFault({ draft, code, pointer, detail }: Fault): string {
  return JSON.stringify([draft.index, code, pointer, detail]);
}

/**
 * Faults of references to what the author may not list: the same as of those that lead nowhere, so
 * that nothing can be learned by writing one.
 */
export async function findHiddenTargets(
  access: Access,
  ground: Ground,
  drafts: readonly Draft[],
  reach: Reach,
): Promise<readonly Fault[]> {
  const faults = new Map<string, Fault>();
  for (const draft of drafts.filter(({ references }) => references.length > 0)) {
    const { service, key, env: own } = draft.operation.ref;
    for (const env of ground.graph.reachOf(own)) {
      const hidden = draft.references.filter((use) => !mayName(access, env, use));
      if (hidden.length === 0) continue;
      const source = new HidingTable(
        reach.source,
        hidden.map(({ target }) => target),
      );
      const chain = ground.graph.chainOf(env.name);
      const [resolved] = await resolveKeys(source, chain, [{ service, key }]);
      for (const fault of resolved?.faults ?? []) {
        const found: Fault = { draft, ...fault };
        faults.set(idOfFault(found), found);
      }
    }
  }
  return [...faults.values()];
}

function mayName(
  access: Access,
  { name: env }: Environment,
  { kind, target }: ReferenceUse,
): boolean {
  const ref = { env, ...target };
  if (!isAllowed(access, "config:list", ref)) return false;
  return kind === "ref" || isAllowed(access, "secret:list", ref);
}

/** Own items as they look to somebody who may not know of some. */
class HidingTable implements LayerSource {
  readonly #source: LayerSource;
  readonly #hidden: ReadonlySet<string>;

  constructor(source: LayerSource, hidden: readonly ServiceKey[]) {
    this.#source = source;
    this.#hidden = new Set(hidden.map(idOf));
  }

  isLoaded(key: ServiceKey): boolean {
    return this.#source.isLoaded(key);
  }

  held(ref: KeyRef) {
    return this.#hidden.has(idOf(ref)) ? undefined : this.#source.held(ref);
  }

  async loadKeys(keys: readonly ServiceKey[]): Promise<void> {
    await this.#source.loadKeys(keys);
  }
}
