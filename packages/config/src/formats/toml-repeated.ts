import { type AST, ParseError, parseTOML } from "toml-eslint-parser";
import type { Span } from "../sources/located.ts";

/** A name that a document of TOML defines again, and where it stands first. */
export interface RepeatedName {
  readonly name: string;
  readonly span: Span;
  readonly first: Span | undefined;
}

/** Whether the parser refused a document for a name that is repeated. */
export function isRepetition(error: ParseError): boolean {
  return error.message.includes("multiple times");
}

/**
 * What is repeated at a place where the parser has seen that, without telling more of it: the
 * document is parsed again with another name there. Parses once for each repetition.
 *
 * @returns nothing where no name is at the place
 */
export function findRepeatedName(text: string, start: number): RepeatedName | undefined {
  const token = tokenAt(text, start);
  if (token === undefined) return undefined;
  const end = start + token.length;
  const unused = unusedName(text);
  const body = parseFirst(text.slice(0, start), unused + text.slice(end));
  if (typeof body === "number") return findRepeatedName(text, body); // that one stands before it
  const name = nameOfToken(token);
  const repeated = { name, span: { start, end } };
  return { ...repeated, first: body && firstOf(name, [...namesOf(body)], start) };
}

const TOKEN = /[A-Za-z0-9_-]+|"(?:\\.|[^"\\\n])*"|'[^'\n]*'/y;

function tokenAt(text: string, start: number): string | undefined {
  TOKEN.lastIndex = start;
  return TOKEN.exec(text)?.[0];
}

function nameOfToken(token: string): string {
  const [member] = parseTOML(`${token} = 0`, { tomlVersion: "1.0" }).body[0].body;
  const [key] = member?.type === "TOMLKeyValue" ? member.key.keys : [];
  return key === undefined ? token : nameOf(key);
}

function unusedName(text: string): string {
  let name = "renamed";
  while (text.includes(name)) name += "_";
  return name;
}

/**
 * The document up to the line of the next repetition.
 *
 * @returns an offset where that stands in `before`, nothing where it is part of something longer
 */
function parseFirst(before: string, after: string): AST.TOMLTopLevelTable | number | undefined {
  let text = before + after;
  for (;;) {
    try {
      return parseTOML(text, { tomlVersion: "1.0" }).body[0];
    } catch (error) {
      if (!(error instanceof ParseError) || !isRepetition(error)) return undefined;
      if (error.index < before.length) return error.index;
      const end = text.lastIndexOf("\n", error.index) + 1;
      if (end <= before.length) return undefined;
      text = text.slice(0, end);
    }
  }
}

type Path = readonly (string | number)[];

/** One part of a key, with all that leads to it. */
interface PlacedName {
  readonly path: Path;
  readonly span: Span;
  /** Not only a step to what is defined. */
  readonly isDefined: boolean;
}

function firstOf(name: string, names: readonly PlacedName[], start: number): Span | undefined {
  const renamed = names.find(({ span }) => span.start === start);
  if (renamed === undefined) return undefined;
  const path = JSON.stringify([...renamed.path.slice(0, -1), name]);
  const same = names.filter((one) => one.span.start < start && JSON.stringify(one.path) === path);
  return (same.find(({ isDefined }) => isDefined) ?? same[0])?.span;
}

function* namesOf({ body }: AST.TOMLTopLevelTable): Iterable<PlacedName> {
  for (const node of body) {
    if (node.type === "TOMLKeyValue") yield* namesInMember([], node);
    else {
      yield* namesInHeader(node);
      for (const member of node.body) yield* namesInMember(node.resolvedKey, member);
    }
  }
}

/** A resolved key also has the places in `[[name]]` lists that its names lead through. */
function* namesInHeader({ key, resolvedKey }: AST.TOMLTable): Iterable<PlacedName> {
  let end = 0;
  for (const part of key.keys) {
    while (typeof resolvedKey[end] === "number") end++;
    end++;
    const isDefined = part === key.keys.at(-1);
    yield { path: resolvedKey.slice(0, end), span: spanOf(part), isDefined };
  }
}

function* namesInMember(base: Path, { key, value }: AST.TOMLKeyValue): Iterable<PlacedName> {
  let path = base;
  for (const part of key.keys) {
    path = [...path, nameOf(part)];
    yield { path, span: spanOf(part), isDefined: part === key.keys.at(-1) };
  }
  yield* namesInValue(path, value);
}

function* namesInValue(path: Path, node: AST.TOMLContentNode): Iterable<PlacedName> {
  if (node.type === "TOMLInlineTable") {
    for (const member of node.body) yield* namesInMember(path, member);
  } else if (node.type === "TOMLArray") {
    for (const [i, item] of node.elements.entries()) yield* namesInValue([...path, i], item);
  }
}

function nameOf(key: AST.TOMLBare | AST.TOMLQuoted): string {
  return key.type === "TOMLBare" ? key.name : key.value;
}

function spanOf({ range: [start, end] }: AST.TOMLNode): Span {
  return { start, end };
}
