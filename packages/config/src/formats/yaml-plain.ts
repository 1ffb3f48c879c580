/**
 * The YAML that can be told line by line: keys and scalars that stand on one line and hold nothing
 * unusual. Whatever is not surely that is left to the whole grammar, so all of this may say no.
 *
 * @module
 */

import { SHAPE } from "./packed-tree.ts";

/** A key with its colon. */
export interface PlainKey {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** Behind the colon. */
  readonly after: number;
}

/** A scalar, or `[]` or `{}`. */
export interface PlainValue {
  /** One of `SHAPE`; nothing for an empty list or mapping. */
  readonly shape: number | "[]" | "{}";
  readonly start: number;
  readonly end: number;
  /** Of a number. */
  readonly number: number;
}

/** Where a plain scalar or key ends: `flow` ones also before `,` and brackets. */
type Style = "block" | "flow";

const SPACE = 0x20;
const NEWLINE = 0x0a;
const DOUBLE_QUOTE = 0x22;
const SINGLE_QUOTE = 0x27;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const HASH = 0x23;
const MINUS = 0x2d;

/** Longer ones are left to the grammar, which has a limit of its own. */
const MAX_KEY_LENGTH = 256;

/** The key at `start`, if one stands there and is surely a string; else nothing. */
export function plainKeyAt(text: string, start: number): PlainKey | undefined {
  return keyAt(text, start, "block");
}

/** As {@link plainKeyAt}, within a collection on one line. */
export function flowKeyAt(text: string, start: number): PlainKey | undefined {
  return keyAt(text, start, "flow");
}

function keyAt(text: string, start: number, style: Style): PlainKey | undefined {
  const first = text.charCodeAt(start);
  const end = isQuote(first) ? quotedEnd(text, start) : plainKeyEnd(text, start, style);
  if (end < 0 || end - start > MAX_KEY_LENGTH) return undefined;
  if (text.charCodeAt(end) !== COLON || !isBreak(text.charCodeAt(end + 1))) return undefined;
  const name = isQuote(first) ? text.slice(start + 1, end - 1) : text.slice(start, end);
  if (!isQuote(first) && shapeOfPlain(name) !== SHAPE.plainString) return undefined;
  return { name, start, end, after: end + 1 };
}

function plainKeyEnd(text: string, start: number, style: Style): number {
  if (!beginsPlain(text.charCodeAt(start))) return -1;
  for (let i = start + 1; ; i++) {
    const code = text.charCodeAt(i);
    if (code === COLON && isBreak(text.charCodeAt(i + 1))) {
      return text.charCodeAt(i - 1) === SPACE ? -1 : i;
    }
    if (!(code >= SPACE)) return -1; // the end of the line
    if (code === HASH && text.charCodeAt(i - 1) === SPACE) return -1;
    if (style === "flow" && isFlowIndicator(code)) return -1;
  }
}

/** The value that stands alone on the rest of the line at `start`, with at most a comment behind it. */
export function plainValueAt(text: string, start: number): PlainValue | undefined {
  const first = text.charCodeAt(start);
  if (isQuote(first)) {
    const end = quotedEnd(text, start);
    if (end < 0 || !endsLine(text, end)) return undefined;
    return { shape: SHAPE.quotedString, start, end, number: 0 };
  }
  const pair = text.slice(start, start + 2);
  if (pair === "[]" || pair === "{}") {
    if (!endsLine(text, start + 2)) return undefined;
    return { shape: pair, start, end: start + 2, number: 0 };
  }
  return plainScalarAt(text, start, "block");
}

/** The scalar at `start` within a collection on one line. */
export function flowScalarAt(text: string, start: number): PlainValue | undefined {
  if (!isQuote(text.charCodeAt(start))) return plainScalarAt(text, start, "flow");
  const end = quotedEnd(text, start);
  return end < 0 ? undefined : { shape: SHAPE.quotedString, start, end, number: 0 };
}

function plainScalarAt(text: string, start: number, style: Style): PlainValue | undefined {
  const first = text.charCodeAt(start);
  const isNegative = first === MINUS && isDigit(text.charCodeAt(start + 1));
  if (!isNegative && !beginsPlain(first)) return undefined;
  const end = plainEnd(text, start, style);
  if (end < 0) return undefined;
  if (isSurelyText(first)) return { shape: SHAPE.plainString, start, end, number: 0 };
  const scalar = text.slice(start, end);
  const shape = shapeOfPlain(scalar);
  if (shape === undefined) return undefined;
  return { shape, start, end, number: shape === SHAPE.plainNumber ? Number(scalar) : 0 };
}

