/**
 * Text cut to a width on the screen, never through a character.
 *
 * @module
 */

import type { TextWidth } from "./text-width.ts";

/** `postgres://db…` */
export function cutEnd(text: string, width: number, widthOf: TextWidth): string {
  if (widthOf(text) <= width) return text;
  return `${firstThatFit(charactersOf(text), width - 1, widthOf).join("")}…`;
}

/** `inference/…api-key`: both ends tell keys apart. */
export function cutMiddle(text: string, width: number, widthOf: TextWidth): string {
  if (widthOf(text) <= width) return text;
  const all = charactersOf(text);
  const head = firstThatFit(all, Math.ceil((width - 1) / 2), widthOf);
  const left = width - 1 - widthOf(head.join(""));
  const tail = firstThatFit(all.toReversed(), left, widthOf);
  return `${head.join("")}…${tail.toReversed().join("")}`;
}

/** What a reader takes for one character each. */
function charactersOf(text: string): readonly string[] {
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
}

function firstThatFit(
  characters: readonly string[],
  width: number,
  widthOf: TextWidth,
): readonly string[] {
  let taken = 0;
  const end = characters.findIndex((character) => {
    taken += widthOf(character);
    return taken > width;
  });
  return end < 0 ? characters : characters.slice(0, end);
}
