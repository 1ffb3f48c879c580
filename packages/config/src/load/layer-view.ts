import { canonicalize, type Json } from "@llmcfg/core";
import type { PatchTree, Tree, TreeContext } from "../merge/tree.ts";
import { narrow, stepInto, stepIntoMember } from "../merge/tree-context.ts";
import { shownSecretText } from "../references/secret-default.ts";
import type { LayerView } from "../schema/config-schema.ts";
import type { SchemaNode } from "../schema/node.ts";
import { contentHash } from "../sources/content-hash.ts";
import type { Layer } from "./candidate.ts";

/** A layer as checks see it. What it says is made into a document when that is asked for, as far as it is. */
export function viewLayer({ source, tree }: Layer, root: SchemaNode): LayerView {
  const context: TreeContext = { segments: [], nodes: [root], report: () => {} };
  return {
    source,
    get document() {
      return render(tree, context, { informational: true }) ?? null;
    },
    at: (...names) => renderAt(tree, context, names),
    get checksum() {
      return contentHash(canonicalize(render(tree, context, { informational: false }) ?? null));
    },
  };
}

interface Rendering {
  /** Whether fields that count neither in diffs nor in checksums are there. */
  readonly informational: boolean;
}

function renderAt(
  tree: Tree,
  context: TreeContext,
  [name, ...below]: readonly string[],
): Json | undefined {
  if (name === undefined) return render(tree, context, { informational: true });
  const member = tree.type === "object" ? tree.entries.get(name) : undefined;
  return member && renderAt(member, stepIntoMember(narrow(context, tree), name), below);
}

/** The tree as it could be written; nothing for what is left out. */
function render(tree: Tree, context: TreeContext, rendering: Rendering): Json | undefined {
  const isLeftOut = context.nodes.some(({ notes }) => notes.informational === true);
  if (isLeftOut && !rendering.informational) return undefined;
  const value = renderValue(tree, narrow(context, tree), rendering);
  return tree.ignores === "all" ? { $replace: value } : value;
}

function renderValue(tree: Tree, context: TreeContext, rendering: Rendering): Json {
  switch (tree.type) {
    case "unset":
      return { $unset: true };
    case "scalar":
      return renderScalar(tree, context);
    case "array":
      return renderItems(tree.items, context, rendering);
    case "patch":
      return renderPatch(tree, context, rendering);
    case "object": {
      const unset = [...tree.entries].flatMap(([name, member]) =>
        member.ignores === "layers" ? [name] : [],
      );
      const members = renderMembers(
        tree.entries,
        (name) => stepIntoMember(context, name),
        rendering,
      );
      return unset.length === 0 ? members : { $unset: unset, ...members };
    }
  }
}

function renderMembers(
  entries: ReadonlyMap<string, Tree>,
  contextOf: (name: string) => TreeContext,
  rendering: Rendering,
): Record<string, Json> {
  const members = [...entries].flatMap(([name, member]) => {
    const value = render(member, contextOf(name), rendering);
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(members);
}

function renderItems(items: readonly Tree[], context: TreeContext, rendering: Rendering): Json {
  const item = stepInto(context, { type: "index", index: 0 });
  return items.map((value) => render(value, item, rendering) ?? null);
}

/** Several steps are those of one source that is several layers: they follow each other. */
function renderPatch({ steps }: PatchTree, context: TreeContext, rendering: Rendering): Json {
  const item = stepInto(context, { type: "index", index: 0 });
  const operators = steps.map(({ unset, merge, mergeAt = new Map(), prepend, append }) => {
    const places = [...mergeAt].map(([place, tree]) => [`[${place}]`, tree] as const);
    return {
      $unset: unset.map((removed) => removed.item),
      $merge: renderMembers(new Map([...merge, ...places]), () => item, rendering),
      $prepend: renderItems(prepend, context, rendering),
      $append: renderItems(append, context, rendering),
    };
  });
  const [only] = operators;
  return operators.length === 1 && only !== undefined ? only : operators;
}

/** What stands in a field of secrets is shown only if it is a reference, without its default. */
function renderScalar(tree: Tree & { readonly type: "scalar" }, { nodes }: TreeContext): Json {
  const { value, secret } = tree;
  if (secret !== undefined) return secret.kind === "literal" ? "[redacted]" : secret.reference;
  const isSecret = nodes.some(({ kind }) => kind === "secret");
  return isSecret && typeof value === "string" ? (shownSecretText(value) ?? "[redacted]") : value;
}
