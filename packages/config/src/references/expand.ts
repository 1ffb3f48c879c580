import { isJsonObject, type Json } from "@llmcfg/core";
import { ConfigError } from "../errors.ts";
import { isStep } from "../load/slices.ts";
import {
  type ArrayTree,
  DEFAULT_SOURCE,
  itemSegment,
  keyOf,
  type ObjectTree,
  type ScalarTree,
  type TreeContext,
  type ValueTree,
} from "../merge/tree.ts";
import { narrow, narrowNodes, stepInto, stepIntoMember } from "../merge/tree-context.ts";
import { memberNodes, nodesBelow } from "../schema/navigate.ts";
import type { SchemaNode } from "../schema/node.ts";
import { type Fault, schemaFault } from "../validate/fault.ts";
import { isSecretRef, literalSecret } from "../values/secret-handle.ts";
import type { SecretRef } from "../values/secret-ref.ts";
import { requirePath } from "./content-text.ts";
import { convertText } from "./convert-text.ts";
import { parseReferences, type Reference, type TextPart } from "./reference.ts";
import { secretDefaultOf } from "./secret-default.ts";

/** Where expanded text comes from. */
export interface ExpansionInputs {
  readonly variable: (name: string) => string | undefined;
  /** The text of a file, or why it cannot be read; all that are needed were read before. */
  readonly file: (path: string) => string | ConfigError;
  readonly handle: (reference: Reference, text: string) => SecretRef;
  readonly materialFile: (path: string) => SecretRef;
}

interface Expansion extends TreeContext {
  readonly inputs: ExpansionInputs;
}

/**
 * The tree with every reference replaced: text by what it stands for, secrets by handles. What an
 * expansion yields is not looked at again. Keeps the text of each scalar as it was before. In steps.
 */
export function* expandReferences(tree: ValueTree, context: Expansion): Generator<void, ValueTree> {
  if (tree.source === DEFAULT_SOURCE) return tree; // the schema's own text
  if (tree.type === "scalar") return expandScalar(tree, context);
  return tree.type === "object"
    ? yield* expandObject(tree, context)
    : yield* expandArray(tree, context);
}

function* expandObject(
  tree: ObjectTree<ValueTree>,
  context: Expansion,
): Generator<void, ValueTree> {
  const narrowed = narrow(context, tree);
  let entries: Map<string, ValueTree> | undefined; // made when the first member is replaced
  let parts = 0;
  for (const [name, value] of tree.entries) {
    if (isFixed(value, narrowed.nodes, name)) continue;
    if (isStep(++parts)) yield;
    const child = { ...stepIntoMember(narrowed, name), inputs: context.inputs };
    const expanded = yield* expandReferences(value, child);
    if (expanded === value) continue;
    entries ??= new Map(tree.entries);
    entries.set(name, expanded);
  }
  return entries === undefined ? tree : { ...tree, entries };
}

function* expandArray(tree: ArrayTree<ValueTree>, context: Expansion): Generator<void, ValueTree> {
  const narrowed = narrow(context, tree);
  const key = keyOf(narrowed.nodes);
  let items: ValueTree[] | undefined;
  let parts = 0;
  for (const [index, item] of tree.items.entries()) {
    if (item.type !== "scalar" && isStep(++parts)) yield;
    const child = stepInto(narrowed, itemSegment(item, index, key));
    const expanded = yield* expandReferences(item, { ...child, inputs: context.inputs });
    if (expanded === item) continue;
    items ??= [...tree.items];
    items[index] = expanded;
  }
  return items === undefined ? tree : { ...tree, items };
}

/** Whether a member cannot hold a reference, or be a secret: most members by far. */
function isFixed(tree: ValueTree, nodes: readonly SchemaNode[], name: string): boolean {
  if (tree.source === DEFAULT_SOURCE) return true;
  if (tree.type !== "scalar" || tree.secret !== undefined) return false;
  if (typeof tree.value !== "string") return true;
  return !tree.value.includes("$") && !memberNodes(nodes, name).some(({ isSecret }) => isSecret);
}

function expandScalar(tree: ScalarTree, context: Expansion): ValueTree {
  if (isSecretRef(tree.secret)) return keepHandle(tree, context);
  if (typeof tree.value !== "string") return tree;
  const field = fieldKind(context.nodes);
  if (!field.isSecret && !tree.value.includes("$")) return tree;
  try {
    const parts = parseReferences(tree.value);
    return field.isSecret
      ? expandSecret(tree, parts, context)
      : { ...expandText(tree, parts, field, context), unexpanded: tree.value };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    context.report(faultAt(tree, context, error));
    return tree;
  }
}

