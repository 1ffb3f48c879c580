/** The lines of a text that say something: without blank ones and comments. They count from 0. */
export interface TextLines {
  readonly length: number;
  /** Where each one begins, its indentation included. */
  readonly starts: Uint32Array;
  /** How many spaces each begins with. */
  readonly indents: Uint32Array;
}

const SPACE = 0x20;
const NEWLINE = 0x0a;
const HASH = 0x23;

/**
 * Every line that is not blank and does not look like a comment. One that does may be the text of a
 * scalar over several lines: it lies between the lines here, and belongs to the one before it.
 */
export function linesOf(text: string): TextLines {
  const starts: number[] = [];
  const indents: number[] = [];
  for (let start = 0; start < text.length; ) {
    let at = start;
    while (text.charCodeAt(at) === SPACE) at++;
    const code = text.charCodeAt(at);
    if (code !== HASH && code !== NEWLINE && at < text.length) {
      starts.push(start);
      indents.push(at - start);
    }
    const next = text.indexOf("\n", at);
    if (next < 0) break;
    start = next + 1;
  }
  return {
    length: starts.length,
    starts: new Uint32Array(starts),
    indents: new Uint32Array(indents),
  };
}
