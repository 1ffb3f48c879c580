import { type AST, ParseError, parseTOML } from "toml-eslint-parser";
import type { Span } from "../sources/located.ts";
import type { PackedTree } from "./packed-tree.ts";
import { findRepeatedName, isRepetition } from "./toml-repeated.ts";
import type { Entry, Grown, GrownObject, MalformedText, TreeBuilder } from "./tree-builder.ts";
import { packTree } from "./tree-writer.ts";

/**
 * Reads TOML 1.0. Dates and times keep their text.
 *
 * @returns nothing where there are only comments
 * @throws {MalformedText} at the first place where it is no TOML
 */
export function parseToml(text: string, builder: TreeBuilder): PackedTree | undefined {
  const { body } = parseWith(text, builder)[0];
  if (body.length === 0) return undefined;
  const root = new Table({ start: 0, end: text.length });
  for (const node of body) {
    if (node.type === "TOMLKeyValue") addKeyValue(root, node, builder);
    else addTable(root, node, builder);
  }
  return packTree(freeze(root, builder, 0));
}

function parseWith(text: string, builder: TreeBuilder): AST.TOMLProgram["body"] {
  const lone = text.search(/\r(?!\n)/); // the parser lets it pass, TOML nowhere
  if (lone >= 0) {
    const message = "a carriage return stands without a line feed";
    throw builder.refusal({ start: lone, end: lone + 1 }, "parse_error", message);
  }
  try {
    return parseTOML(text, { tomlVersion: "1.0" }).body;
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const { index: start, message } = error; // the parser's messages quote nothing
    if (isRepetition(error)) throw repetition(text, error, builder);
    const lower = `${message.charAt(0).toLowerCase()}${message.slice(1)}`;
    throw builder.refusal({ start, end: start + 1 }, "parse_error", lower, error);
  }
}

function repetition(text: string, error: ParseError, builder: TreeBuilder): MalformedText {
  const { index: start } = error;
  const repeated = findRepeatedName(text, start);
  if (repeated !== undefined) return builder.refuseDuplicate(repeated);
  return builder.refusal({ start, end: start + 1 }, "duplicate_key", "a key is repeated", error);
}

/** A table while it is read: TOML may add to one in several places. */
class Table {
  readonly span: Span;
  readonly members = new Map<string, { readonly nameSpan: Span; readonly value: Draft }>();

  constructor(span: Span) {
    this.span = span;
  }
}

type Draft = Table | Tables | AST.TOMLValue;

/** The tables of `[[name]]`, or of an array that stands in the text. */
class Tables {
  readonly span: Span;
  readonly items: Draft[] = [];

  constructor(span: Span) {
    this.span = span;
  }
}

function addTable(root: Table, node: AST.TOMLTable, builder: TreeBuilder): void {
  const span = spanOf(node.key);
  let target = root;
  for (const [i, key] of node.key.keys.entries()) {
    const isLast = i === node.key.keys.length - 1;
    target = isLast && node.kind === "array" ? addItem(target, key, span) : step(target, key, span);
  }
  for (const member of node.body) addKeyValue(target, member, builder);
}

type Key = AST.TOMLBare | AST.TOMLQuoted;

/** The table behind a name; of `[[name]]` tables the last one. It is made where it is not there. */
function step(table: Table, key: Key, span: Span): Table {
  const known = table.members.get(nameOf(key))?.value;
  if (known instanceof Table) return known;
  if (known instanceof Tables) {
    const last = known.items.at(-1);
    if (last instanceof Table) return last;
  }
  const made = new Table(span);
  table.members.set(nameOf(key), { nameSpan: spanOf(key), value: made });
  return made;
}

function addItem(table: Table, key: Key, span: Span): Table {
  const known = table.members.get(nameOf(key))?.value;
  const tables = known instanceof Tables ? known : new Tables(span);
  if (tables !== known) table.members.set(nameOf(key), { nameSpan: spanOf(key), value: tables });
  const item = new Table(span);
  tables.items.push(item);
  return item;
}

function addKeyValue(table: Table, { key, value }: AST.TOMLKeyValue, builder: TreeBuilder): void {
  let target = table;
  for (const part of key.keys.slice(0, -1)) target = step(target, part, spanOf(part));
  const last = key.keys.at(-1);
  if (last === undefined) return; // a key has at least one part
  target.members.set(nameOf(last), { nameSpan: spanOf(last), value: draftOf(value, builder) });
}

function draftOf(node: AST.TOMLContentNode, builder: TreeBuilder): Draft {
  if (node.type === "TOMLValue") return node;
  if (node.type === "TOMLInlineTable") {
    const table = new Table(spanOf(node));
    for (const member of node.body) addKeyValue(table, member, builder);
    return table;
  }
  const list = new Tables(spanOf(node));
  for (const element of node.elements) list.items.push(draftOf(element, builder));
  return list;
}

function freeze(draft: Draft, builder: TreeBuilder, depth: number): Grown {
  const span = draft instanceof Table || draft instanceof Tables ? draft.span : spanOf(draft);
  builder.enter(span.start, depth);
  if (draft instanceof Table) return freezeTable(draft, builder, depth);
  if (draft instanceof Tables) {
    const items = draft.items.map((item) => freeze(item, builder, depth + 1));
    return { type: "array", items, span };
  }
  switch (draft.kind) {
    case "integer":
    case "float":
      return { type: "scalar", value: draft.value, lexeme: draft.number, span };
    case "string":
    case "boolean":
      return { type: "scalar", value: draft.value, span };
    case "offset-date-time":
    case "local-date-time":
    case "local-date":
    case "local-time":
      return { type: "scalar", value: draft.datetime, span };
  }
}

function freezeTable({ members, span }: Table, builder: TreeBuilder, depth: number): GrownObject {
  const entries = [...members].map(([name, { nameSpan, value }]): Entry => {
    return { name, nameSpan, value: freeze(value, builder, depth + 1) };
  });
  return builder.object(entries, span);
}

function nameOf(key: Key): string {
  return key.type === "TOMLBare" ? key.name : key.value;
}

function spanOf(node: AST.TOMLNode): Span {
  const [start, end] = node.range;
  return { start, end };
}
