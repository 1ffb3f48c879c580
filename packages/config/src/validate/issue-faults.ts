/**
 * What zod found, in the words of this library. No message quotes a value that may be secret.
 *
 * @module
 */

import { nearestNames } from "@llmcfg/core";
import type * as z from "zod";
import { ConfigError } from "../errors.ts";
import { locate, type Place, segmentsOf } from "../merge/locate.ts";
import type { ScalarTree, TreeContext, ValueTree } from "../merge/tree.ts";
import { narrow } from "../merge/tree-context.ts";
import { formatConfigPath, type PathSegment, parseConfigPath } from "../paths/config-path.ts";
import { invisibleCharacters, withoutInvisible } from "../schema/invisible.ts";
import { memberNames } from "../schema/member-names.ts";
import { Duration } from "../values/duration.ts";
import { type Fault, schemaFault } from "./fault.ts";

type Issue = z.core.$ZodIssue;

/** A key that the schema does not know, in the object at `steps`. */
export interface UnknownKey {
  readonly steps: readonly PropertyKey[];
  readonly key: string;
}

export function unknownKeysOf(issues: readonly Issue[]): readonly UnknownKey[] {
  return issues.flatMap(flatten).flatMap((issue) => {
    if (issue.code !== "unrecognized_keys") return [];
    return issue.keys.map((key) => ({ steps: issue.path, key }));
  });
}

export interface IssueFaultsInput {
  readonly issues: readonly Issue[];
  readonly unknown: readonly UnknownKey[];
  readonly severity: "error" | "warning";
  readonly tree: ValueTree;
  readonly context: TreeContext;
}

/** A fault for each issue, and for each unknown key. */
export function issueFaults(input: IssueFaultsInput): readonly Fault[] {
  const issues = input.issues.flatMap(flatten).filter(({ code }) => code !== "unrecognized_keys");
  const wrong = new Set(issues.map(({ path }) => treeAt(path.map(toPlace), input)));
  return [
    ...input.unknown.map((key) => unknownKey(key, input)),
    ...issues.filter((issue) => !isCopy(issue, wrong, input)).map((i) => issueFault(i, input)),
  ];
}

/** What is derived from a wrong value is wrong as well: that is one fault, told at the value. */
function isCopy(
  { path }: Issue,
  wrong: ReadonlySet<ValueTree | undefined>,
  input: IssueFaultsInput,
): boolean {
  const at = treeAt(path.map(toPlace), input)?.at;
  const from = at?.kind === "default" ? at.derivedFrom : undefined;
  return from !== undefined && wrong.has(treeAt(parseConfigPath(from), input));
}

function treeAt(
  path: readonly PathSegment[],
  { tree, context }: IssueFaultsInput,
): ValueTree | undefined {
  return locate(tree, context, path).tree;
}

/** Of a union the branch that was most likely meant, with its issues at their full paths. */
function flatten(issue: Issue): readonly Issue[] {
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return [issue];
  const isOther = (branch: readonly Issue[]) =>
    branch.some(({ code, path }) => code === "invalid_type" && path.length === 0);
  const meant = issue.errors.filter((branch) => !isOther(branch));
  const [best] = meant.toSorted((a, b) => a.length - b.length);
  if (best === undefined) return [issue];
  return best.flatMap((inner) => flatten({ ...inner, path: [...issue.path, ...inner.path] }));
}

function unknownKey({ steps, key }: UnknownKey, input: IssueFaultsInput): Fault {
  const { tree, context, severity } = input;
  const holder = segmentsOf(tree, context, steps);
  const { nearest, context: at } = locate(tree, context, holder);
  const names = narrow(at, nearest).nodes.flatMap(memberNames);
  const value = nearest.type === "object" ? nearest.entries.get(key) : undefined;
  const name = nearest.type === "object" ? nearest.names?.get(key) : undefined;
  const source = value?.source ?? nearest.source;
  return schemaFault({
    severity,
    code: "unknown_key",
    segments: [...holder, { type: "member", name: key }],
    message: "unknown key",
    hint: hintFor(key, names),
    place: { ...(name ?? value ?? nearest), source },
  });
}

function hintFor(key: string, names: readonly string[]): string | undefined {
  const invisible = invisibleCharacters(key);
  const visible = withoutInvisible(key);
  if (invisible.length > 0 && names.includes(visible)) {
    return `it is ${JSON.stringify(visible)} with ${invisible.join(", ")} in it`;
  }
  const [nearest] = nearestNames(key, names, 1);
  return nearest === undefined ? undefined : `did you mean ${JSON.stringify(nearest)}?`;
}

function issueFault(issue: Issue, { tree, context }: IssueFaultsInput): Fault {
  const segments = segmentsOf(tree, context, issue.path);
  const place = locate(tree, context, issue.path.map(toPlace)); // two items may have one key
  if (place.tree === undefined && (issue.code !== "custom" || isNotText(issue))) {
    const message = `${formatConfigPath(segments)} is required`;
    return schemaFault({ code: "schema_violation", segments, message, place: place.nearest });
  }
  return { ...describe(issue, place), segments, place: place.nearest };
}

