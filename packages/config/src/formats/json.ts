import { type ExpectedJson, jsonFault } from "./json-faults.ts";
import { arrayShape, objectShape, type PackedTree, SHAPE } from "./packed-tree.ts";
import type { TreeBuilder } from "./tree-builder.ts";
import { TreeWriter } from "./tree-writer.ts";

/**
 * Reads JSON as RFC 8259 has it, in one pass: no comments, no trailing commas.
 *
 * @returns nothing where there is only white space
 * @throws {MalformedText} at the first place where it is no JSON
 */
export function parseJson(text: string, builder: TreeBuilder): PackedTree | undefined {
  return new JsonReader(text, builder).read();
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const MINUS = 0x2d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** RFC 8259, section 6. */
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;

/** What may follow a backslash: RFC 8259, section 7. */
const ESCAPE = /["\\/bfnrt]|u[0-9a-fA-F]{4}/y;

class JsonReader {
  readonly #text: string;
  readonly #builder: TreeBuilder;
  readonly #writer = new TreeWriter();
  /** By name: the last object that was found to have it. */
  readonly #owners: number[] = [];
  /** Entries of the objects that are open. */
  readonly #open: number[] = [];
  #offset = 0;
  /** Whether the string that was read last holds an escape. */
  #hasEscape = false;

  constructor(text: string, builder: TreeBuilder) {
    this.#text = text;
    this.#builder = builder;
  }

  read(): PackedTree | undefined {
    if (Number.isNaN(this.#peek())) return undefined;
    this.#value(0, "value");
    if (!Number.isNaN(this.#peek())) throw this.#refusal("end");
    return this.#writer.finish();
  }

  #value(depth: number, expected: ExpectedJson): void {
    const code = this.#peek();
    this.#builder.enter(this.#offset, depth);
    if (code === QUOTE) this.#string();
    else if (code === OPEN_BRACE) this.#object(depth);
    else if (code === OPEN_BRACKET) this.#array(depth);
    else if (code === MINUS || (code >= 0x30 && code <= 0x39)) this.#number();
    else if (!this.#word("true", SHAPE.true) && !this.#word("false", SHAPE.false)) {
      if (!this.#word("null", SHAPE.null)) throw this.#refusal(expected);
    }
  }

  #object(depth: number): void {
    const object = this.#writer.open(this.#offset++);
    const base = this.#open.length;
    if (this.#peek() !== CLOSE_BRACE) {
      this.#member(depth + 1, "nameOrBrace");
      while (this.#goesOn(CLOSE_BRACE, "commaOrBrace")) this.#member(depth + 1, "name");
    }
    this.#offset++;
    this.#writer.close(object, objectShape(this.#open.length - base), this.#offset);
    this.#checkNames(object, base);
  }

  #member(depth: number, expected: ExpectedJson): void {
    if (this.#peek() !== QUOTE) throw this.#refusal(expected);
    const start = this.#offset;
    this.#skipString();
    const name = this.#textOf(start, this.#offset);
    this.#open.push(this.#writer.entries);
    this.#writer.name(name, start, this.#offset);
    if (this.#peek() !== COLON) throw this.#refusal("colon");
    this.#offset++;
    this.#value(depth, "value");
  }

  /** Names are compared once the object is whole: those of inner objects cannot come in between. */
  #checkNames(object: number, base: number): void {
    for (let i = base; i < this.#open.length; i++) {
      const entry = this.#open[i] ?? 0;
      const id = this.#writer.nameId(entry);
      if (this.#owners[id] === object) this.#reportRepeated(entry, base);
      this.#owners[id] = object;
    }
    this.#open.length = base;
  }

  #reportRepeated(entry: number, base: number): void {
    const { start, end } = this.#writer.nameSpan(entry);
    const id = this.#writer.nameId(entry);
    const first = this.#open.find((other, i) => i >= base && this.#writer.nameId(other) === id);
    const firstSpan = this.#writer.nameSpan(first ?? entry);
    this.#builder.reportDuplicate(this.#textOf(start, end), { start, end }, firstSpan);
  }

  #array(depth: number): void {
    const array = this.#writer.open(this.#offset++);
    let items = 0;
    if (this.#peek() !== CLOSE_BRACKET) {
      this.#value(depth + 1, "itemOrBracket");
      items++;
      for (; this.#goesOn(CLOSE_BRACKET, "commaOrBracket"); items++) this.#value(depth + 1, "item");
    }
    this.#offset++;
    this.#writer.close(array, arrayShape(items), this.#offset);
  }

  /** Whether a comma follows, which it passes, and not the end. */
  #goesOn(end: number, expected: ExpectedJson): boolean {
    const code = this.#peek();
    if (code === end) return false;
    if (code !== COMMA) throw this.#refusal(expected);
    this.#offset++;
    return true;
  }

  #string(): void {
    const start = this.#offset;
    this.#skipString();
    if (!this.#hasEscape) this.#writer.leaf(SHAPE.quotedString, start, this.#offset);
    else this.#writer.string(this.#textOf(start, this.#offset), start, this.#offset);
  }

  /** Passes a string, at whose first quotation mark it is. */
  #skipString(): void {
    const text = this.#text;
    let offset = this.#offset + 1;
    let hasEscape = false;
    for (; ; offset++) {
      const code = text.charCodeAt(offset);
      if (code === QUOTE) break;
      if (code === BACKSLASH) {
        ESCAPE.lastIndex = offset + 1;
        if (!ESCAPE.test(text)) throw this.#refusal("escape", offset);
        offset = ESCAPE.lastIndex - 1;
        hasEscape = true;
      } else if (!(code >= 0x20)) throw this.#refusal("character", offset); // a control character, or the end
    }
    this.#offset = offset + 1;
    this.#hasEscape = hasEscape;
  }

  #textOf(start: number, end: number): string {
    const text = this.#text.slice(start + 1, end - 1);
    if (!text.includes("\\")) return text;
    return JSON.parse(this.#text.slice(start, end)) as string; // a string that has been checked
  }

  #number(): void {
    const start = this.#offset;
    NUMBER.lastIndex = start;
    if (!NUMBER.test(this.#text)) throw this.#refusal("value");
    const end = NUMBER.lastIndex;
    this.#writer.strictNumber(Number(this.#text.slice(start, end)), start, end);
    this.#offset = end;
  }

  #word(word: string, shape: number): boolean {
    if (!this.#text.startsWith(word, this.#offset)) return false;
    const start = this.#offset;
    this.#offset += word.length;
    this.#writer.leaf(shape, start, this.#offset);
    return true;
  }

  /** The next character that is no white space, which it passes. Not a number at the end. */
  #peek(): number {
    for (; ; this.#offset++) {
      const code = this.#text.charCodeAt(this.#offset);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return code;
    }
  }

  #refusal(expected: ExpectedJson, offset: number = this.#offset): Error {
    const message = jsonFault(this.#text, offset, expected);
    return this.#builder.refusal({ start: offset, end: offset + 1 }, "parse_error", message);
  }
}
