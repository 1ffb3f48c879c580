import { mergeTrees } from "../merge/merge-trees.ts";
import { prepareLayer } from "../merge/prepare-layer.ts";
import { settle, settleInSteps } from "../merge/settle.ts";
import type { Tree, TreeContext, ValueTree } from "../merge/tree.ts";
import type { LayerBelow } from "../sources/config-source.ts";
import { environmentLayer } from "../sources/environment/environment-layer.ts";
import type {
  EnvironmentContent,
  EnvironmentSource,
} from "../sources/environment/environment-source.ts";
import type { IgnoredVariable } from "../sources/environment/ignored-variables.ts";
import type { Layer } from "./candidate.ts";
import type { PreparedLayers } from "./prepared-layers.ts";
import type { SourceState } from "./source-state.ts";

export interface MergedStates {
  /** Strongest first. */
  readonly layers: readonly Layer[];
  readonly tree: ValueTree;
  readonly ignored: readonly IgnoredVariable[];
}

/** Merges what the sources delivered, weakest first, over the schema's defaults, in steps. */
export function* mergeStates(
  states: readonly SourceState[],
  context: TreeContext,
  prepared: PreparedLayers,
): Generator<void, MergedStates> {
  const layers: Layer[] = [];
  const ignored: IgnoredVariable[] = [];
  let merged: Tree | undefined;
  const add = (source: string, tree: Tree) => {
    layers.unshift({ source, tree });
    merged = mergeTrees(merged, tree, context);
  };
  for (const state of states.toReversed()) {
    for (const { id, tree } of layersBelow(state)) {
      add(id, yield* prepared.prepare(tree, id, context));
      yield;
    }
    for (const { source, tree } of storedLayers(state)) add(source, tree);
    const tree = yield* layerOf(state, { merged, context, ignored, prepared });
    yield;
    if (tree !== undefined) add(state.ranked.id, tree);
  }
  yield;
  return { layers, tree: (yield* settleInSteps(merged, context)) ?? emptyTree(), ignored };
}

/** Weakest first. */
function layersBelow({ content }: SourceState): readonly LayerBelow[] {
  const body = content?.body;
  return body?.type === "located" ? (body.content.below ?? []).toReversed() : [];
}

/** Weakest first. They were prepared when they were read. */
function storedLayers({ content }: SourceState): readonly Layer[] {
  return content?.body.type === "stored" ? content.body.layers.toReversed() : [];
}

interface Below {
  readonly merged: Tree | undefined;
  readonly context: TreeContext;
  readonly ignored: IgnoredVariable[];
  readonly prepared: PreparedLayers;
}

function* layerOf(
  { ranked, content }: SourceState,
  below: Below,
): Generator<void, Tree | undefined> {
  if (content === undefined) return undefined;
  const { body } = content;
  switch (body.type) {
    case "located":
      return yield* below.prepared.prepare(body.content.tree, ranked.id, below.context);
    case "overrides":
      return body.patches.reduce<Tree | undefined>((base, patch) => {
        return mergeTrees(base, prepareLayer(patch, ranked.id, below.context), below.context);
      }, body.base);
    case "environment":
      return ranked.supply.type === "environment"
        ? variablesLayer(ranked.supply.source, body.content, below)
        : undefined;
    case "stored":
      return undefined; // see storedLayers
  }
}

function variablesLayer(
  { prefix, options }: EnvironmentSource,
  content: EnvironmentContent,
  { merged, context, ignored }: Below,
): Tree {
  const quiet = { ...context, report: () => {} };
  const layer = environmentLayer(
    {
      ...content,
      prefix,
      serviceLinkGuard: options.serviceLinkGuard ?? true,
      below: content.variables.length === 0 ? undefined : settle(merged, quiet),
      layers: merged,
    },
    context,
  );
  ignored.push(...layer.ignored);
  return layer.tree;
}

/** Of a schema whose every field may be absent, without any layer. */
function emptyTree(): ValueTree {
  return { type: "object", entries: new Map(), at: { kind: "default" }, source: "default" };
}