function toPlace(step: PropertyKey): PathSegment {
  if (typeof step === "number") return { type: "index", index: step };
  return { type: "member", name: String(step) };
}

type Description = Pick<Fault, "kind" | "severity" | "code" | "message" | "hint">;

function describe(issue: Issue, { tree: value, context }: Place): Description {
  switch (issue.code) {
    case "invalid_type":
      if (isDuration(context) && isNumber(value)) return durationFault(value);
      return violation(typeMessage(issue.expected, value), typeHint(issue.expected, value));
    case "invalid_value":
      return choice(issue.values.map(String), value);
    case "invalid_union":
      return "options" in issue && Array.isArray(issue.options)
        ? choice(issue.options.map(String), value)
        : violation(`no form that is allowed here fits ${found(value)}`);
    case "too_small":
    case "too_big":
    case "not_multiple_of":
      return invalid("out_of_range", lowerFirst(issue.message));
    case "custom":
      return isNotText(issue)
        ? violation(typeMessage("text", value), typeHint("text", value))
        : custom(issue);
    case "invalid_key":
      return invalid("invalid_format", lowerFirst(issue.issues[0]?.message ?? issue.message));
    case "invalid_format":
    case "invalid_element":
    case "unrecognized_keys":
      return invalid("invalid_format", lowerFirst(issue.message));
  }
}

function isDuration({ nodes }: TreeContext): boolean {
  return nodes.some(({ kind }) => kind === "duration");
}

/** A bare number where a duration is meant: told as the same digits in quotes are. */
function durationFault({ lexeme, value }: ScalarTree): Description {
  try {
    Duration.parse(lexeme ?? String(value));
  } catch (error) {
    if (error instanceof ConfigError) return invalid(error.code, error.message, error.hint);
    throw error;
  }
  return violation("a number has no unit");
}

/** Of text and secrets: what is missing has no type of its own there. */
function isNotText({ params }: z.core.$ZodIssueCustom): boolean {
  return params?.["code"] === "expected_text";
}

/** Of a field builder, or of a refinement of the schema's own. */
function custom({ message, params }: z.core.$ZodIssueCustom): Description {
  const { code, hint } = (params ?? {}) as { readonly code?: unknown; readonly hint?: unknown }; // as field.ts gives them
  const more = typeof hint === "string" ? hint : undefined;
  return invalid(typeof code === "string" ? code : "field_validation", message, more);
}

function typeMessage(expected: string, value: ValueTree | undefined): string {
  if (isNull(value)) return `null is not allowed here: expected ${expected}`;
  return `expected ${expected}, found ${found(value)}`;
}

function typeHint(expected: string, value: ValueTree | undefined): string | undefined {
  if (isNull(value)) return "write {$unset: true} to get the default back";
  if (value?.type !== "scalar") return undefined;
  if (expected === "boolean") return booleanHint(value);
  if (expected !== "string") return undefined;
  return `write it in quotes: "${value.lexeme ?? String(value.value)}"`;
}

/** Words that YAML 1.1 took for these, and YAML 1.2 takes for text. */
function booleanHint({ value, secret }: ScalarTree): string | undefined {
  if (typeof value !== "string" || secret !== undefined) return undefined;
  if (/^(yes|on|true)$/i.test(value)) return "write true";
  return /^(no|off|false)$/i.test(value) ? "write false" : undefined;
}

function choice(values: readonly string[], value: ValueTree | undefined): Description {
  const text = value?.type === "scalar" && value.secret === undefined ? String(value.value) : "";
  const [nearest] = nearestNames(text, values, 1);
  const hint = nearest === undefined ? undefined : `did you mean ${JSON.stringify(nearest)}?`;
  return violation(`expected one of ${values.join(", ")}`, hint);
}

function found(value: ValueTree | undefined): string {
  if (isNull(value)) return "null";
  if (value?.type !== "scalar") return value?.type === "array" ? "a list" : "an object";
  return typeof value.value === "string" ? "text" : `a ${typeof value.value}`;
}

function isNumber(value: ValueTree | undefined): value is ScalarTree {
  return value?.type === "scalar" && typeof value.value === "number";
}

function isNull(value: ValueTree | undefined): boolean {
  return value?.type === "scalar" && value.value === null;
}

function violation(message: string, hint?: string): Description {
  return { kind: "schema_violation", severity: "error", code: "schema_violation", message, hint };
}

function invalid(code: string, message: string, hint?: string): Description {
  return { kind: "field_validation", severity: "error", code, message, hint };
}

/** Of zod's own messages; what a schema's author wrote stays. */
function lowerFirst(message: string): string {
  if (!/^(Too|Invalid|Unrecognized) /.test(message)) return message;
  return `${message.charAt(0).toLowerCase()}${message.slice(1)}`;
}
