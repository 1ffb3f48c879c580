import type { ListStep, ScalarTree, Tree, TreeContext } from "../merge/tree.ts";
import { itemSegment, keyOf } from "../merge/tree.ts";
import { narrow, stepInto, stepIntoMember } from "../merge/tree-context.ts";
import { formatConfigPath, type PathSegment } from "../paths/config-path.ts";
import { secretDefaultOf, wholeReference, withoutDefault } from "../references/secret-default.ts";
import type { ConfigPath } from "../schema/config-types.ts";
import { readQuietly } from "../values/secret-handle.ts";
import type { StoredStep, StoredTree } from "./stored-tree.ts";

export interface StoreTreeOptions {
  /** Whether what is stored will be sealed: else literal secrets must not be in it. */
  readonly isSealed: boolean;
}

export interface StoreTreeResult {
  readonly tree: StoredTree;
  /** Where literal secrets were left out. */
  readonly omitted: readonly ConfigPath[];
}

/**
 * A layer as it may lie on disk: references as they were written. A literal secret is kept only in
 * what will be sealed; elsewhere its place counts as unset, so that no weaker layer's value shows
 * there, and a variable whose default it is stands there without that default. Keys that the schema
 * does not know are left out with it: they may hold anything.
 *
 * @param context of the root, as the layer was prepared with
 */
export async function storeTree(
  tree: Tree,
  context: TreeContext,
  { isSealed }: StoreTreeOptions,
): Promise<StoreTreeResult> {
  const writer = new TreeWriter(isSealed);
  return { tree: await writer.write(tree, context), omitted: writer.omitted };
}

class TreeWriter {
  readonly omitted: ConfigPath[] = [];
  readonly #isSealed: boolean;

  constructor(isSealed: boolean) {
    this.#isSealed = isSealed;
  }

  async write(tree: Tree, outer: TreeContext): Promise<StoredTree> {
    const context = narrow(outer, tree);
    const { at, ignores } = tree;
    const about = { at, ...(ignores === undefined ? {} : { ignores }) };
    switch (tree.type) {
      case "scalar":
        return await this.#scalar(tree, context);
      case "object":
        return { type: "object", entries: await this.#members(tree.entries, context), ...about };
      case "array":
        return { type: "array", items: await this.#items(tree.items, context), ...about };
      case "unset":
        return { type: "unset", ...about };
      case "patch": {
        const steps: StoredStep[] = [];
        for (const step of tree.steps) steps.push(await this.#step(step, context));
        return { type: "patch", steps, ...about };
      }
    }
  }

  async #members(
    entries: ReadonlyMap<string, Tree>,
    context: TreeContext,
  ): Promise<readonly (readonly [string, StoredTree])[]> {
    const stored: (readonly [string, StoredTree])[] = [];
    for (const [name, value] of entries) {
      const child = stepIntoMember(context, name);
      if (!this.#isSealed && child.nodes.length === 0) continue;
      stored.push([name, await this.write(value, child)]);
    }
    return stored;
  }

  /** A literal that stands in a list by itself goes without a trace: a list has no holes. */
  async #items(items: readonly Tree[], context: TreeContext): Promise<readonly StoredTree[]> {
    const key = keyOf(context.nodes);
    const stored: StoredTree[] = [];
    for (const [index, item] of items.entries()) {
      const kept = await this.write(item, stepInto(context, itemSegment(item, index, key)));
      if (kept.type !== "unset") stored.push(kept);
    }
    return stored;
  }

  async #step(step: ListStep, context: TreeContext): Promise<StoredStep> {
    const patched = async <K>(
      patches: Iterable<readonly [K, Tree]>,
      segment: (key: K) => PathSegment,
    ) => {
      const stored: (readonly [K, StoredTree])[] = [];
      for (const [key, patch] of patches)
        stored.push([key, await this.write(patch, stepInto(context, segment(key)))]);
      return stored;
    };
    const { at, unset, mergeAt } = step;
    const merge = await patched(step.merge, (key) => ({ type: "item", key }));
    const places = await patched(mergeAt ?? [], (index) => ({ type: "index", index }));
    const prepend = await this.#items(step.prepend, context);
    const append = await this.#items(step.append, context);
    return { at, unset, merge, mergeAt: places, prepend, append };
  }

  async #scalar(scalar: ScalarTree, context: TreeContext): Promise<StoredTree> {
    const { at, value, lexeme, secret, ignores } = scalar;
    const about = { at, ...(ignores === undefined ? {} : { ignores }) };
    const number = lexeme === undefined ? {} : { lexeme };
    if (!isLiteralSecret(scalar, context)) return { type: "scalar", value, ...number, ...about };
    if (!this.#isSealed) {
      this.omitted.push(formatConfigPath(context.segments));
      const rest = referenceIn(value);
      return rest === undefined ? { type: "unset", at } : { type: "scalar", value: rest, ...about };
    }
    if (secret === undefined) return { type: "scalar", value, ...about };
    return { type: "scalar", value, secret: await readQuietly(secret), ...about };
  }
}

/** A handle of a literal, or text in a field for secrets that is no reference. */
function isLiteralSecret({ secret, value }: ScalarTree, { nodes }: TreeContext): boolean {
  if (secret !== undefined) return secret.kind === "literal";
  if (nodes.length === 0) return true;
  if (typeof value !== "string" || !nodes.some(({ kind }) => kind === "secret")) return false;
  const whole = wholeReference(value);
  const literal = whole === undefined ? value : secretDefaultOf(whole.reference);
  return literal !== undefined && !nodes.some((node) => node.isPublicLiteral(literal));
}

/** What is left of a reference to a variable where its default must not be kept. */
function referenceIn(value: ScalarTree["value"]): string | undefined {
  const whole = typeof value === "string" ? wholeReference(value) : undefined;
  return whole === undefined ? undefined : withoutDefault(whole.reference, whole.text);
}
