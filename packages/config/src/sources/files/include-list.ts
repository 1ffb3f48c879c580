import { plainPosition } from "../../formats/text-position.ts";
import type { FaultPlace } from "../../validate/fault.ts";
import type { Finding } from "../../validate/finding.ts";
import type { Located, LocatedObject } from "../located.ts";

const INCLUDE = "$include";

/** One entry of `$include`, where it stands. */
export interface IncludeEntry {
  readonly pattern: string;
  readonly place: FaultPlace;
}

export interface IncludeList {
  readonly entries: readonly IncludeEntry[];
  /** The document without the directive. */
  readonly rest: LocatedObject;
  readonly findings: readonly Finding[];
}

/** Takes `$include` off the top level of a file. */
export function takeIncludes(tree: LocatedObject, source: string): IncludeList {
  const given = tree.entries.get(INCLUDE);
  if (given === undefined) return { entries: [], rest: tree, findings: [] };
  const read = readList(given);
  return {
    entries: read.flatMap(({ pattern, place, fault }) =>
      fault === undefined ? [{ pattern, place }] : [],
    ),
    rest: without(tree),
    findings: read.flatMap(({ place, fault }) =>
      fault === undefined ? [] : [includeFinding("include_invalid", fault, place, source)],
    ),
  };
}

function without(tree: LocatedObject): LocatedObject {
  const entries = new Map(tree.entries);
  const names = new Map(tree.names);
  entries.delete(INCLUDE);
  names.delete(INCLUDE);
  return { ...tree, entries, names };
}

interface ReadEntry extends IncludeEntry {
  readonly fault?: string;
}

function readList(given: Located): readonly ReadEntry[] {
  if (given.type === "array") return given.items.map(readEntry);
  return [{ pattern: "", place: given, fault: "$include is a list of paths" }];
}

function readEntry(item: Located): ReadEntry {
  const pattern = item.type === "scalar" && typeof item.value === "string" ? item.value : "";
  if (pattern === "" || pattern.includes("\0"))
    return { pattern, place: item, fault: "an entry of $include is a path" };
  if (pattern.includes("${"))
    return { pattern, place: item, fault: "a path in $include holds no references" };
  return { pattern, place: item };
}

/** A fault in what a file includes. */
export function includeFinding(
  code: string,
  message: string,
  { at }: FaultPlace,
  source: string,
  hint?: string,
): Finding {
  return {
    kind: "schema_violation",
    severity: "error",
    code,
    path: "",
    pointer: "",
    message,
    ...(hint === undefined ? {} : { hint }),
    source,
    position: plainPosition(at),
  };
}
