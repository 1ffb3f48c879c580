import type { Json } from "@llmcfg/core";
import { locate, segmentsOf } from "../../merge/locate.ts";
import type { ScalarTree, TreeContext, ValueTree } from "../../merge/tree.ts";
import { formatPointer, type PathSegment, parsePointer } from "../../paths/config-path.ts";
import type { SecretRef } from "../../values/secret-ref.ts";
import type { Fault } from "../fault.ts";
import type { SchemaIssue } from "./describe-issue.ts";
import type { ExternalSchema } from "./external-schema.ts";

export interface ExternalInput {
  /** The merged document with references expanded. Defaults in it are not looked at. */
  readonly tree: ValueTree;
  readonly context: TreeContext;
}

/** What schemas of the application's own find, whatever the secrets turn out to be. */
export function faultsBeforeSecrets(
  schemas: readonly ExternalSchema[],
  input: ExternalInput,
): readonly Fault[] {
  if (schemas.length === 0) return [];
  const pointers = unknownIn(input.tree, []);
  const documentWith = (unknownAt: (pointer: string) => string) => {
    return writtenDocument(input.tree, (scalar, steps) => {
      return isUnknown(scalar) ? unknownAt(formatPointer(steps)) : scalar.value;
    });
  };
  const issues = schemas.flatMap((schema) => schema.checkKnown(documentWith, pointers));
  return toFaults(issues, input);
}

/** What they find once all secrets are known. Messages quote the schemas alone. */
export function faultsOfSecrets(
  schemas: readonly ExternalSchema[],
  input: ExternalInput,
  materials: ReadonlyMap<SecretRef, string>,
): readonly Fault[] {
  const isKnown = (tree: ValueTree) =>
    allOf(tree).every((s) => !isUnknown(s) || materials.has(s.secret));
  if (schemas.length === 0 || !isKnown(input.tree)) return [];
  const document = writtenDocument(input.tree, (scalar) => {
    if (!isUnknown(scalar)) return scalar.value;
    return materials.get(scalar.secret) ?? scalar.value;
  });
  return toFaults(
    schemas.flatMap((schema) => schema.check(document)),
    input,
  );
}

type UnknownScalar = ScalarTree & { readonly secret: SecretRef };

/** A path that stands in a field of material is text, not a secret. */
function isUnknown(scalar: ScalarTree): scalar is UnknownScalar {
  const { secret } = scalar;
  return secret !== undefined && (secret.kind === "literal" || secret.reference.startsWith("${"));
}

function allOf(tree: ValueTree): readonly ScalarTree[] {
  if (tree.type === "scalar") return [tree];
  return [...(tree.type === "array" ? tree.items : tree.entries.values())].flatMap(allOf);
}

function unknownIn(tree: ValueTree, steps: readonly (string | number)[]): readonly string[] {
  if (tree.type === "scalar") return isUnknown(tree) ? [formatPointer(steps)] : [];
  const children = tree.type === "array" ? tree.items.entries() : tree.entries;
  return [...children].flatMap(([step, child]) => unknownIn(child, [...steps, step]));
}

/** The document without what only the schema's defaults, or derived ones, say. */
function writtenDocument(
  tree: ValueTree,
  textOf: (scalar: ScalarTree, steps: readonly (string | number)[]) => Json,
  steps: readonly (string | number)[] = [],
): Json {
  if (tree.type === "scalar") return textOf(tree, steps);
  if (tree.type === "array") {
    return tree.items.map((item, i) => writtenDocument(item, textOf, [...steps, i]));
  }
  const written = [...tree.entries].filter(([, { at }]) => at.kind !== "default");
  return Object.fromEntries(
    written.map(
      ([name, value]) => [name, writtenDocument(value, textOf, [...steps, name])] as const,
    ),
  );
}

const TEXT_KEYWORDS: ReadonlySet<string> = new Set([
  "pattern",
  "format",
  "minLength",
  "maxLength",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
]);

/** One fault for each place. */
function toFaults(issues: readonly SchemaIssue[], input: ExternalInput): readonly Fault[] {
  const byPointer = Map.groupBy(issues, ({ pointer }) => pointer);
  return [...byPointer].map(([pointer, found]): Fault => {
    const messages = new Set(found.map(({ message }) => message));
    const isOfField = found.every(({ keyword }) => TEXT_KEYWORDS.has(keyword));
    return {
      kind: isOfField ? "field_validation" : "schema_violation",
      severity: "error",
      code: "json_schema_violation",
      message: [...messages].join("; "),
      ...placeOf(pointer, input),
    };
  });
}

function placeOf(
  pointer: string,
  { tree, context }: ExternalInput,
): Pick<Fault, "segments" | "place"> {
  const steps = toSteps(parsePointer(pointer), tree);
  const segments = segmentsOf(tree, context, steps);
  const { nearest } = locate(tree, context, steps.map(toSegment)); // two items may have one key
  return { segments, place: nearest };
}

function toSegment(step: string | number): PathSegment {
  return typeof step === "number" ? { type: "index", index: step } : { type: "member", name: step };
}

/** Items are counted, members are named. */
function toSteps(names: readonly string[], root: ValueTree): readonly (string | number)[] {
  let tree: ValueTree | undefined = root;
  return names.map((name) => {
    const isItem = tree?.type === "array";
    const step = isItem ? Number(name) : name;
    if (tree?.type === "array") tree = tree.items[Number(name)];
    else tree = tree?.type === "object" ? tree.entries.get(name) : undefined;
    return step;
  });
}
