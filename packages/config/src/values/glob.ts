import { RE2JS } from "re2js";
import { ConfigError } from "../errors.ts";

/** In `flat` patterns `*` crosses `/`; in `path` patterns it stops there, and `**` crosses it. */
export type GlobDialect = "flat" | "path";

/** Whether a text matches the pattern, the whole of it, case and all. Linear in the text. */
export type GlobMatcher = (text: string) => boolean;

/**
 * Compiles `*`, `?`, `[a-z]`, `[!a-z]`, `{a,b}` and `\` escapes. Compile once and keep the result.
 *
 * @throws {ConfigError} `invalid_glob`, which says what is not closed
 */
export function compileGlob(pattern: string, dialect: GlobDialect = "flat"): GlobMatcher {
  if (!/[*?[\]{}\\]/.test(pattern)) return (text) => text === pattern;
  // RE2: a pattern from outside must not be able to hang the process.
  const compiled = compileRegex(pattern, new GlobReader(pattern, dialect).toRegex());
  return (text) => compiled.matcher(text).matches();
}

function compileRegex(pattern: string, regex: string): RE2JS {
  try {
    return RE2JS.compile(regex, RE2JS.DOTALL);
  } catch (error) {
    const message = `glob ${JSON.stringify(pattern)} does not compile`;
    throw new ConfigError("invalid_glob", message, { cause: error });
  }
}

class GlobReader {
  readonly #pattern: string;
  readonly #dialect: GlobDialect;
  #position = 0;
  #braces = 0;

  constructor(pattern: string, dialect: GlobDialect) {
    this.#pattern = pattern;
    this.#dialect = dialect;
  }

  toRegex(): string {
    let regex = "";
    while (this.#position < this.#pattern.length) regex += this.#next();
    if (this.#braces > 0) throw this.#fault("a { that is not closed");
    return regex;
  }

  #next(): string {
    const character = this.#take();
    switch (character) {
      case "*":
        return this.#star();
      case "?":
        return this.#dialect === "path" ? "[^/]" : ".";
      case "[":
        return this.#class();
      case "{":
        this.#braces++;
        return "(?:";
      case "}":
        if (this.#braces === 0) throw this.#fault("a } without {");
        this.#braces--;
        return ")";
      case ",":
        return this.#braces > 0 ? "|" : ",";
      case "\\":
        if (this.#position === this.#pattern.length) throw this.#fault("a \\ at its end");
        return RE2JS.quote(this.#take());
      default:
        return RE2JS.quote(character);
    }
  }

  #star(): string {
    if (this.#dialect === "flat") return ".*";
    if (this.#pattern[this.#position] !== "*") return "[^/]*";
    this.#position++;
    return ".*";
  }

  #class(): string {
    const end = this.#pattern.indexOf("]", this.#position + 1); // `[]` closes nothing
    if (end < 0) throw this.#fault("a [ that is not closed");
    const body = this.#pattern.slice(this.#position, end);
    this.#position = end + 1;
    const members = body.replace(/^!/, "").replace(/[\\[\]^&~|]/g, "\\$&");
    if (!body.startsWith("!")) return `[${members}]`;
    return this.#dialect === "path" ? `[^${members}/]` : `[^${members}]`;
  }

  /** One whole character, surrogate pairs included. */
  #take(): string {
    const character = String.fromCodePoint(this.#pattern.codePointAt(this.#position) ?? 0);
    this.#position += character.length;
    return character;
  }

  #fault(what: string): ConfigError {
    return new ConfigError("invalid_glob", `glob ${JSON.stringify(this.#pattern)} has ${what}`);
  }
}
