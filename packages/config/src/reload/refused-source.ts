import type { Hold } from "../history/holds.ts";
import type { SourceState } from "../load/source-state.ts";
import type { Ending } from "./command.ts";
import { type Refusal, refusalOf } from "./refusal.ts";

/** A source whose newest content is not taken. */
export interface RefusedSource {
  readonly source: string;
  /** How it was found: `missing`, `malformed`, …; `ok` where it had content. */
  readonly condition: string;
  /** What is wrong with it; or with all content together, where that of each can be read. */
  readonly refusal: Refusal;
}

/** The sources whose newest content a reload did not take; what is on hold is not refused. */
export function refusedSources(
  { delivered, failures }: Pick<Ending, "delivered" | "failures">,
  about: {
    readonly accepted: readonly SourceState[];
    readonly holds: readonly Hold[];
    readonly refusal: Refusal;
  },
): readonly RefusedSource[] {
  const { accepted, holds, refusal } = about;
  const unread = failures.map(({ source, code, findings }) => {
    return { source, condition: code.replace(/^source_/, ""), refusal: refusalOf(findings) };
  });
  const read = delivered.flatMap(({ ranked: { id }, content, condition }) => {
    if (content === undefined) return [];
    const known = accepted.find(({ ranked }) => ranked.id === id)?.content;
    const hold = holds.find(({ source }) => source === id);
    const isNews = known?.hash !== content.hash && hold?.rolledAway.has(content.hash) !== true;
    return isNews ? [{ source: id, condition, refusal }] : [];
  });
  return [...unread, ...read];
}
