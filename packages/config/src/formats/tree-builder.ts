import type { LocatedScalar, Position, Span } from "../sources/located.ts";
import type { Finding } from "../validate/finding.ts";
import type { Limits } from "./limits.ts";
import { LineIndex } from "./line-index.ts";
import { whereNested } from "./nesting.ts";

/** Makes the position of a place in the text. */
export type Place = (line: number, column: number) => Position;

/** A value whose place is known as offsets alone. */
export type Grown = GrownObject | GrownArray | GrownScalar;

export interface GrownObject {
  readonly type: "object";
  /** Their names differ. */
  readonly entries: readonly Entry[];
  readonly span: Span;
}

export interface GrownArray {
  readonly type: "array";
  readonly items: readonly Grown[];
  readonly span: Span;
}

export interface GrownScalar {
  readonly type: "scalar";
  readonly value: LocatedScalar["value"];
  readonly lexeme?: string | undefined;
  readonly span: Span;
}

export interface Entry {
  readonly name: string;
  readonly nameSpan: Span;
  readonly value: Grown;
}

/** A name that is there again, and where it stands first if that is known. */
interface Duplicate {
  readonly name: string;
  readonly span: Span;
  readonly first: Span | undefined;
}

/** What is wrong with a text as a whole: nothing after it is looked at. */
export class MalformedText extends Error {
  readonly findings: readonly Finding[];

  constructor(findings: readonly Finding[], options?: ErrorOptions) {
    super("the text is malformed", options);
    this.findings = findings;
  }
}

/** Checks the nodes of a tree, whatever the format: how many there are, and that names are unique. */
export class TreeBuilder {
  readonly #text: string;
  readonly #place: Place;
  readonly #limits: Limits;
  readonly #findings: Finding[] = [];
  #lines: LineIndex | undefined;
  #nodes = 0;
  #aliases = 0;
  #deepest = 0;

  constructor(text: string, place: Place, limits: Limits) {
    this.#text = text;
    this.#place = place;
    this.#limits = limits;
  }

  /** What was wrong with single members, in the order of the text. */
  get findings(): readonly Finding[] {
    return this.#findings;
  }

  /** How many nodes were entered. */
  get nodes(): number {
    return this.#nodes;
  }

  /** How many aliases were expanded. */
  get aliases(): number {
    return this.#aliases;
  }

  get deepest(): number {
    return this.#deepest;
  }

  /** Of members that have one name the first is kept, and the others are reported. */
  object(entries: readonly Entry[], span: Span): GrownObject {
    const firsts = new Map<string, Entry>();
    for (const entry of entries) {
      const { name, nameSpan } = entry;
      const known = firsts.get(name);
      if (known === undefined) firsts.set(name, entry);
      else this.reportDuplicate(name, nameSpan, known.nameSpan);
    }
    return { type: "object", entries: [...firsts.values()], span };
  }

  /**
   * Called once for each node, before what lies in it.
   *
   * @throws {MalformedText} where there are too many, or they lie too deep
   */
  enter(start: number, depth: number): void {
    const { maxNodes, maxDepth } = this.#limits;
    this.#nodes++;
    if (depth > this.#deepest) this.#deepest = depth;
    if (this.#nodes <= maxNodes && depth <= maxDepth) return;
    const span = { start, end: start };
    if (depth <= maxDepth) {
      throw this.refusal(span, "too_many_nodes", `there are more than ${maxNodes} values`);
    }
    throw this.#tooDeep(start);
  }

  /** Of a text that is nested so deep that its parser could not go through it. */
  refuseDepth(cause: unknown): MalformedText {
    return this.#tooDeep(whereNested(this.#text, this.#limits.maxDepth), cause);
  }

  /** @throws {MalformedText} where more aliases are expanded than may be */
  enterAlias(span: Span): void {
    const { maxAliases } = this.#limits;
    this.#aliases++;
    if (this.#aliases <= maxAliases) return;
    throw this.refusal(span, "too_many_aliases", `more than ${maxAliases} aliases are expanded`);
  }

  report(span: Span, code: string, message: string, hint?: string): void {
    this.#findings.push(this.#finding(span, code, message, hint));
  }

  reportDuplicate(name: string, span: Span, first: Span): void {
    this.#findings.push(this.#duplicate({ name, span, first }));
  }

  /** Of a text of which nothing can be read for a name that is repeated. */
  refuseDuplicate(duplicate: Duplicate): MalformedText {
    return new MalformedText([this.#duplicate(duplicate)]);
  }

  refusal(span: Span, code: string, message: string, cause?: unknown): MalformedText {
    return new MalformedText([this.#finding(span, code, message)], { cause });
  }

  #duplicate({ name, span, first }: Duplicate): Finding {
    const message = `the key ${JSON.stringify(name)} is repeated`;
    const finding = this.#finding(span, "duplicate_key", message);
    if (first === undefined) return finding;
    return { ...finding, related: [{ path: "", position: this.#at(first.start) }] };
  }

  #tooDeep(start: number, cause?: unknown): MalformedText {
    const message = `values are nested more than ${this.#limits.maxDepth} deep`;
    return this.refusal({ start, end: start }, "too_deep", message, cause);
  }

  #finding(span: Span, code: string, message: string, hint?: string): Finding {
    const position = this.#at(span.start);
    const about = { severity: "error", kind: "schema_violation", path: "", pointer: "" } as const;
    return { ...about, code, message, position, ...(hint === undefined ? {} : { hint }) };
  }

  #at(offset: number): Position {
    this.#lines ??= new LineIndex(this.#text);
    const { line, column } = this.#lines.at(offset);
    return this.#place(line, column);
  }
}
