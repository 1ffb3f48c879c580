import { readFileSync, statSync } from "node:fs";
import { isLlmcfgError, type Json, parseJson } from "@llmcfg/core";
import { Ajv, type ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import ajvFormats from "ajv-formats";
import { ConfigError } from "../../errors.ts";
import { describeIssue, type SchemaIssue } from "./describe-issue.ts";
import { compilePattern } from "./linear-pattern.ts";
import { findRepeatedPart } from "./repeated-parts.ts";
import { OutOfTime, runWithin } from "./run-within.ts";
import { UnknownTexts, useTextKeywords, type Verdict } from "./text-keywords.ts";

/**
 * Limits of a schema from outside: its text, its parts, how deep they lie, how many of them are held
 * against one value, its compilation, and how long a document is held against it.
 */
const LIMITS = {
  bytes: 1_048_576,
  nodes: 50_000,
  depth: 64,
  looks: 100_000,
  compileMs: 2_000,
  checkMs: 2_000,
  /** Of a document with secrets, which is checked several times. */
  allChecksMs: 20_000,
} as const;

/** A JSON Schema of the application's own, in draft-07 or 2020-12. Does not change. */
export class ExternalSchema {
  readonly #unknown = new UnknownTexts();
  readonly #validate: ValidateFunction;

  /**
   * @param schema the schema, or the file that has it as JSON
   * @throws {ConfigError} `invalid_json_schema` where it cannot be read, parsed or compiled, is of
   *   another draft, above the limits, refers to another document, or to its own parts so often that
   *   they multiply
   */
  constructor(schema: string | URL | Readonly<Record<string, unknown>>) {
    const name = nameOf(schema);
    const document = isFile(schema) ? readSchema(schema, name) : schema;
    requireLimits(document, name);
    this.#validate = compile(document, this.#unknown, name);
  }

  /** Everything that is wrong with a document whose texts are all known, within a time limit. */
  check(document: Json): readonly SchemaIssue[] {
    return withinLimit(LIMITS.checkMs, () => this.#issuesOf(document));
  }

  #issuesOf(document: Json): readonly SchemaIssue[] {
    try {
      this.#validate(document);
    } catch (error) {
      if (error instanceof RangeError) return [ENDLESS]; // the stack is at its end
      throw error;
    }
    return (this.#validate.errors ?? []).map((error) => describeIssue(error));
  }

  /**
   * What is wrong with a document whatever its unknown texts turn out to be.
   *
   * @param documentWith the document with a text for the unknown one at each place
   * @param pointers where the unknown texts stand
   */
  checkKnown(
    documentWith: (unknownAt: (pointer: string) => string) => Json,
    pointers: readonly string[],
  ): readonly SchemaIssue[] {
    const run = (verdictOf: (index: number) => Verdict) => {
      const indices = new Map(pointers.map((pointer, index) => [pointer, index]));
      const unknownAt = (pointer: string) =>
        this.#unknown.create(verdictOf(indices.get(pointer) ?? 0), pointer);
      return this.#issuesOf(documentWith(unknownAt));
    };
    const all = assignments(pointers.length);
    return withinLimit(Math.min(all.length * LIMITS.checkMs, LIMITS.allChecksMs), () =>
      certainOf(all.map(run), pointers),
    );
  }
}

/** What is found however the texts at these places answer. */
function certainOf(
  [first = [], ...others]: readonly (readonly SchemaIssue[])[],
  pointers: readonly string[],
): readonly SchemaIssue[] {
  const found = others.map((issues) => new Set(issues.map(identityOf)));
  const certain = first.filter((issue) => found.every((one) => one.has(identityOf(issue))));
  // Some of several may hold once the texts are known, if neither all nor none of them do.
  const open = certain.filter(
    ({ keyword, pointer }) => COUNTING.has(keyword) && pointers.some((p) => isWithin(p, pointer)),
  );
  return certain.filter((issue) => !open.some(({ pointer }) => isWithin(issue.pointer, pointer)));
}

/** What `check` finds, or that it takes too long. */
function withinLimit(ms: number, check: () => readonly SchemaIssue[]): readonly SchemaIssue[] {
  try {
    return runWithin(ms, check);
  } catch (error) {
    if (error instanceof OutOfTime) return [tooSlow(ms)];
    throw error;
  }
}

/** A schema that comes back to itself at each level of a document may look at a value 2^64 times. */
function tooSlow(ms: number): SchemaIssue {
  const why = "references that multiply, or uniqueItems of many objects, take that long";
  const message = `cannot be checked against the JSON Schema within ${ms} ms; ${why}`;
  return { pointer: "", keyword: "$ref", message };
}

/** Keywords that want some number of parts to hold. */
const COUNTING: ReadonlySet<string> = new Set(["oneOf", "contains"]);

/**
 * How the texts at so many places answer: all alike, and of any two of them each once without the other,
 * for that may be what a schema is about. By the digits of their places in the binary system.
 */
function assignments(count: number): readonly ((index: number) => Verdict)[] {
  const digits = count < 2 ? 0 : Math.ceil(Math.log2(count));
  const byDigit = Array.from({ length: digits }, (_, digit) => [
    (index: number): Verdict => ((index >> digit) & 1 ? "passes" : "fails"),
    (index: number): Verdict => ((index >> digit) & 1 ? "fails" : "passes"),
  ]);
  const all: readonly ((index: number) => Verdict)[] = [() => "passes", () => "fails"];
  return count === 0 ? [() => "passes"] : [...all, ...byDigit.flat()];
}

/**
 * A reference that comes back to itself at the same place of the document, which the drafts forbid
 * (JSON Schema 2020-12 Core, section 9.4.1): a dynamic one can only be told while it is followed.
 */
const ENDLESS: SchemaIssue = {
  pointer: "",
  keyword: "$ref",
  message: "cannot be checked: a reference of the JSON Schema comes back to itself without an end",
};

function identityOf({ pointer, keyword, message }: SchemaIssue): string {
  return JSON.stringify([pointer, keyword, message]);
}

function isWithin(pointer: string, around: string): boolean {
  return pointer === around || pointer.startsWith(`${around}/`);
}

type Given = string | URL | Readonly<Record<string, unknown>>;

function isFile(schema: Given): schema is string | URL {
  return typeof schema === "string" || schema instanceof URL;
}

function nameOf(schema: Given): string {
  return isFile(schema) ? `the JSON Schema ${schema.toString()}` : "the JSON Schema";
}

function readSchema(file: string | URL, name: string): unknown {
  try {
    if (statSync(file).size > LIMITS.bytes) throw tooLarge(name);
    return parseJson(readFileSync(file, "utf8"));
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const what = isLlmcfgError(error) ? "is not JSON" : "cannot be read";
    throw invalid(`${name} ${what}`, error);
  }
}

function requireLimits(schema: unknown, name: string): void {
  let nodes = 0;
  const visit = (value: unknown, depth: number): void => {
    nodes++;
    if (nodes > LIMITS.nodes || depth > LIMITS.depth) throw tooLarge(name);
    if (typeof value !== "object" || value === null) return;
    for (const part of Object.values(value)) visit(part, depth + 1);
  };
  visit(schema, 0);
}

function tooLarge(name: string): ConfigError {
  const { bytes, nodes, depth } = LIMITS;
  return invalid(`${name} is too large: at most ${bytes} bytes, ${nodes} parts, ${depth} deep`);
}

function compile(schema: unknown, unknown: UnknownTexts, name: string): ValidateFunction {
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) {
    throw invalid(`${name} is no object`);
  }
  const document = schema as Readonly<Record<string, unknown>>; // as was asked
  const ajv = createAjv(document["$schema"], name);
  ajvFormats.default(ajv, { mode: "fast" });
  useTextKeywords(ajv, unknown);
  try {
    requireFewLooks(document, name);
    return runWithin(LIMITS.compileMs, () => ajv.compile(document));
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const because = error instanceof Error ? `: ${error.message}` : "";
    throw invalid(`${name} cannot be compiled${because}`, error);
  }
}

function requireFewLooks(schema: object, name: string): void {
  const repeated = findRepeatedPart(schema, LIMITS.looks);
  if (repeated === undefined) return;
  const { pointer, looks } = repeated;
  const message = `${name} holds ${looks} parts against each value of #${pointer}: at most ${LIMITS.looks}`;
  const hint = "references to parts that refer to others multiply: refer to each part once";
  throw new ConfigError("invalid_json_schema", message, { hint });
}

const DRAFT_07 = /^https?:\/\/json-schema\.org\/draft-07\/schema#?$/;
const DRAFT_2020 = /^https:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/;

function createAjv(dialect: unknown, name: string): Ajv {
  const options = {
    strict: false, // keywords that are not known mean nothing, as the drafts say
    allErrors: true,
    verbose: true,
    ownProperties: true, // a document has what it says, not what every object has
    inlineRefs: false, // what is referred to often is compiled once
    logger: false,
    code: { regExp: Object.assign(compilePattern, { code: "compilePattern" }) },
  } as const;
  if (dialect === undefined) return new Ajv2020(options);
  if (typeof dialect === "string" && DRAFT_2020.test(dialect)) return new Ajv2020(options);
  if (typeof dialect === "string" && DRAFT_07.test(dialect)) return new Ajv(options);
  throw invalid(`${name} is of a dialect that is not known: ${JSON.stringify(dialect)}`);
}

function invalid(message: string, cause?: unknown): ConfigError {
  return new ConfigError("invalid_json_schema", message, {
    cause,
    hint: "schemas are JSON Schema draft-07 or 2020-12, self-contained, with patterns in RE2 syntax",
  });
}
