import { isLlmcfgError, type Json, parseJson } from "@llmcfg/core";
import { ConfigError } from "../../errors.ts";
import { itemKey, keyOf, type TreeContext, type ValueTree } from "../../merge/tree.ts";
import { narrow, stepInto } from "../../merge/tree-context.ts";
import { type PathSegment, parseConfigPath } from "../../paths/config-path.ts";
import type { Position } from "../located.ts";

export type Setting =
  | {
      readonly type: "setting";
      readonly context: TreeContext;
      readonly value:
        | { readonly type: "text"; readonly text: string }
        | { readonly type: "json"; readonly json: Json };
    }
  | { readonly type: "fault"; readonly code: string; readonly message: string };

interface Surroundings {
  readonly below: ValueTree | undefined;
  readonly root: TreeContext;
  readonly at: Position;
}

/** The settings of a text: `path=value` or `path:=json` a line; blank lines and `#` lines are none. */
export function readSettings(text: string, around: Surroundings): readonly Setting[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return lines.flatMap((line, index) => {
    if (line === "" || line.startsWith("#")) return [];
    return [readLine(line, index + 1, around)];
  });
}

function readLine(line: string, number: number, around: Surroundings): Setting {
  const [, path, operator, text = ""] =
    /^((?:"(?:[^"\\]|\\.)*"|[^="])+?)(:?=)(.*)$/.exec(line) ?? [];
  if (path === undefined)
    return fault(number, "env_malformed", "it is neither path=value nor path:=json");
  try {
    const context = follow(parseConfigPath(path.trim()), around);
    if (typeof context === "string") return fault(number, "unknown_path", context);
    if (operator === "=") return { type: "setting", context, value: { type: "text", text } };
    return { type: "setting", context, value: { type: "json", json: parseJson(text) } };
  } catch (error) {
    if (error instanceof ConfigError) return fault(number, error.code, error.message);
    if (isLlmcfgError(error)) return fault(number, "invalid_value", "what follows := is not JSON");
    throw error;
  }
}

function fault(line: number, code: string, message: string): Setting {
  return { type: "fault", code, message: `line ${line}: ${message}` };
}

/** The place of a path, or why there is none: items of lists must exist. */
function follow(segments: readonly PathSegment[], around: Surroundings): TreeContext | string {
  let context = around.root;
  let tree = around.below;
  for (const segment of segments) {
    const narrowed = tree === undefined ? context : narrow(context, tree);
    context = stepInto(narrowed, segment);
    if (context.nodes.length === 0) return "the schema has no such path";
    tree = childAt(tree, segment, narrowed);
    if (segment.type !== "member" && tree === undefined) return "the list has no such item";
  }
  return segments.length === 0 ? "the path is empty" : context;
}

function childAt(
  tree: ValueTree | undefined,
  segment: PathSegment,
  { nodes }: TreeContext,
): ValueTree | undefined {
  if (segment.type === "member") {
    return tree?.type === "object" ? tree.entries.get(segment.name) : undefined;
  }
  if (tree?.type !== "array") return undefined;
  if (segment.type === "index") return tree.items[segment.index];
  return tree.items.find((item) => itemKey(item, keyOf(nodes)) === segment.key);
}
