/**
 * Which of several drafts changes which effective value.
 *
 * @module
 */

import {
  compareBytewise,
  type Effect,
  type Environment,
  type EnvironmentGraph,
  formatPath,
  type KeyRef,
} from "@llmcfg/core";
import type { Draft, Ground } from "./draft.ts";
import { idOf } from "./layer-table.ts";
import type { Effective } from "./ports.ts";

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

/** Lays each change of an effective value to the draft that brings it about. */
export function attributeEffects(
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

function changeOf({ before, after }: Place): Effect["change"] | undefined {
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
