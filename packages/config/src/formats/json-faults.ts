const EXPECTED = {
  value: "a value",
  item: "a value",
  itemOrBracket: 'a value or "]"',
  name: "a name in double quotes",
  nameOrBrace: 'a name in double quotes or "}"',
  colon: '":" behind the name',
  commaOrBrace: '"," or "}"',
  commaOrBracket: '"," or "]"',
  character: "a double quote at the end of the text",
  escape: 'one of " \\ / b f n r t behind the backslash, or u and four hexadecimal digits',
  end: "the end, for a JSON text is one value",
} as const;

/** What may stand at a place of a JSON text. */
export type ExpectedJson = keyof typeof EXPECTED;

/**
 * What is wrong with a JSON text at an offset: the mistake by its name where it is a known one, else
 * what was expected there. Quotes nothing of the text.
 */
export function jsonFault(text: string, offset: number, expected: ExpectedJson): string {
  if (offset >= text.length) return `the JSON ends too early: expected ${EXPECTED[expected]}`;
  const mistake = MISTAKES.find(({ where, found }) => {
    found.lastIndex = offset;
    return (where?.includes(expected) ?? true) && found.test(text);
  });
  return mistake?.message ?? `this is not well-formed JSON: expected ${EXPECTED[expected]}`;
}

interface Mistake {
  /** Sticky. */
  readonly found: RegExp;
  /** What may stand at the place; without it whatever may. */
  readonly where?: readonly ExpectedJson[];
  readonly message: string;
}

const VALUES: readonly ExpectedJson[] = ["value", "item", "itemOrBracket"];
const MEMBERS: readonly ExpectedJson[] = [...VALUES, "name", "nameOrBrace"];
const BETWEEN: readonly ExpectedJson[] = ["commaOrBrace", "commaOrBracket", "end"];

/** Mistakes that people make. The first that fits is told. */
const MISTAKES: readonly Mistake[] = [
  {
    where: ["character"],
    found: /[\r\n]/y,
    message: 'a double quote is missing, or text has a line break that is not written as "\\n"',
  },
  {
    where: ["character"],
    found: /\t/y,
    message: 'a tab in text is written as "\\t"',
  },
  {
    where: ["character"],
    found: /[^]/y,
    message: "a control character in text is written as \\u and four hexadecimal digits",
  },
  {
    where: BETWEEN,
    found: /(?<=[0-9])[0-9]/y,
    message: "a number does not begin with 0 and another digit",
  },
  { where: BETWEEN, found: /(?<=[0-9])[.eExXoObB_n]/y, message: "this is no number of JSON" },
  { found: /\/[/*]|#/y, message: "JSON has no comments" },
  { found: /['`‘’“”]/y, message: "names and text stand in double quotes in JSON" },
  {
    where: ["item", "name"],
    found: /[\]}]/y,
    message: "there is no comma before a closing bracket",
  },
  { where: MEMBERS, found: /,/y, message: "there is nothing before this comma" },
  { where: VALUES, found: /[-+]?(?:NaN|Infinity)\b/y, message: "JSON has no NaN and no Infinity" },
  {
    where: VALUES,
    found: /(?:true|false|null|none|undefined)\b/iy,
    message: "the only words of JSON are true, false and null, in small letters",
  },
  { where: VALUES, found: /[-+.]/y, message: "this is no number of JSON" },
  { found: /[^\S \t\r\n]/y, message: "this white space is none of JSON: write a space" },
];
