/**
 * Flow collections that stand on one line and hold keys, scalars and collections of the plainest form.
 * Whatever is not surely that is left to the whole grammar.
 *
 * @module
 */

import {
  endsLine,
  flowKeyAt,
  flowScalarAt,
  type PlainKey,
  type PlainValue,
  skipSpaces,
} from "./yaml-plain.ts";

export type FlowNode = PlainValue | FlowArray | FlowObject;

export interface FlowArray {
  readonly shape: "array";
  readonly start: number;
  readonly end: number;
  readonly items: readonly FlowNode[];
}

export interface FlowObject {
  readonly shape: "object";
  readonly start: number;
  readonly end: number;
  readonly entries: readonly FlowEntry[];
}

export interface FlowEntry {
  readonly key: PlainKey;
  readonly value: FlowNode;
}

/** The collection that stands alone on the rest of the line, with at most a comment behind it. */
export function flowAt(text: string, start: number): FlowArray | FlowObject | undefined {
  const node = collectionAt(text, start);
  return node !== undefined && endsLine(text, node.end) ? node : undefined;
}

function collectionAt(text: string, start: number): FlowArray | FlowObject | undefined {
  if (text[start] === "[") return arrayAt(text, start);
  return text[start] === "{" ? objectAt(text, start) : undefined;
}

function nodeAt(text: string, start: number): FlowNode | undefined {
  return collectionAt(text, start) ?? flowScalarAt(text, start);
}

function arrayAt(text: string, start: number): FlowArray | undefined {
  const items: FlowNode[] = [];
  const end = membersAt(text, { start, close: "]" }, (at) => {
    const item = nodeAt(text, at);
    if (item !== undefined) items.push(item);
    return item?.end;
  });
  return end === undefined ? undefined : { shape: "array", start, end, items };
}

function objectAt(text: string, start: number): FlowObject | undefined {
  const entries: FlowEntry[] = [];
  const end = membersAt(text, { start, close: "}" }, (at) => {
    const key = flowKeyAt(text, at);
    const value = key && nodeAt(text, skipSpaces(text, key.after));
    if (key === undefined || value === undefined) return undefined;
    entries.push({ key, value });
    return value.end;
  });
  return end === undefined ? undefined : { shape: "object", start, end, entries };
}

/**
 * What stands between brackets, with commas between.
 *
 * @param read takes the member at an offset and says where it ends
 * @returns where the collection ends
 */
function membersAt(
  text: string,
  { start, close }: { readonly start: number; readonly close: "]" | "}" },
  read: (at: number) => number | undefined,
): number | undefined {
  let at = skipSpaces(text, start + 1);
  if (text[at] === close) return at + 1;
  for (;;) {
    const end = read(at);
    if (end === undefined) return undefined;
    at = skipSpaces(text, end);
    if (text[at] === close) return at + 1;
    if (text[at] !== ",") return undefined;
    at = skipSpaces(text, at + 1);
  }
}

/** Whether a node has none below it. */
export function isLeaf(node: FlowNode): node is PlainValue {
  return node.shape !== "array" && node.shape !== "object";
}
