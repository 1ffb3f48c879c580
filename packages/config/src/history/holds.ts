import type { LayerContent, SourceState } from "../load/source-state.ts";

/** Keeps content that was rolled away from coming back by itself. */
export interface Hold {
  readonly source: string;
  /** Hashes of the contents that are not used again. */
  readonly rolledAway: ReadonlySet<string>;
  /** What is used in its place; nothing where the source was absent. */
  readonly content: LayerContent | undefined;
  /** The version that the rollback made. */
  readonly since: number;
  /** The version whose content is held back. */
  readonly from: number;
  readonly actor: string | undefined;
  /** Made by an earlier process, whose numbers these are. */
  readonly isRestored?: boolean;
}

/**
 * The sources with held content replaced, and the holds that go on: a hold ends when its source
 * delivers anything else.
 */
export function applyHolds(
  states: readonly SourceState[],
  holds: readonly Hold[],
): { readonly states: readonly SourceState[]; readonly holds: readonly Hold[] } {
  const kept = holds.filter((hold) => {
    const state = states.find(({ ranked }) => ranked.id === hold.source);
    return state === undefined || isHeld(state, hold);
  });
  const replaced = states.map((state) => {
    const hold = kept.find(({ source }) => source === state.ranked.id);
    return hold === undefined ? state : { ...state, content: hold.content };
  });
  return { states: replaced, holds: kept };
}

/** Also while the source says that nothing changed since what was put in its place. */
function isHeld({ content }: SourceState, { rolledAway, content: substitute }: Hold): boolean {
  if (content === undefined) return false; // it is absent by itself
  return content === substitute || rolledAway.has(content.hash);
}

export interface HoldsInput {
  /** What the configuration that is left was made of. */
  readonly left: readonly SourceState[];
  /** What it goes back to. */
  readonly target: readonly SourceState[];
  /** Contents that were rolled away before stay away. */
  readonly holds: readonly Hold[];
  readonly since: number;
  readonly from: number;
  readonly actor: string | undefined;
}

/** A hold for each source whose content differs between what is left and what it goes back to. */
export function holdsFor({ left, target, holds, since, from, actor }: HoldsInput): readonly Hold[] {
  return target.flatMap(({ ranked, content }) => {
    if (ranked.supply.type === "overrides") return [];
    const gone = left.find((state) => state.ranked.id === ranked.id)?.content;
    const before = holds.find((hold) => hold.source === ranked.id);
    const rolledAway = new Set(before?.rolledAway);
    if (gone !== undefined) rolledAway.add(gone.hash);
    if (content !== undefined) rolledAway.delete(content.hash);
    return rolledAway.size === 0
      ? []
      : [{ source: ranked.id, rolledAway, content, since, from, actor }];
  });
}

/** `content of version 2 is on hold since version 3 (rollback by dana)` */
export function describeHold({ from, since, actor, isRestored }: Hold): string {
  const by = actor === undefined ? "rollback" : `rollback by ${actor}`;
  const where = isRestored === true ? " in an earlier process" : "";
  return `content of version ${from} is on hold since version ${since} (${by}${where})`;
}