/** Behind the last character of an unquoted scalar; below 0 where it is none. */
function plainEnd(text: string, start: number, style: Style): number {
  let end = start + 1; // behind the last character that is no space
  for (let i = start + 1; ; i++) {
    const code = text.charCodeAt(i);
    if (code === SPACE) continue;
    if (isLineEnd(code)) return end;
    if (code < SPACE) return -1; // a tab
    if (style === "flow" && isFlowIndicator(code)) {
      return text.charCodeAt(i - 1) === COLON ? -1 : end; // a colon before it is an indicator too
    }
    if (code === COLON && isBreak(text.charCodeAt(i + 1))) return -1;
    if (code === HASH && text.charCodeAt(i - 1) === SPACE) return end;
    end = i + 1;
  }
}

/** Behind the closing quotation mark; below 0 where it has escapes, or more than one line. */
function quotedEnd(text: string, start: number): number {
  const quote = text.charCodeAt(start);
  for (let i = start + 1; ; i++) {
    const code = text.charCodeAt(i);
    if (code === quote) {
      const isEscape = quote === SINGLE_QUOTE && text.charCodeAt(i + 1) === SINGLE_QUOTE;
      return isEscape ? -1 : i + 1;
    }
    if (!(code >= SPACE) || (code === BACKSLASH && quote === DOUBLE_QUOTE)) return -1;
  }
}

/** Whether there is nothing but a comment from here to the end of the line. */
export function endsLine(text: string, start: number): boolean {
  const at = skipSpaces(text, start);
  const code = text.charCodeAt(at);
  return isLineEnd(code) || (code === HASH && at > start);
}

export function skipSpaces(text: string, start: number): number {
  let at = start;
  while (text.charCodeAt(at) === SPACE) at++;
  return at;
}

/** A space, a line break, or the end of the text. */
export function isBreak(code: number): boolean {
  return code === SPACE || isLineEnd(code);
}

function isLineEnd(code: number): boolean {
  return code === NEWLINE || Number.isNaN(code);
}

/** `,` and brackets. */
function isFlowIndicator(code: number): boolean {
  return code === 0x2c || code === 0x5b || code === 0x5d || code === 0x7b || code === 0x7d;
}

function isQuote(code: number): boolean {
  return code === DOUBLE_QUOTE || code === SINGLE_QUOTE;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isLetter(code: number): boolean {
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

/** No indicator, and nothing that is invisible: `_ . / $ ~`, letters, digits, letters beyond ASCII. */
function beginsPlain(code: number): boolean {
  if (isLetter(code) || isDigit(code)) return true;
  if (code === 0x5f || code === 0x2e || code === 0x2f || code === 0x24 || code === 0x7e)
    return true;
  return code > 0xa0 && code < 0x2000;
}

/** Words that are no text begin with n, t or f; numbers with a digit, sign or point; `~` is null. */
function isSurelyText(first: number): boolean {
  if (!isLetter(first)) return first === 0x2f || first === 0x24 || first === 0x5f;
  const lower = first | 0x20;
  return lower !== 0x6e && lower !== 0x74 && lower !== 0x66;
}

const WORDS: ReadonlyMap<string, number> = new Map([
  ...["~", "null", "Null", "NULL"].map((word) => [word, SHAPE.null] as const),
  ...["true", "True", "TRUE"].map((word) => [word, SHAPE.true] as const),
  ...["false", "False", "FALSE"].map((word) => [word, SHAPE.false] as const),
]);

/** Numbers that JavaScript reads alike. */
const NUMBER = /^(?:0|-?[1-9][0-9]{0,14}|-?[0-9]{1,10}\.[0-9]{1,10})$/;

/** Whatever the core schema may take for a number. */
const NUMBER_LIKE =
  /^[-+]?(?:0o[0-7]+|0x[0-9a-f]+|\.(?:inf|nan)|(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:e[-+]?[0-9]+)?)$/i;

/** As the core schema resolves it; nothing where that is not sure. */
function shapeOfPlain(scalar: string): number | undefined {
  const word = WORDS.get(scalar);
  if (word !== undefined) return word;
  if (NUMBER.test(scalar)) return SHAPE.plainNumber;
  return NUMBER_LIKE.test(scalar) ? undefined : SHAPE.plainString;
}
