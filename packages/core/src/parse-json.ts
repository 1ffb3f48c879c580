import { type Finding, LlmcfgError } from "./errors.ts";
import { type Json, memberPointer } from "./json.ts";
import {
  DEFAULT_JSON_LIMITS,
  findingFor,
  isReservedName,
  type JsonFaultCode,
  type JsonLimits,
} from "./json-limits.ts";
import { isSafeNumber, keepsDigits } from "./json-number.ts";

/** More findings than these help nobody. */
const MAX_FINDINGS = 20;

/**
 * The value that a JSON text stands for, if it can be kept and written out again as it is.
 *
 * Refused beside what RFC 8259 refuses: a byte order mark; members that occur twice; the names
 * `__proto__`, `constructor`, `prototype`; halves of surrogate pairs; integers beyond ±(2^53−1) and
 * numbers that would lose digits; more structure than the limits allow. `-0` is read as 0. Objects
 * are plain ones whose members are all their own. O(length).
 *
 * @throws {LlmcfgError} `INVALID_ARGUMENT` with a finding for each fault as far as the text can be
 *   understood (at most 20), with pointer, line and column in characters; none quotes the text
 * @see RFC 8259; RFC 7493 (I-JSON)
 */
export function parseJson(text: string, limits: JsonLimits = {}): Json {
  return new JsonParser(text, { ...DEFAULT_JSON_LIMITS, ...limits }).parse();
}

/** Ends the parse; the finding is noted already. */
class Stop extends Error {}

class JsonParser {
  readonly #text: string;
  readonly #limits: Required<JsonLimits>;
  readonly #findings: Finding[] = [];
  /** Names and indices from the root to the value that is read. */
  readonly #path: (string | number)[] = [];
  readonly #number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
  #at = 0;
  #nodes = 0;

  constructor(text: string, limits: Required<JsonLimits>) {
    this.#text = text;
    this.#limits = limits;
  }

  parse(): Json {
    const value = this.#attempt();
    const [first] = this.#findings;
    if (first === undefined && value !== undefined) return value;
    const where = `line ${first?.line}, column ${first?.column}`;
    const message = `the JSON is refused at ${where}: what stands there ${first?.detail}`;
    throw new LlmcfgError("INVALID_ARGUMENT", message, { errors: this.#findings });
  }

  #attempt(): Json | undefined {
    try {
      const value = this.#readValue();
      this.#skipSpace();
      if (this.#at < this.#text.length) this.#stop("MALFORMED_JSON");
      return value;
    } catch (error) {
      if (error instanceof Stop) return undefined;
      throw error;
    }
  }

  #readValue(): Json {
    this.#skipSpace();
    this.#nodes += 1;
    if (this.#nodes > this.#limits.maxNodes) this.#stop("TOO_MANY_NODES");
    const first = this.#text[this.#at];
    if (first === "{") return this.#readObject();
    if (first === "[") return this.#readArray();
    if (first === '"') return this.#readString();
    if (first === "t") return this.#readWord("true", true);
    if (first === "f") return this.#readWord("false", false);
    if (first === "n") return this.#readWord("null", null);
    return this.#readNumber();
  }

  #readObject(): Json {
    const members = new Map<string, Json>();
    this.#readItems("}", () => {
      const [name, nameAt] = this.#readName();
      this.#path.push(name);
      if (members.has(name)) this.#find("DUPLICATE_MEMBER", nameAt);
      if (isReservedName(name)) this.#find("RESERVED_MEMBER", nameAt);
      if (members.size === this.#limits.maxMembers) this.#stop("TOO_MANY_MEMBERS", nameAt);
      members.set(name, this.#readValue());
      this.#path.pop();
    });
    return Object.fromEntries(members); // defines members: no name can reach a prototype
  }

  #readArray(): Json {
    const elements: Json[] = [];
    this.#readItems("]", () => {
      this.#path.push(elements.length);
      elements.push(this.#readValue());
      this.#path.pop();
    });
    return elements;
  }

  /** Reads what is between the brackets, one item at a time, and the closing bracket. */
  #readItems(close: "}" | "]", readItem: () => void): void {
    if (this.#path.length === this.#limits.maxDepth) this.#stop("TOO_DEEP");
    this.#at += 1;
    this.#skipSpace();
    if (this.#skip(close)) return;
    do {
      readItem();
      this.#skipSpace();
    } while (this.#skip(","));
    if (!this.#skip(close)) this.#stop("MALFORMED_JSON");
  }

  /** The name of a member and where it stands; the colon behind it is read too. */
  #readName(): readonly [name: string, at: number] {
    this.#skipSpace();
    const at = this.#at;
    if (this.#text[at] !== '"') this.#stop("MALFORMED_JSON");
    const name = this.#readString();
    this.#skipSpace();
    if (!this.#skip(":")) this.#stop("MALFORMED_JSON");
    return [name, at];
  }

  #readString(): string {
    const start = this.#at;
    const hasEscape = this.#skipString();
    const text = hasEscape ? this.#unescape(start) : this.#text.slice(start + 1, this.#at - 1);
    if (!text.isWellFormed()) this.#find("LONE_SURROGATE", start);
    return text;
  }

  /** Moves behind the closing quote; whether there was an escape before it. */
  #skipString(): boolean {
    let hasEscape = false;
    for (let at = this.#at + 1; at < this.#text.length; at++) {
      const unit = this.#text.charCodeAt(at);
      if (unit === QUOTE) {
        this.#at = at + 1;
        return hasEscape;
      }
      if (unit < SPACE) this.#stop("MALFORMED_JSON", at);
      if (unit === BACKSLASH) {
        hasEscape = true;
        at += 1; // whatever it is, it does not end the string
      }
    }
    return this.#stop("MALFORMED_JSON");
  }

  #unescape(start: number): string {
    try {
      // A string that is complete, so that JSON.parse gives a string or refuses an escape.
      return JSON.parse(this.#text.slice(start, this.#at)) as string;
    } catch {
      return this.#stop("MALFORMED_JSON", start);
    }
  }

  #readWord<T extends true | false | null>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) this.#stop("MALFORMED_JSON");
    this.#at += word.length;
    return value;
  }

  #readNumber(): number {
    const start = this.#at;
    this.#number.lastIndex = start;
    const [text] = this.#number.exec(this.#text) ?? [];
    if (text === undefined) return this.#stop("MALFORMED_JSON");
    this.#at += text.length;
    const value = Number(text);
    if (!isSafeNumber(value) || !keepsDigits(text, value)) this.#find("UNSAFE_NUMBER", start);
    return value === 0 ? 0 : value;
  }

  #skipSpace(): void {
    while (SPACES.includes(this.#text.charAt(this.#at)) && this.#at < this.#text.length) {
      this.#at += 1;
    }
  }

  #skip(token: string): boolean {
    const isThere = this.#text[this.#at] === token;
    if (isThere) this.#at += 1;
    return isThere;
  }

  #stop(code: JsonFaultCode, at: number = this.#at): never {
    this.#note(code, at);
    throw new Stop();
  }

  #find(code: JsonFaultCode, at: number): void {
    this.#note(code, at);
    if (this.#findings.length === MAX_FINDINGS) throw new Stop();
  }

  #note(code: JsonFaultCode, at: number): void {
    const before = this.#text.slice(0, at);
    const lineStart = before.lastIndexOf("\n") + 1;
    this.#findings.push({
      ...findingFor(code, this.#path.reduce(memberPointer, "")),
      line: before.split("\n").length,
      column: Array.from(before.slice(lineStart)).length + 1,
    });
  }
}

const SPACES = " \t\n\r";
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
