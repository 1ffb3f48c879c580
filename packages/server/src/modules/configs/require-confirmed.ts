import { type Effect, formatPath, LlmcfgError } from "@llmcfg/core";
import type { ReachedPlace } from "./attribute-effects.ts";
import type { ChangeSet } from "./change-set.ts";
import { mayList } from "./item-rights.ts";

/** What a caller may see of the effects of a change. */
export interface SeenEffects {
  readonly effects: readonly Effect[];
  /** How many environments are reached beside these that the caller may not list. */
  readonly effectsHidden: number;
}

export function seenBy(
  { caller }: Pick<ChangeSet, "caller">,
  reached: readonly ReachedPlace[],
): SeenEffects {
  const isSeen = ({ ref }: ReachedPlace) => mayList(caller.access, ref);
  const hidden = reached.filter((place) => !isSeen(place)).map(({ ref }) => ref.env);
  return {
    effects: reached.filter(isSeen).map(({ effect }) => effect),
    effectsHidden: new Set(hidden).size,
  };
}

/** The environments that a confirmation is about: protected, and reached by inheritance. */
export function protectedReach(reached: readonly ReachedPlace[]): readonly string[] {
  const names = reached.filter(needsConfirmation).map(({ ref }) => ref.env);
  return [...new Set(names)];
}

/**
 * Lets a change pass that reaches no protected environment by inheritance, or whose author says
 * that this is meant.
 *
 * @throws {LlmcfgError} `BLAST_RADIUS` with every effect that the caller may see
 */
export function requireConfirmed(changeSet: ChangeSet, reached: readonly ReachedPlace[]): void {
  if (changeSet.isConfirmed) return;
  const protectedPlaces = reached.filter(needsConfirmation);
  const [first] = protectedPlaces;
  if (first === undefined) return;

  const path = formatPath(first.ref);
  const more = protectedPlaces.length > 1 ? `, and ${protectedPlaces.length - 1} more` : "";
  const message = `${path} would be ${DONE[first.effect.change]} through ${first.effect.via}${more}`;
  throw new LlmcfgError("BLAST_RADIUS", message, {
    hint: `repeat with confirm=true, or set ${path} first to pin it there`,
    ...seenBy(changeSet, reached),
  });
}

function needsConfirmation({ effect }: ReachedPlace): boolean {
  return effect.protected && effect.inherited;
}

const DONE: Readonly<Record<Effect["change"], string>> = {
  create: "created",
  update: "changed",
  delete: "removed",
};
