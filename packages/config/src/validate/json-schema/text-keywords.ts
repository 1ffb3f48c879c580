/**
 * The keywords of JSON Schema that look at what a text says. Where a text is not known yet, because
 * it is a secret that is not resolved, they answer as they are told instead.
 *
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import type { Ajv, JSONType } from "ajv";
import { compilePattern } from "./linear-pattern.ts";

/** How every keyword answers for a text that is not known. */
export type Verdict = "passes" | "fails";

/**
 * Texts that stand for unknown ones. Nobody else can know them: they begin with a random name. Those of
 * two places differ, as what is not known may.
 */
export class UnknownTexts {
  readonly #prefix = `\u0000${crypto.randomUUID()}:`;

  create(verdict: Verdict, place: string): string {
    return `${this.#prefix}${place} ${verdict}`;
  }

  /** Nothing for a text that is known. */
  verdictOf(value: unknown): boolean | undefined {
    if (typeof value !== "string" || !value.startsWith(this.#prefix)) return undefined;
    return value.endsWith(" passes");
  }
}

/** Puts keywords that know of unknown texts in the place of those that Ajv has. */
export function useTextKeywords(ajv: Ajv, unknown: UnknownTexts): void {
  const define = ({ keyword, schemaType, isOfText, compile }: TextKeyword) => {
    ajv.removeKeyword(keyword);
    ajv.addKeyword({
      keyword,
      ...(schemaType === undefined ? {} : { schemaType }),
      ...(isOfText ? { type: "string" as const } : {}),
      compile: (given: unknown) => {
        const test = compile(given);
        return (value: unknown) => unknown.verdictOf(value) ?? test(value);
      },
    });
  };
  for (const keyword of TEXT_KEYWORDS) define(keyword);
  define({
    keyword: "format",
    schemaType: "string",
    isOfText: false,
    compile: (name) => formatTest(ajv, String(name)),
  });
}

/** A keyword: Ajv has seen to it that `given` and, of those of text, the value are of its types. */
interface TextKeyword {
  readonly keyword: string;
  readonly schemaType: JSONType | undefined;
  readonly isOfText: boolean;
  readonly compile: (given: unknown) => (value: unknown) => boolean;
}

const TEXT_KEYWORDS: readonly TextKeyword[] = [
  {
    keyword: "pattern",
    schemaType: "string",
    isOfText: true,
    compile: (given) => {
      const pattern = compilePattern(String(given));
      return (value) => pattern.test(String(value));
    },
  },
  {
    keyword: "minLength",
    schemaType: "number",
    isOfText: true,
    compile: (least) => (value) => lengthOf(String(value)) >= Number(least),
  },
  {
    keyword: "maxLength",
    schemaType: "number",
    isOfText: true,
    compile: (most) => (value) => lengthOf(String(value)) <= Number(most),
  },
  {
    keyword: "enum",
    schemaType: "array",
    isOfText: false,
    compile: (given) => {
      const values: readonly unknown[] = Array.isArray(given) ? given : [];
      return (value) => values.some((known) => isDeepStrictEqual(known, value));
    },
  },
  {
    keyword: "const",
    schemaType: undefined,
    isOfText: false,
    compile: (known) => (value) => isDeepStrictEqual(known, value),
  },
];

/** In characters, as JSON Schema counts. */
function lengthOf(text: string): number {
  return Array.from(text).length;
}

/** A format that is not known holds of everything, as the specification wants it. */
function formatTest(ajv: Ajv, name: string): (value: unknown) => boolean {
  const format = ajv.formats[name];
  if (format === undefined || typeof format === "boolean") return () => true;
  const definition = typeof format === "object" && "validate" in format ? format.validate : format;
  const isNumeric = typeof format === "object" && "type" in format && format.type === "number";
  return (value) => {
    if (typeof value !== (isNumeric ? "number" : "string")) return true;
    if (definition instanceof RegExp) return definition.test(value as string); // not numeric
    if (typeof definition !== "function") return true;
    return Boolean((definition as (given: unknown) => unknown)(value)); // by its type, see above
  };
}
