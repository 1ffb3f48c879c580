import { type Position, textOf } from "../sources/located.ts";
import { blankLike } from "./cells.ts";
import type { Finding } from "./finding.ts";
import { gutter, MASK } from "./shown-text.ts";

/** What a line begins with: punctuation and white space, then a name that a value follows. */
const BEGINNING = /^[\s{[\]},-]*/;
const NAME = /^(["']?)(\$?[A-Za-z_][A-Za-z0-9_.-]*)\1\s*[:=][ \t]?/;

/** What a document may say beside the names of its schema. */
const DIRECTIVES: ReadonlySet<string> = new Set(
  ["include", "unset", "merge", "prepend", "append", "replace"].map((name) => `$${name}`),
);

/** What stands in the brackets of a table of TOML, up to the end of the line. */
const TABLE = /^()([A-Za-z_][A-Za-z0-9_.-]*)\]{1,2}$/;

/**
 * The finding about a text that cannot be parsed, with the line that it speaks of and the one before
 * it. Nobody knows what is a value in such a text: of each line that much is shown as comes before its
 * first value, where that is a name which the schema has; `⋯` stands for the rest.
 *
 * @param names of the members that the schema has anywhere
 */
export function withMalformedSnippet(
  finding: Finding,
  textNamed: (name: string) => string | undefined,
  names: ReadonlySet<string>,
): Finding {
  const { position, snippet } = finding;
  if (snippet !== undefined || position === undefined) return finding;
  const place = placeIn(position);
  const text = place === undefined ? undefined : textNamed(place.text);
  if (place === undefined || text === undefined) return finding;
  const lines = text.split("\n");
  const [before = "", own = ""] = [lines[place.line - 2], lines[place.line - 1]];
  const shown = [before, own].map((line) => shownLine(line.trimEnd(), names));
  const [above = "", at = ""] = shown;
  if ([above, at].every((line) => line.replace(MASK, "").trim() === "")) return finding;
  const rows = above === "" ? [] : [`${gutter(place.line - 1)}${above}`];
  const column = Math.min(place.column - 1, Math.max(0, at.length - 1));
  rows.push(`${gutter(place.line)}${at}`, `${gutter(undefined)}${blankLike(at.slice(0, column))}^`);
  return { ...finding, snippet: rows.join("\n") };
}

interface TextPlace {
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

function placeIn(position: Position): TextPlace | undefined {
  if (position.kind !== "file" && position.kind !== "remote") return undefined;
  const { line, column } = position;
  if (line === undefined || column === undefined) return undefined;
  return { text: textOf(position), line, column };
}

function shownLine(line: string, names: ReadonlySet<string>): string {
  const [beginning = ""] = BEGINNING.exec(line) ?? [];
  const rest = line.slice(beginning.length);
  if (rest === "") return beginning.trimEnd();
  const [start = "", , name = ""] = NAME.exec(rest) ?? TABLE.exec(rest) ?? [];
  const isKnown = name.split(".").every((part) => names.has(part) || DIRECTIVES.has(part));
  const known = isKnown ? start : "";
  return rest.length === known.length ? beginning + known.trimEnd() : beginning + known + MASK;
}
