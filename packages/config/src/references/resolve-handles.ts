import { Semaphore } from "../concurrency.ts";
import { ConfigError } from "../errors.ts";
import {
  DEFAULT_SOURCE,
  itemSegment,
  keyOf,
  type ScalarTree,
  type TreeContext,
  type ValueTree,
} from "../merge/tree.ts";
import { narrowNodes } from "../merge/tree-context.ts";
import { formatConfigPath, type PathSegment } from "../paths/config-path.ts";
import type { MaterialCheck } from "../schema/annotations.ts";
import { nodesBelow } from "../schema/navigate.ts";
import type { SchemaNode } from "../schema/node.ts";
import type { Fault } from "../validate/fault.ts";
import { readQuietly } from "../values/secret-handle.ts";
import type { SecretRef } from "../values/secret-ref.ts";

/** A handle where it stands in the configuration. */
export interface HandleUse {
  readonly segments: readonly PathSegment[];
  readonly handle: SecretRef;
  readonly tree: ScalarTree;
  /** The rule of the field, for what the handle resolves to. */
  readonly check: MaterialCheck | undefined;
  /** Whether the file behind it is watched, if there is one. */
  readonly isWatched: boolean;
}

/** Every handle of a configuration, in the order of the document. */
export function handlesIn(
  tree: ValueTree,
  { segments, nodes }: Pick<TreeContext, "segments" | "nodes">,
): readonly HandleUse[] {
  const uses: HandleUse[] = [];
  addHandlesIn(tree, { segments: [...segments], nodes, uses });
  return uses;
}

interface HandleSearch {
  /** Of the place that is looked at: one list for all of them. */
  readonly segments: PathSegment[];
  readonly nodes: readonly SchemaNode[];
  readonly uses: HandleUse[];
}

function addHandlesIn(tree: ValueTree, { segments, nodes, uses }: HandleSearch): void {
  if (tree.type === "scalar") {
    const { secret: handle } = tree;
    if (handle === undefined) return;
    const check = nodes.find((node) => node.materialCheck !== undefined)?.materialCheck;
    const isWatched = nodes.every(({ notes }) => notes.watch !== false);
    uses.push({ segments: [...segments], handle, tree, check, isWatched });
    return;
  }
  const narrowed = narrowNodes(nodes, tree);
  const look = (child: ValueTree, segment: PathSegment) => {
    segments.push(segment);
    addHandlesIn(child, { segments, nodes: nodesBelow(narrowed, segment), uses });
    segments.pop();
  };
  if (tree.type === "array") {
    const key = keyOf(narrowed);
    for (const [index, item] of tree.items.entries()) look(item, itemSegment(item, index, key));
    return;
  }
  for (const [name, value] of tree.entries) {
    if (value.source === DEFAULT_SOURCE) continue; // the schema's own text
    if (value.type !== "scalar" || value.secret !== undefined)
      look(value, { type: "member", name });
  }
}

export interface ResolveHandlesOptions {
  /** Asks the backends again instead of their caches. */
  readonly refresh: boolean;
  /** How many are resolved at the same time. */
  readonly maxConcurrency: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Resolves each distinct handle once and checks what it stands for by the rules of the fields it is
 * used in. All faults are found; they name path, reference and rule, never a value.
 */
export async function resolveHandles(
  uses: readonly HandleUse[],
  options: ResolveHandlesOptions,
): Promise<readonly Fault[]> {
  const limit = new Semaphore(options.maxConcurrency);
  const byHandle = Map.groupBy(uses, ({ handle }) => handle);
  const resolved = await Promise.all(
    [...byHandle].map(([handle, of]) => limit.run(() => resolveOne(handle, of, options))),
  );
  return resolved.flat();
}

async function resolveOne(
  handle: SecretRef,
  uses: readonly HandleUse[],
  { refresh, signal }: Omit<ResolveHandlesOptions, "maxConcurrency">,
): Promise<readonly Fault[]> {
  try {
    const material = await readQuietly(handle, {
      refresh,
      ...(signal === undefined ? {} : { signal }),
    });
    return uses.flatMap((use) => {
      const fault = use.check?.(material);
      return fault === undefined
        ? []
        : [
            faultOf(
              use,
              "invalid_secret",
              `what ${handle.reference} stands for is not right: ${fault}`,
            ),
          ];
    });
  } catch (error) {
    signal?.throwIfAborted();
    const because =
      error instanceof ConfigError ? error.message : `${handle.reference} cannot be resolved`;
    const about = isUnreachable(error) ? { isUnreachable: true as const } : {};
    return uses.map((use) => faultOf(use, "secret_unavailable", because, about));
  }
}

/** Whether a backend that did not answer is at the bottom of it. */
function isUnreachable(error: unknown): boolean {
  if (!(error instanceof ConfigError)) return false;
  return error.code === "backend_unreachable" || isUnreachable(error.cause);
}

function faultOf(
  { segments, tree, handle }: HandleUse,
  code: string,
  message: string,
  about: { readonly isUnreachable?: true } = {},
): Fault {
  return {
    kind: "cross_field_validation",
    severity: "error",
    code,
    segments,
    message,
    place: tree,
    result: {
      type: "invalid_secret_reference",
      path: formatConfigPath(segments),
      reference: handle.reference,
      ...about,
    },
  };
}
