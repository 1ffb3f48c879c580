import type {
  Located,
  LocatedArray,
  LocatedObject,
  LocatedScalar,
  Position,
  Span,
} from "../sources/located.ts";
import type { Finding } from "../validate/finding.ts";
import type { Limits } from "./limits.ts";
import { LineIndex } from "./line-index.ts";

/** Makes the position of a place in the text. */
export type Place = (line: number, column: number) => Position;

export interface Entry {
  readonly name: string;
  readonly nameSpan: Span;
  readonly value: Located;
}

/** What is wrong with a text as a whole: nothing after it is looked at. */
export class MalformedText extends Error {
  readonly findings: readonly Finding[];

  constructor(findings: readonly Finding[], options?: ErrorOptions) {
    super("the text is malformed", options);
    this.findings = findings;
  }
}

/** Makes the nodes of a tree, whatever the format: counts them and checks that names are unique. */
export class TreeBuilder {
  readonly #lines: LineIndex;
  readonly #place: Place;
  readonly #limits: Limits;
  readonly #findings: Finding[] = [];
  #nodes = 0;
  #aliases = 0;

  constructor(text: string, place: Place, limits: Limits) {
    this.#lines = new LineIndex(text);
    this.#place = place;
    this.#limits = limits;
  }

  /** What was wrong with single members, in the order of the text. */
  get findings(): readonly Finding[] {
    return this.#findings;
  }

  at(offset: number): Position {
    const { line, column } = this.#lines.at(offset);
    return this.#place(line, column);
  }

  object(entries: readonly Entry[], span: Span): LocatedObject {
    const values = new Map<string, Located>();
    const names = new Map<string, { readonly at: Position; readonly span: Span }>();
    for (const { name, nameSpan, value } of entries) {
      const known = names.get(name);
      if (known !== undefined) this.#reportDuplicate(name, nameSpan, known.at);
      else values.set(name, value);
      names.set(name, known ?? { at: this.at(nameSpan.start), span: nameSpan });
    }
    return { type: "object", entries: values, names, at: this.at(span.start), span };
  }

  array(items: readonly Located[], span: Span): LocatedArray {
    return { type: "array", items, at: this.at(span.start), span };
  }

  scalar(value: LocatedScalar["value"], span: Span, lexeme?: string): LocatedScalar {
    return { type: "scalar", value, lexeme, at: this.at(span.start), span };
  }

  /**
   * Called once for each node, before what lies in it.
   *
   * @throws {MalformedText} where there are too many, or they lie too deep
   */
  enter(span: Span, depth: number): void {
    const { maxNodes, maxDepth } = this.#limits;
    this.#nodes++;
    if (this.#nodes > maxNodes) {
      throw this.refusal(span, "too_many_nodes", `there are more than ${maxNodes} values`);
    }
    if (depth > maxDepth) {
      throw this.refusal(span, "too_deep", `values are nested more than ${maxDepth} deep`);
    }
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

  refusal(span: Span, code: string, message: string, cause?: unknown): MalformedText {
    return new MalformedText([this.#finding(span, code, message)], { cause });
  }

  #reportDuplicate(name: string, span: Span, first: Position): void {
    const finding = this.#finding(
      span,
      "duplicate_key",
      `the key ${JSON.stringify(name)} is repeated`,
    );
    this.#findings.push({ ...finding, related: [{ path: "", position: first }] });
  }

  #finding(span: Span, code: string, message: string, hint?: string): Finding {
    const position = this.at(span.start);
    const about = { severity: "error", kind: "schema_violation", path: "", pointer: "" } as const;
    return { ...about, code, message, position, ...(hint === undefined ? {} : { hint }) };
  }
}
