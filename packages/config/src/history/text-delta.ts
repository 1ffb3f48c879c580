/**
 * Texts as what differs from others.
 *
 * @module
 */

import { type HiddenText, hideText, showText } from "./hidden-text.ts";

/** A text by another one: how much of it both begin and end with, and what stands between. */
export interface TextDelta {
  readonly front: number;
  readonly back: number;
  /** Nothing where it is the other one. */
  readonly middle: HiddenText | undefined;
}

/** O(length). */
export function textDelta(text: string, base: string): TextDelta {
  if (text === base) return { front: text.length, back: 0, middle: undefined };
  const most = Math.min(text.length, base.length);
  let front = 0;
  while (front < most && text.charCodeAt(front) === base.charCodeAt(front)) front++;
  let back = 0;
  const [end, baseEnd] = [text.length - 1, base.length - 1];
  while (back < most - front && text.charCodeAt(end - back) === base.charCodeAt(baseEnd - back)) {
    back++;
  }
  return { front, back, middle: hideText(text.slice(front, text.length - back)) };
}

export function applyDelta({ front, back, middle }: TextDelta, base: string): string {
  if (middle === undefined) return base;
  return base.slice(0, front) + showText(middle) + base.slice(base.length - back);
}

/** Shorter ones are no part of others in V8. */
const SHORTEST_SLICE = 13;

/** The same text in memory of its own: a part of a long text otherwise keeps all of it alive. */
export function ownText(text: string): string {
  if (text.length < SHORTEST_SLICE) return text;
  return JSON.parse(JSON.stringify(text)) as string; // as the text is one
}
