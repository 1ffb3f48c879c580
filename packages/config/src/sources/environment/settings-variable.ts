import { isLlmcfgError, isReservedName, type Json, parseJson } from "@llmcfg/core";
import { ConfigError } from "../../errors.ts";
import { itemKey, keyOf, type TreeContext, type ValueTree } from "../../merge/tree.ts";
import { narrow, stepInto } from "../../merge/tree-context.ts";
import { type PathSegment, parseConfigPath } from "../../paths/config-path.ts";

/** One line: where it leads is looked for later, among the layers below. */
export type Setting =
  | {
      readonly type: "setting";
      /** From 1. */
      readonly line: number;
      readonly segments: readonly PathSegment[];
      readonly value:
        | { readonly type: "text"; readonly text: string }
        | { readonly type: "json"; readonly json: Json };
    }
  | SettingFault;

export interface SettingFault {
  readonly type: "fault";
  readonly code: string;
  readonly message: string;
}

/** The settings of a text: `path=value` or `path:=json` a line; blank lines and `#` lines are none. */
export function readSettings(text: string): readonly Setting[] {
  const lines = text.split(/\r?\n/).map((line) => line.trimStart()); // a value may end with blanks
  return lines.flatMap((line, index) => {
    if (line === "" || line.startsWith("#")) return [];
    return [readLine(line, index + 1)];
  });
}

function readLine(text: string, line: number): Setting {
  const [, path, operator, value = ""] =
    /^((?:"(?:[^"\\]|\\.)*"|[^="])+?)(:?=)(.*)$/.exec(text) ?? [];
  if (path === undefined)
    return fault(line, "env_malformed", "it is neither path=value nor path:=json");
  try {
    const segments = parseConfigPath(path.trim());
    if (segments.length === 0) return fault(line, "unknown_path", "the path is empty");
    if (operator === "=") {
      return { type: "setting", line, segments, value: { type: "text", text: value } };
    }
    return { type: "setting", line, segments, value: { type: "json", json: parseJson(value) } };
  } catch (error) {
    if (error instanceof ConfigError) return fault(line, error.code, error.message);
    if (isLlmcfgError(error)) return fault(line, "invalid_value", "what follows := is not JSON");
    throw error;
  }
}

function fault(line: number, code: string, message: string): SettingFault {
  return { type: "fault", code, message: `line ${line}: ${message}` };
}

/** The place of a setting, or why there is none: items of lists must exist. */
export function followSetting(
  { segments, line }: Setting & { readonly type: "setting" },
  below: ValueTree | undefined,
  root: TreeContext,
): TreeContext | SettingFault {
  let context = root;
  let tree = below;
  for (const given of segments) {
    const narrowed = tree === undefined || isNull(tree) ? context : narrow(context, tree);
    const segment = canonical(given, narrowed);
    if (segment.type === "member" && isReservedName(segment.name)) {
      const message = `the key ${JSON.stringify(segment.name)} is not allowed`;
      return fault(line, "forbidden_key", message);
    }
    context = stepInto(narrowed, segment);
    if (context.nodes.length === 0)
      return fault(line, "unknown_path", "the schema has no such path");
    tree = childAt(tree, segment, narrowed);
    if (segment.type !== "member" && tree === undefined)
      return fault(line, "unknown_path", "the list has no such item");
  }
  return context;
}

/** Nothing is there yet that would say which variant of a union is meant. */
function isNull(tree: ValueTree): boolean {
  return tree.type === "scalar" && tree.value === null;
}

/** Another name of a member as the name it stands for. */
function canonical(segment: PathSegment, { nodes }: TreeContext): PathSegment {
  if (segment.type !== "member") return segment;
  const { name } = segment;
  const meant = nodes.find(({ aliases }) => aliases.has(name))?.aliases.get(name);
  return meant === undefined ? segment : { type: "member", name: meant };
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
