/**
 * Text that fits a terminal. Without a width nothing is cut and no line is broken: what reads a pipe
 * wants all of it, a record to a line.
 *
 * @module
 */

/** How many columns there are; `undefined` where it is no terminal. */
export type Width = number | undefined;

/** Cut in its middle, for both ends tell: `"postgres://d…/models"`. Never through a character. */
export function cutMiddle(text: string, width: Width): string {
  if (width === undefined || text.length <= width) return text;
  const characters = Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
  if (characters.length <= width) return text;
  const kept = Math.max(2, width - 1);
  const head = Math.ceil(kept / 2);
  const tail = characters.slice(characters.length - (kept - head));
  return [...characters.slice(0, head), "…", ...tail].join("");
}

/** The words in as many lines as they take, those after the first indented. A word is never cut. */
export function wrapWords(
  text: string,
  { width, indent }: { readonly width: Width; readonly indent: number },
): readonly string[] {
  if (width === undefined || text.length <= width) return [text];
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/(?<=\S) (?=\S)/)) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (longer.length <= width || line.trim() === "") line = longer;
    else {
      lines.push(line);
      line = " ".repeat(indent) + word;
    }
  }
  return [...lines, line];
}

/**
 * The parts on one line, two spaces apart, where they fit; else each that does not fit on a line of
 * its own, cut in its middle where even that is too short.
 */
export function fitParts(
  first: string,
  parts: readonly string[],
  { width, indent }: { readonly width: Width; readonly indent: number },
): readonly string[] {
  const lines = [first];
  for (const part of parts) {
    const longer = `${lines.at(-1) ?? ""}  ${part}`;
    if (width === undefined || longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(" ".repeat(indent) + cutMiddle(part, width - indent));
  }
  return lines.map((line) => line.trimEnd());
}
