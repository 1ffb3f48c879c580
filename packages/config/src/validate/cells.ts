/**
 * How text lies on a screen.
 *
 * @module
 */

/** ASCII without control characters: a cell each. */
const PLAIN = /^[\u0020-\u007e]*$/;

/** East Asian wide and full-width characters, outside of those that are emoji. */
const WIDE =
  /^[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\u4dbf\u4e00-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cff}\u{1aff0}-\u{1b2fb}\u{1d300}-\u{1d376}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]/u;

/** What is drawn as a picture: by itself, or because U+FE0F says so; flags are pairs of letters. */
const EMOJI = /^(?:\p{Emoji_Presentation}|\p{Regional_Indicator}{2}|\p{Emoji}\ufe0f)/u;

/** Marks, joiners and what else stands in no cell of its own. */
const NO_CELL = /^[\p{Mn}\p{Me}\p{Cf}]/u;

/** How many cells a text takes, a tab for one. */
export function cellsOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  return charactersOf(text).reduce((cells, character) => cells + cellsOfOne(character), 0);
}

/** White space that is as wide as the text, if it begins in the same column: tabs stay tabs. */
export function blankLike(text: string): string {
  if (PLAIN.test(text)) return " ".repeat(text.length);
  const blanks = charactersOf(text).map((character) => {
    return character === "\t" ? "\t" : " ".repeat(cellsOfOne(character));
  });
  return blanks.join("");
}

/** What a reader takes for one character each. */
function charactersOf(text: string): readonly string[] {
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
}

function cellsOfOne(character: string): number {
  if (WIDE.test(character) || EMOJI.test(character)) return 2;
  return NO_CELL.test(character) ? 0 : 1;
}