/** A handle that a source gave: of a Secret, or of overrides. It stands only where handles may. */
function keepHandle(tree: ScalarTree, context: Expansion): ScalarTree {
  const { nodes, report } = context;
  const { isSecret, takesHandles } = fieldKind(nodes);
  const isKnown = nodes.length > 0 && nodes.every(({ type }) => type === "leaf");
  if (isKnown && !isSecret && !takesHandles) report(faultAt(tree, context, misplacedSecret(nodes)));
  return tree;
}

/** What the schema says about text at one place, taken together. */
interface FieldKind {
  readonly isSecret: boolean;
  readonly isMaterial: boolean;
  /** Secret references become handles: `text`, `url`, `json`. */
  readonly takesHandles: boolean;
  /** References may stand among other characters. */
  readonly takesEmbedded: boolean;
}

function fieldKind(nodes: readonly SchemaNode[]): FieldKind {
  const kinds = new Set(nodes.map(({ kind }) => kind));
  const has = (...names: string[]) => names.some((name) => kinds.has(name));
  return {
    isSecret: has("secret", "material"),
    isMaterial: has("material"),
    takesHandles: has("text", "url", "json"),
    takesEmbedded: has("text", "url", "json", "string") || kinds.size === 0,
  };
}

function expandSecret(
  tree: ScalarTree,
  parts: readonly TextPart[],
  context: Expansion,
): ScalarTree {
  const { isMaterial } = fieldKind(context.nodes);
  const [part] = parts;
  if (part === undefined || parts.length > 1) throw embedded("of a secret");
  const secret = isMaterial ? materialOf(part, context.inputs) : secretOf(part, tree, context);
  // The text of a literal stays in its layer alone.
  return { ...tree, secret, value: secret.reference };
}

function secretOf(part: TextPart, tree: ScalarTree, context: Expansion): SecretRef {
  const literal = part.type === "text" ? part.text : secretDefaultOf(part.reference);
  const isPublic = context.nodes.some(
    (node) => literal !== undefined && node.isPublicLiteral(literal),
  );
  if (literal !== undefined && !isPublic) reportLiteral(part, tree, context);
  return part.type === "text" ? literalSecret(part.text) : handleOf(part, context.inputs);
}

function reportLiteral(
  { type }: TextPart,
  tree: ScalarTree,
  { segments, report }: Expansion,
): void {
  const message =
    type === "text"
      ? "a secret stands in the configuration itself"
      : "a secret stands in the configuration itself, as the default of a variable";
  const hint =
    type === "text"
      ? "write a reference such as ${secret:path}, ${env:NAME} or ${file:/path}"
      : "write ${env:NAME} without a default, or ${secret:path} or ${file:/path}";
  report({
    ...schemaFault({ code: "literal_secret", segments, message, hint, place: tree }),
    severity: "warning",
    kind: "field_validation",
  });
}

/** Text is the path of the file that has the content; so is what a variable expands to. */
function materialOf(part: TextPart, inputs: ExpansionInputs): SecretRef {
  if (part.type === "reference" && part.reference.kind !== "env") return handleOf(part, inputs);
  const path = part.type === "text" ? part.text : textOf(part.reference, inputs);
  requirePath(path);
  return inputs.materialFile(path);
}

function handleOf({ reference, text }: ReferencePart, inputs: ExpansionInputs): SecretRef {
  return inputs.handle(reference, text);
}

type ReferencePart = TextPart & { readonly type: "reference" };

function expandText(
  tree: ScalarTree,
  parts: readonly TextPart[],
  field: FieldKind,
  context: Expansion,
): ValueTree {
  const [part] = parts;
  if (parts.length === 1 && part?.type === "reference")
    return expandWhole(tree, part, field, context);
  for (const { reference } of parts.filter((p) => p.type === "reference")) {
    if (reference.kind === "secret" && !field.takesHandles) throw secretInIdentifier();
    if (reference.kind !== "env" || !field.takesEmbedded) throw embedded("here");
  }
  const texts = parts.map((p) =>
    p.type === "text" ? p.text : textOf(p.reference, context.inputs),
  );
  return { ...tree, value: texts.join("") };
}

