import { RE2JS } from "re2js";

/** A pattern of ECMA-262 that takes time in proportion to the text, whatever both are. */
export interface LinearPattern {
  test(text: string): boolean;
  /** Ajv keeps patterns by this text: MUST differ where patterns do. */
  toString(): string;
}

/** @throws {Error} for look-around and back-references, which no linear engine has */
export function compilePattern(source: string): LinearPattern {
  const compiled = RE2JS.compile(RE2JS.translateRegExp(source));
  return {
    test: (text) => compiled.matcher(text).find(),
    toString: () => `re2:${source}`,
  };
}
