/**
 * How references are written inside strings: `${ref:path}`, `${secret://service/path}`.
 *
 * @module
 */

import { isJsonArray, isJsonObject, type Json, type JsonPointer, memberPointer } from "../json.ts";
import { checkKeyRef } from "../key-ref.ts";
import type { ServiceKey } from "./layers.ts";

/** How many references and expressions there may be in all the values looked at for one key. */
export const MAX_REFERENCES = 1_000;

/** What a string is made of. */
export type StringPart =
  | { readonly kind: "text"; readonly text: string }
  /** `${{ … }}`: reserved for expressions. */
  | { readonly kind: "expression"; readonly text: string }
  | ReferencePart;

/** A part that something else is put in the place of. */
export type Mark = Exclude<StringPart, { readonly kind: "text" }>;

export interface ReferencePart {
  readonly kind: "ref" | "secret";
  /** As written. */
  readonly text: string;
  /** What it names; `undefined` where that is no key. */
  readonly target: ServiceKey | undefined;
  /** What it stands for where there is no such key; `undefined` for nothing, so it dangles. */
  readonly fallback: string | undefined;
}

/** A reference and its place in a value. */
export interface ReferenceUse {
  readonly pointer: JsonPointer;
  readonly kind: "ref" | "secret";
  readonly target: ServiceKey;
}

// An escape, the start of an expression, or a reference up to its brace. Each alternative ends at
// the next brace at the latest, so a scan is linear whatever the text.
const MARK = /\$\$\{|\$\{\{|\$\{(ref|secret):([^{}]*)\}/g;

/**
 * The parts of a string, in order; escapes (`$${`) are text already.
 *
 * Whatever does not fit the grammar is text: a lone `${`, `${env:HOME}`, `${{` without its end.
 *
 * @param service what paths without a service are relative to
 */
export function* parseString(text: string, service: string): Generator<StringPart, void> {
  const lastClose = text.lastIndexOf("}}");
  let end = 0;
  for (const mark of text.matchAll(MARK)) {
    if (mark.index < end) continue; // inside an expression
    const isOpenEnded = mark[0] === "${{" && mark.index > lastClose;
    if (isOpenEnded) continue;
    const part = toPart(mark, service);
    if (mark.index > end) yield { kind: "text", text: text.slice(end, mark.index) };
    yield part;
    end = mark.index + (part.kind === "text" ? mark[0].length : part.text.length);
  }
  if (end < text.length) yield { kind: "text", text: text.slice(end) };
}

function toPart(mark: RegExpExecArray, service: string): StringPart {
  const [text, kind, body = ""] = mark;
  if (text === "$${") return { kind: "text", text: "${" };
  if (kind === "ref" || kind === "secret") return toReference({ text, kind, body, service });
  const close = mark.input.indexOf("}}", mark.index);
  return { kind: "expression", text: mark.input.slice(mark.index, close + 2) };
}

function toReference(written: {
  readonly text: string;
  readonly kind: "ref" | "secret";
  readonly body: string;
  readonly service: string;
}): ReferencePart {
  const [path = "", ...rest] = written.body.split(":-");
  return {
    kind: written.kind,
    text: written.text,
    target: toTarget(path, written.service),
    fallback: rest.length === 0 ? undefined : rest.join(":-"),
  };
}

function toTarget(path: string, service: string): ServiceKey | undefined {
  const isAbsolute = path.startsWith("//");
  const [first = "", ...rest] = path.slice(2).split("/");
  const target = isAbsolute ? { service: first, key: rest.join("/") } : { service, key: path };
  return checkKeyRef({ env: "any", ...target }).length === 0 ? target : undefined;
}

/** Whether any string in the value could hold something for {@link parseString} to find. */
export function mayHoldReferences(value: Json): boolean {
  if (typeof value === "string") return value.includes("${");
  if (isJsonObject(value)) return Object.values(value).some(mayHoldReferences);
  return isJsonArray(value) && value.some(mayHoldReferences);
}

/**
 * The references in a value of a service, in order of place: what is kept to know who uses a key.
 *
 * Those that name no key are left out, and those beyond {@link MAX_REFERENCES}, with which the
 * value cannot be resolved. Of an item whose type is `document` or `binary` nothing is ever
 * expanded, so there is nothing to list.
 */
export function listReferences(value: Json, service: string): readonly ReferenceUse[] {
  const uses: ReferenceUse[] = [];
  let count = 0;
  for (const { pointer, part } of marksAt("", value, service)) {
    count += 1;
    if (count > MAX_REFERENCES) break;
    if (part.kind === "expression" || part.target === undefined) continue;
    uses.push({ pointer, kind: part.kind, target: part.target });
  }
  return uses;
}

interface PlacedMark {
  readonly pointer: JsonPointer;
  readonly part: Mark;
}

function* marksAt(pointer: JsonPointer, value: Json, service: string): Generator<PlacedMark, void> {
  if (!mayHoldReferences(value)) return;
  if (typeof value === "string") {
    for (const part of parseString(value, service)) {
      if (part.kind !== "text") yield { pointer, part };
    }
  }
  if (typeof value !== "object" || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    yield* marksAt(memberPointer(pointer, name), member, service);
  }
}
