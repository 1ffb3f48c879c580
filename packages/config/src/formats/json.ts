import { type MemberNode, parse, type ValueNode } from "@humanwhocodes/momoa";
import type { Located, Span } from "../sources/located.ts";
import type { Entry, TreeBuilder } from "./tree-builder.ts";

/**
 * Reads JSON as RFC 8259 has it: no comments, no trailing commas.
 *
 * @returns nothing where there is only white space
 * @throws {MalformedText} at the first place where it is no JSON
 */
export function parseJson(text: string, builder: TreeBuilder): Located | undefined {
  if (text.trim() === "") return undefined;
  const { body } = parseWith(text, builder);
  return readValue(body, { text, builder, depth: 0 });
}

function parseWith(text: string, builder: TreeBuilder) {
  try {
    return parse(text, { mode: "json", ranges: true });
  } catch (error) {
    if (error instanceof RangeError || !(error instanceof Error)) throw error;
    // The parser's errors name the place, but for the end, and quote the text.
    const offset = "offset" in error ? Number(error.offset) : text.length;
    const isEnd = !Number.isInteger(offset) || error.message.includes("end of input");
    const start = isEnd ? text.length : offset;
    const message = isEnd ? "the JSON ends too early" : "this is not well-formed JSON";
    throw builder.refusal({ start, end: start + 1 }, "parse_error", message, error);
  }
}

interface Reading {
  readonly text: string;
  readonly builder: TreeBuilder;
  readonly depth: number;
}

function readValue(node: ValueNode, reading: Reading): Located {
  const { text, builder, depth } = reading;
  const span = spanOf(node);
  builder.enter(span, depth);
  const within = { ...reading, depth: depth + 1 };
  switch (node.type) {
    case "Object":
      return builder.object(
        node.members.map((member) => readMember(member, within)),
        span,
      );
    case "Array":
      return builder.array(
        node.elements.map(({ value }) => readValue(value, within)),
        span,
      );
    case "Number":
      return builder.scalar(node.value, span, text.slice(span.start, span.end));
    case "String":
    case "Boolean":
      return builder.scalar(node.value, span);
    case "Null":
      return builder.scalar(null, span);
    case "NaN":
    case "Infinity":
      throw builder.refusal(span, "parse_error", "JSON has no such number");
  }
}

function readMember({ name, value }: MemberNode, reading: Reading): Entry {
  const text = name.type === "String" ? name.value : name.name;
  return { name: text, nameSpan: spanOf(name), value: readValue(value, reading) };
}

function spanOf(node: ValueNode | MemberNode["name"]): Span {
  const [start, end] = node.range ?? [0, 0]; // there: the parser was asked for ranges
  return { start, end };
}
