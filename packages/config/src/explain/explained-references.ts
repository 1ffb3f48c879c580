import { ConfigError } from "../errors.ts";
import type { Place } from "../merge/locate.ts";
import { DEFAULT_SOURCE, type ScalarTree } from "../merge/tree.ts";
import { parseReferences, type TextPart } from "../references/reference.ts";
import { shownReference } from "../references/secret-default.ts";
import type { SchemaNode } from "../schema/node.ts";
import type { SecretRef } from "../values/secret-ref.ts";
import type { ExplainedReference } from "./explanation.ts";

/**
 * The references that a value comes from. That of a secret is resolved once its value was read and
 * as long as it can be; text is resolved where it was expanded.
 */
export function referencesOf(
  { tree, context }: Pick<Place, "tree" | "context">,
  isResolved: (handle: SecretRef) => boolean,
): readonly ExplainedReference[] {
  if (tree === undefined) return [];
  if (tree.type === "scalar" && tree.secret !== undefined) {
    const { reference, secretVersion, kind } = tree.secret;
    if (kind === "literal") return [];
    return [{ reference, resolved: isResolved(tree.secret), secretVersion }];
  }
  if (tree.unexpanded !== undefined) {
    return toReferences(tree.unexpanded, { resolved: true, isSecret: false });
  }
  return tree.type === "scalar" ? asWritten(tree, context.nodes) : [];
}

/** In a document that is not loaded nothing is expanded. The schema's own text refers to nothing. */
function asWritten(
  { value, source }: ScalarTree,
  nodes: readonly SchemaNode[],
): readonly ExplainedReference[] {
  const isText = typeof value === "string" && source !== DEFAULT_SOURCE;
  if (!isText || !value.includes("${")) return [];
  return toReferences(value, { resolved: false, isSecret: nodes.some((node) => node.isSecret) });
}

function toReferences(
  text: string,
  { resolved, isSecret }: { readonly resolved: boolean; readonly isSecret: boolean },
): readonly ExplainedReference[] {
  return partsOf(text).flatMap((part) => {
    if (part.type === "text") return [];
    const reference = isSecret ? shownReference(part.reference, part.text) : part.text;
    return [{ reference, resolved }];
  });
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