function expandWhole(
  tree: ScalarTree,
  part: ReferencePart,
  field: FieldKind,
  context: Expansion,
): ValueTree {
  const { reference } = part;
  if (reference.kind === "secret") {
    if (!field.takesHandles) throw secretInIdentifier();
    return { ...tree, value: part.text, secret: handleOf(part, context.inputs) };
  }
  const text = textOf(reference, context.inputs);
  const value: Json = context.nodes[0]?.kind === "json" ? text : convertText(text, context.nodes);
  return toTree(value, tree);
}

/** The value at the place of the reference. */
function toTree(value: Json, tree: ScalarTree): ValueTree {
  const { at, span, source } = tree;
  if (Array.isArray(value)) {
    return {
      type: "array",
      items: value.map((item: Json) => toTree(item, tree)),
      at,
      span,
      source,
    };
  }
  if (!isJsonObject(value)) return { type: "scalar", value: value as JsonScalar, at, span, source }; // no array
  const members = Object.entries(value).map(
    ([name, member]) => [name, toTree(member, tree)] as const,
  );
  return { type: "object", entries: new Map(members), at, span, source };
}

type JsonScalar = ScalarTree["value"];

function textOf(reference: Reference, inputs: ExpansionInputs): string {
  if (reference.kind === "secret") throw embedded("among text");
  if (reference.kind === "file") {
    const text = inputs.file(reference.path);
    if (typeof text === "string") return text;
    throw text;
  }
  const text = inputs.variable(reference.name) || reference.default;
  if (text !== undefined) return text;
  throw new ConfigError("unset_variable", `the environment variable ${reference.name} is not set`, {
    hint: `write \${env:${reference.name}:-default} if it may be absent`,
  });
}

function embedded(where: string): ConfigError {
  return new ConfigError("embedded_reference", `a reference stands beside other text ${where}`, {
    hint: "a reference is the whole value here",
  });
}

function secretInIdentifier(): ConfigError {
  return new ConfigError(
    "secret_in_identifier",
    "a secret is referred to where a name is expected",
    {
      hint: "names appear in logs and metrics: use ${env:…}",
    },
  );
}

function misplacedSecret([node]: readonly SchemaNode[]): ConfigError {
  const kind = node?.kind ?? "value";
  return new ConfigError("secret_in_identifier", `a secret stands where ${kind} is expected`, {
    hint: "such values appear in logs and metrics: give them in a source that is no secret",
  });
}

function faultAt(tree: ScalarTree, { segments }: TreeContext, error: ConfigError): Fault {
  const { code, message, hint } = error;
  return {
    ...schemaFault({ code, segments, message, hint, place: tree }),
    kind: "field_validation",
  };
}

/**
 * The files whose text is part of the configuration: those behind `${file:…}` in text. What lies
 * behind a secret is none. In steps.
 */
export function* filesIn(
  tree: ValueTree,
  { nodes }: TreeContext,
): Generator<void, ReadonlySet<string>> {
  const files = new Set<string>();
  yield* addFilesIn(tree, nodes, files);
  return files;
}

function* addFilesIn(
  tree: ValueTree,
  nodes: readonly SchemaNode[],
  files: Set<string>,
): Generator<void, void> {
  if (tree.type === "scalar") return addFileIn(tree, nodes, files);
  const narrowed = narrowNodes(nodes, tree);
  let parts = 0;
  if (tree.type === "object") {
    for (const [name, value] of tree.entries) {
      if (value.source === DEFAULT_SOURCE) continue; // it is not expanded
      if (value.type === "scalar" && !mayLeadToFile(value)) continue;
      if (isStep(++parts)) yield;
      yield* addFilesIn(value, memberNodes(narrowed, name), files);
    }
    return;
  }
  const items = nodesBelow(narrowed, { type: "index", index: 0 }); // the same for all of them
  for (const item of tree.items) {
    if (item.type !== "scalar" && isStep(++parts)) yield;
    yield* addFilesIn(item, items, files);
  }
}

function mayLeadToFile({ value }: ScalarTree): boolean {
  return typeof value === "string" && value.startsWith("${file:");
}

function addFileIn(scalar: ScalarTree, nodes: readonly SchemaNode[], files: Set<string>): void {
  const { value } = scalar;
  if (typeof value !== "string" || !mayLeadToFile(scalar)) return;
  if (nodes.some(({ isSecret }) => isSecret)) return;
  const [, path] = /^\$\{file:(\/[^}\n]+)\}$/.exec(value) ?? [];
  if (path !== undefined) files.add(path);
}
