/**
 * Texts as what differs from others.
 *
 * @module
 */

/** A text by another one: how much of it both begin and end with, and what stands between. */
export interface TextDelta {
  readonly front: number;
  readonly back: number;
  readonly middle: string;
}

/** O(length). */
export function textDelta(text: string, base: string): TextDelta {
  if (text === base) return { front: text.length, back: 0, middle: "" };
  const most = Math.min(text.length, base.length);
  let front = 0;
  while (front < most && text.charCodeAt(front) === base.charCodeAt(front)) front++;
  let back = 0;
  const [end, baseEnd] = [text.length - 1, base.length - 1];
  while (back < most - front && text.charCodeAt(end - back) === base.charCodeAt(baseEnd - back)) {
    back++;
  }
  return { front, back, middle: ownText(text.slice(front, text.length - back)) };
}

export function applyDelta({ front, back, middle }: TextDelta, base: string): string {
  if (front === base.length && middle === "" && back === 0) return base;
  return base.slice(0, front) + middle + base.slice(base.length - back);
}

/** Shorter ones are no part of others in V8. */
const SHORTEST_SLICE = 13;

/** The same text in memory of its own: a part of a long text otherwise keeps all of it alive. */
export function ownText(text: string): string {
  if (text.length < SHORTEST_SLICE) return text;
  return JSON.parse(JSON.stringify(text)) as string; // as the text is one
}
