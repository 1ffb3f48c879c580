/** Columns that a text takes on the screen. */
export type TextWidth = (text: string) => number;

/** Characters that take one column each: those of ASCII, and the two that tables themselves have. */
const PLAIN = /^[\u0020-\u007e…→]*$/;

/**
 * The measure for these texts. The one that knows all of Unicode is loaded where one of them needs
 * it: loading it takes longer than starting the program.
 */
export async function textWidthFor(texts: Iterable<string>): Promise<TextWidth> {
  for (const text of texts) {
    if (!PLAIN.test(text)) return (await import("string-width")).default;
  }
  return (text) => text.length;
}
