import { ConfigError } from "../errors.ts";
import { DEFAULT_SOURCE, type ScalarTree, type ValueTree } from "../merge/tree.ts";
import { parseReferences, type TextPart } from "../references/reference.ts";
import type { ExplainedReference } from "./explanation.ts";

/**
 * The references that a value comes from. That of a secret is resolved once its value was read and
 * as long as it can be; text is resolved where it was expanded.
 *
 * @param isResolved of the secret with this reference
 */
export function referencesOf(
  tree: ValueTree | undefined,
  isResolved: (reference: string) => boolean,
): readonly ExplainedReference[] {
  if (tree === undefined) return [];
  if (tree.type === "scalar" && tree.secret !== undefined) {
    const { reference, secretVersion, kind } = tree.secret;
    if (kind === "literal") return [];
    return [{ reference, resolved: isResolved(reference), secretVersion }];
  }
  if (tree.unexpanded !== undefined) return toReferences(tree.unexpanded, true);
  return tree.type === "scalar" ? asWritten(tree) : [];
}

/** In a document that is not loaded nothing is expanded. The schema's own text refers to nothing. */
function asWritten({ value, source }: ScalarTree): readonly ExplainedReference[] {
  const isText = typeof value === "string" && source !== DEFAULT_SOURCE;
  return isText && value.includes("${") ? toReferences(value, false) : [];
}

function toReferences(text: string, resolved: boolean): readonly ExplainedReference[] {
  return partsOf(text).flatMap((part) =>
    part.type === "reference" ? [{ reference: part.text, resolved }] : [],
  );
}

/** What is malformed refers to nothing; the finding about it says so. */
function partsOf(text: string): readonly TextPart[] {
  try {
    return parseReferences(text);
  } catch (error) {
    if (error instanceof ConfigError) return [];
    throw error;
  }
}
