/**
 * What a text of YAML that is not well-formed has opened and not closed.
 *
 * @module
 */

import { Lexer } from "yaml";

/** A bracket or quotation mark that a text opens. */
export interface Opening {
  readonly sign: string;
  readonly start: number;
}

/** What is wrong with the brackets of a text. */
export type BracketFault =
  /** It is closed nowhere. */
  | { readonly type: "unclosed"; readonly opening: Opening }
  /** It is open still where a line is indented too little to lie in it. */
  | { readonly type: "left"; readonly opening: Opening }
  /** The bracket at `end` is of the other kind. */
  | { readonly type: "mixed"; readonly opening: Opening; readonly end: number };

const CLOSING: ReadonlyMap<string, string> = new Map([
  ["[", "]"],
  ["{", "}"],
]);

/** The first bracket that is not closed by its like; nothing where all are. O(length). */
export function findBracketFault(text: string): BracketFault | undefined {
  const open: Opening[] = [];
  const end = text.trimEnd().length;
  for (const { sign, start } of lexemes(text)) {
    const opening = open.at(-1);
    if (CLOSING.has(sign)) open.push({ sign, start });
    else if (opening === undefined) continue;
    else if (sign === FLOW_ENDS) return { type: start < end ? "left" : "unclosed", opening };
    else if (sign === CLOSING.get(opening.sign)) open.pop();
    else if (sign === "]" || sign === "}") return { type: "mixed", opening, end: start };
  }
  const opening = open.at(-1);
  return opening === undefined ? undefined : { type: "unclosed", opening };
}

/** Whether the place lies between brackets. */
export function isInBrackets(text: string, offset: number): boolean {
  let depth = 0;
  for (const { sign, start } of lexemes(text)) {
    if (start >= offset) break;
    if (sign === FLOW_ENDS) depth = 0;
    else if (CLOSING.has(sign)) depth++;
    else if (sign === "]" || sign === "}") depth--;
  }
  return depth > 0;
}

/** The quotation mark of the text in quotes that lies before the offset, or around it. */
export function findQuoteBefore(text: string, offset: number): Opening | undefined {
  let found: Opening | undefined;
  for (const { sign, start } of lexemes(text)) {
    if (start >= offset) break;
    if (/^["']/.test(sign)) found = { sign: sign.charAt(0), start };
  }
  return found;
}

/** The lexer says where a document begins, a scalar, and where a line ends all brackets. */
const DOCUMENT = "\u0002";
const SCALAR = "\u001f";
const FLOW_ENDS = "\u0018";

/** The parts of the text, but no scalars without quotation marks. */
function* lexemes(text: string): Iterable<Opening> {
  let start = 0;
  let isScalar = false;
  for (const sign of new Lexer().lex(text)) {
    const isMark = sign === DOCUMENT || sign === SCALAR || sign === FLOW_ENDS;
    if (!isScalar && sign !== SCALAR) yield { sign, start };
    if (isScalar || !isMark) start += sign.length;
    isScalar = !isScalar && sign === SCALAR;
  }
}
