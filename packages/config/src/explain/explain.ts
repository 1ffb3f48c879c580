import { equalJson, type Json } from "@llmcfg/core";
import type { Layer } from "../load/candidate.ts";
import type { SourceState } from "../load/source-state.ts";
import { locate, type Place, segmentsOf } from "../merge/locate.ts";
import { DEFAULT_SOURCE, type TreeContext, type ValueTree } from "../merge/tree.ts";
import { formatConfigPath, type PathSegment, parseConfigPath } from "../paths/config-path.ts";
import type { ConfigPath } from "../schema/config-types.ts";
import type { DefinedSchema } from "../schema/define-schema.ts";
import type { IgnoredVariable } from "../sources/environment/ignored-variables.ts";
import type { SecretRef } from "../values/secret-ref.ts";
import { layersOf } from "./explained-layers.ts";
import { leavesBelow } from "./explained-leaves.ts";
import { referencesOf } from "./explained-references.ts";
import type { Explanation, NearMiss } from "./explanation.ts";
import { formatExplanation } from "./format-explanation.ts";
import { shownValue } from "./layer-value.ts";
import { missingItem } from "./missing-item.ts";
import { nearMissesOf } from "./near-misses.ts";

/** What an explanation is made from. */
export interface ExplainInput<T> {
  readonly schema: DefinedSchema<T>;
  readonly tree: ValueTree;
  /** Strongest first. */
  readonly layers: readonly Layer[];
  readonly states: readonly SourceState[];
  readonly ignored: readonly IgnoredVariable[];
  readonly envPrefix: string | undefined;
  /** The value that runs, in document form, if it may be another one. */
  readonly running?: { readonly value: Json | undefined } | undefined;
  /** Whether the value of the secret was read, and could be at the last try. */
  readonly isResolved: (handle: SecretRef) => boolean;
  readonly acceptedIn?: Explanation["acceptedIn"];
  /** By source: why its content is not the newest. */
  readonly held?: ReadonlyMap<string, string> | undefined;
  /** What else is known to have been refused. */
  readonly nearMisses?: readonly NearMiss[] | undefined;
}

/**
 * Why the value at a place is what it is: all layers that speak about it and the winner, the
 * references in it, what was ignored. Works on objects and lists too, leaf by leaf, and on places
 * without value.
 *
 * @throws {ConfigError} `malformed_path`
 */
export function explain<T>(path: ConfigPath, input: ExplainInput<T>): Explanation {
  const context: TreeContext = { segments: [], nodes: [input.schema.node], report: () => {} };
  const place = placeOf(parseConfigPath(path), input, context);
  const { tree } = place;
  const { segments } = place.context;
  const canonical = formatConfigPath(segments);
  const missing = missingItem(segments, input.tree, context);
  const value = tree === undefined ? undefined : shownValue(tree, place.context);
  const running = runningOf(input, value);
  const { leaves, omitted: moreLeaves } = leavesBelow(place, input, context);
  const explained = {
    path: canonical,
    found: tree !== undefined,
    value,
    field: input.schema.field(canonical),
    layers: layersOf(place, input, context),
    leaves,
    moreLeaves,
    references: referencesOf(place, input.isResolved),
    nearMisses: nearMissesOf({ asked: path, missing, context }, place, input),
    running,
    acceptedIn: input.acceptedIn,
  };
  return { ...explained, format: (options) => formatExplanation(explained, options) };
}

/** The place under its canonical path: items by their keys, aliases by their names. */
function placeOf<T>(
  segments: readonly PathSegment[],
  { tree }: ExplainInput<T>,
  context: TreeContext,
): Place {
  const named = withoutAliases(segments, context);
  const { steps, tree: found } = locate(tree, context, named);
  const canonical = found === undefined ? named : segmentsOf(tree, context, steps);
  return locate(tree, context, canonical);
}

function withoutAliases(
  segments: readonly PathSegment[],
  root: TreeContext,
): readonly PathSegment[] {
  const named: PathSegment[] = [];
  for (const segment of segments) {
    const { nodes } = locateNodes(root, named);
    const alias = segment.type === "member" ? segment.name : undefined;
    const holder = nodes.find((node) => alias !== undefined && node.aliases.has(alias));
    const name = alias === undefined ? undefined : holder?.aliases.get(alias);
    named.push(name === undefined ? segment : { type: "member", name });
  }
  return named;
}

function locateNodes(root: TreeContext, segments: readonly PathSegment[]): TreeContext {
  const empty: ValueTree = {
    type: "scalar",
    value: null,
    at: { kind: "default" },
    source: DEFAULT_SOURCE,
  };
  return locate(empty, root, segments).context;
}

function runningOf<T>(
  { running }: ExplainInput<T>,
  value: Json | undefined,
): Explanation["running"] {
  if (running === undefined || isSame(running.value, value)) return { differs: false };
  return running.value === undefined ? { differs: true } : { differs: true, value: running.value };
}

function isSame(a: Json | undefined, b: Json | undefined): boolean {
  return a === undefined || b === undefined ? a === b : equalJson(a, b);
}
