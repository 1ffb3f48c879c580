import type { YAMLError } from "yaml";
import type { Span } from "../sources/located.ts";
import { LineIndex } from "./line-index.ts";
import {
  type BracketFault,
  findBracketFault,
  findQuoteBefore,
  isInBrackets,
} from "./yaml-lexemes.ts";

/** What is told of a text that is not well-formed, and where. */
export interface YamlFault {
  readonly span: Span;
  readonly code: string;
  readonly message: string;
}

export const UNKNOWN_TAG: string = "the tag is not known";

/** What the parser found, in our own words: its messages quote the text. */
export function toYamlFault(text: string, error: YAMLError): YamlFault {
  const [start, end] = error.pos;
  const found = findMistake(text, error);
  if (found !== undefined) return { code: "parse_error", ...found };
  const code = error.code === "TAG_RESOLVE_FAILED" ? "unknown_tag" : "parse_error";
  const special = SPECIAL.find((one) => one.code === error.code && one.said.test(error.message));
  const message = special?.message ?? FAULTS[error.code] ?? "this is not well-formed YAML";
  return { span: { start, end }, code, message };
}

type Told = Omit<YamlFault, "code">;

/** A mistake that the parser does not know by its name. */
function findMistake(text: string, error: YAMLError): Told | undefined {
  const [start, end] = error.pos;
  const line = lineAt(text, start);
  const lone = line.text.search(/\r(?!$)/);
  if (lone >= 0) {
    const span = { start: line.start + lone, end: line.start + lone + 1 };
    return { span, message: "a carriage return stands without a line feed" };
  }
  if (start > 0 && text.startsWith("${", start - 1)) {
    const message = 'inside brackets a reference is written in quotes: "${env:NAME}"';
    return { span: { start: start - 1, end }, message };
  }
  if (CONFLICT.test(line.text)) {
    const span = { start: line.start, end: line.start + line.text.length };
    return { span, message: "this line is the mark of a conflict that a merge left" };
  }
  return unclosedQuote(text, error) ?? bracketMistake(text, error);
}

const CONFLICT = /^(?:<{7} .*|\|{7} .*|={7}|>{7} .*)\r?$/;

function lineAt(text: string, offset: number): { readonly text: string; readonly start: number } {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const end = text.indexOf("\n", offset);
  return { text: text.slice(start, end < 0 ? undefined : end), start };
}

function unclosedQuote(text: string, { code, message, pos }: YAMLError): Told | undefined {
  const [start, end] = pos;
  if (code !== "MISSING_CHAR" || !/^Missing closing ["']quote/.test(message)) return undefined;
  const opening = findQuoteBefore(text, start);
  if (opening === undefined) return undefined;
  const name = opening.sign === '"' ? "double quote" : "single quote";
  const where = placeOf(text, opening.start);
  return { span: { start, end }, message: `the ${name} of ${where} is not closed` };
}

/** Errors that a bracket which is not closed shows itself in. */
const OF_BRACKETS: ReadonlySet<string> = new Set([
  "BAD_INDENT",
  "BLOCK_IN_FLOW",
  "MISSING_CHAR",
  "MULTILINE_IMPLICIT_KEY",
]);

function bracketMistake(text: string, { code, pos }: YAMLError): Told | undefined {
  if (!OF_BRACKETS.has(code)) return undefined;
  const [start, end] = pos;
  const fault = findBracketFault(text);
  if (fault !== undefined && fault.opening.start <= start) {
    const span = fault.type === "mixed" ? { start: fault.end, end: fault.end + 1 } : { start, end };
    return { span, message: messageOf(fault, text) };
  }
  if (code === "BAD_INDENT" || !isInBrackets(text, start)) return undefined;
  const message =
    'inside these brackets a comma is missing, or a text that holds ": " is not in quotes';
  return { span: { start, end }, message };
}

function messageOf(fault: BracketFault, text: string): string {
  const opening = `the "${fault.opening.sign}" of ${placeOf(text, fault.opening.start)}`;
  switch (fault.type) {
    case "unclosed":
      return `${opening} is not closed`;
    case "left":
      return `${opening} is not closed before this line, which is indented too little to lie in it`;
    case "mixed":
      return `${opening} is closed by a bracket of the other kind`;
  }
}

function placeOf(text: string, offset: number): string {
  const { line, column } = new LineIndex(text).at(offset);
  return `line ${line}, column ${column}`;
}

const NO_COLON = 'no ": " follows this text on its line';

const FAULTS: Readonly<Record<string, string>> = {
  ALIAS_PROPS: "an alias has no anchor and no tag of its own",
  BAD_ALIAS: "an alias is not well formed",
  BAD_COLLECTION_TYPE: "the tag is none of a mapping or list of this kind",
  BAD_DIRECTIVE: "a directive is not well formed",
  BAD_DQ_ESCAPE: "a quoted text has an escape that YAML does not know",
  BAD_INDENT: "the indentation is wrong here",
  BAD_PROP_ORDER: 'an anchor or tag stands before the "-", "?" or ":" that it must follow',
  BAD_SCALAR_START: "text that begins with this character must be quoted",
  BLOCK_AS_IMPLICIT_KEY: "a mapping or list begins where only text can stand",
  BLOCK_IN_FLOW: "a block begins inside brackets",
  KEY_OVER_1024_CHARS: "a key is longer than 1024 characters",
  MISSING_CHAR:
    "this does not fit what is before it: a bracket, quotation mark, colon, comma or space is missing, or the indentation is wrong",
  MULTILINE_IMPLICIT_KEY: NO_COLON,
  MULTIPLE_ANCHORS: "there is more than one anchor here",
  MULTIPLE_TAGS: "there is more than one tag here",
  TAB_AS_INDENT: "a tab cannot indent",
  TAG_RESOLVE_FAILED: UNKNOWN_TAG,
  UNEXPECTED_TOKEN: "this is unexpected here",
};

interface SpecialFault {
  readonly code: string;
  /** What the parser says of this one, among others of the same code. */
  readonly said: RegExp;
  readonly message: string;
}

const SPECIAL: readonly SpecialFault[] = [
  {
    code: "BLOCK_AS_IMPLICIT_KEY",
    said: /^Nested mappings/,
    message: 'a text that holds ": " must be quoted',
  },
  { code: "MISSING_CHAR", said: /^Implicit map keys/, message: NO_COLON },
  {
    code: "MISSING_CHAR",
    said: /^Comments must be separated/,
    message: 'a space is missing before the "#" of a comment',
  },
  {
    code: "MISSING_CHAR",
    said: /^Sequence item without/,
    message: 'an item of a list begins with "- "',
  },
  {
    code: "UNEXPECTED_TOKEN",
    said: /^Unexpected ,/,
    message: "there is nothing before this comma",
  },
  {
    code: "UNEXPECTED_TOKEN",
    said: /^Unexpected flow-(?:map|seq)-end/,
    message: "this bracket closes nothing",
  },
  {
    code: "UNEXPECTED_TOKEN",
    said: /^Unexpected block-seq-ind/,
    message: "a list begins on the line after its key",
  },
  {
    code: "UNEXPECTED_TOKEN",
    said: /^Block scalar header/,
    message: 'text begins on the line after "|" or ">"',
  },
];
