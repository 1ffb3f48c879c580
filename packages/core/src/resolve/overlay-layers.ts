/**
 * Lays the layers of one key over each other, before any reference is followed.
 *
 * @module
 */

import type { ItemVersion } from "../commit.ts";
import { isJsonObject, type Json } from "../json.ts";
import { type MergedLeaf, mergeLayers } from "../merge/merge-layers.ts";
import type { Layer, LayerOutcome, LayerState, Layers, LeafOutcome } from "./layers.ts";

/** What the layers of a key give together, and what became of each. */
export interface Overlay {
  /** The strongest live item; `undefined` where there is none or a mask is above it. */
  readonly winner: ItemVersion | undefined;
  /** Of the winner and the items that gave leaves, the one with the highest revision. */
  readonly newest: ItemVersion | undefined;
  /** `undefined` where there is no winner, and where its plaintext is not at hand. */
  readonly value: Json | undefined;
  /** Whether leaves of more than one layer are in the value. */
  readonly isMerged: boolean;
  /** Whether a layer below the winner gave a leaf, so that the value is not the winner's alone. */
  readonly isComposed: boolean;
  readonly layers: readonly LayerOutcome[];
  /** Of objects merged from more than one layer; else empty. Sorted by pointer. */
  readonly leaves: readonly LeafOutcome[];
}

/** @param layers weakest first */
export function overlayLayers(layers: Layers): Overlay {
  const said = layers.filter(saysSomething);
  const top = said.at(-1);
  if (top === undefined || top.item.state === "masked") return nothingEffective(layers);

  const taken = takeMergeable(said);
  const { value, leaves } = mergeTaken(taken, top);
  const givers = new Set(leaves.map(({ layer }) => layer));
  const contributors = taken.filter((layer) => layer === top || givers.has(layer.env));
  return {
    winner: top.item,
    newest: newestOf(contributors),
    value,
    isMerged: givers.size > 1,
    isComposed: leaves.some(({ layer }) => layer !== top.env),
    layers: layers.map((layer) => outcomeOf(layer, layer.env === top.env, givers.has(layer.env))),
    leaves: leaves.map((leaf) => toLeafOutcome(leaf, taken)),
  };
}

/** A layer that holds an item, live or a mask. */
interface Said extends Layer {
  readonly item: ItemVersion;
}

function saysSomething(layer: Layer): layer is Said {
  return layer.item !== undefined && layer.item.state !== "deleted";
}

function nothingEffective(layers: Layers): Overlay {
  return {
    winner: undefined,
    newest: undefined,
    value: undefined,
    isMerged: false,
    isComposed: false,
    layers: layers.map((layer) => outcomeOf(layer, false, false)),
    leaves: [],
  };
}

/** The winner, preceded by the layers whose objects show through it; weakest first. */
function takeMergeable(said: readonly Said[]): readonly Said[] {
  const taken: Said[] = [];
  for (const layer of said.toReversed()) {
    if (taken.length > 0 && !isMergeable(layer)) break;
    taken.push(layer);
    if (!isMergeable(layer) || layer.item.mergeMode === "replace") break;
  }
  return taken.toReversed();
}

/** A sensitive object never merges: whoever merges may not have its plaintext. */
function isMergeable({ item, value }: Said): boolean {
  return item.state === "live" && !item.sensitive && isJsonObject(value);
}

function mergeTaken(
  taken: readonly Said[],
  top: Said,
): { readonly value: Json | undefined; readonly leaves: readonly MergedLeaf[] } {
  if (taken.length < 2) return { value: top.value, leaves: [] };
  const given = taken.flatMap(({ env, value }) =>
    value === undefined ? [] : [{ name: env, value }],
  );
  return mergeLayers(given);
}

/** Of items written together the stronger one. */
function newestOf(contributors: readonly Said[]): ItemVersion | undefined {
  return contributors
    .map(({ item }) => item)
    .reduce((newest, item) => (item.revision >= newest.revision ? item : newest));
}

function outcomeOf(layer: Layer, isWinner: boolean, gaveLeaf: boolean): LayerOutcome {
  if (!saysSomething(layer)) {
    return { env: layer.env, state: "absent", item: undefined, value: undefined };
  }
  return {
    env: layer.env,
    state: stateOf(layer, isWinner, gaveLeaf),
    item: layer.item,
    value: layer.value,
  };
}

function stateOf({ item }: Said, isWinner: boolean, gaveLeaf: boolean): LayerState {
  if (item.state === "masked") return "mask";
  if (isWinner) return "winner";
  return gaveLeaf ? "partial" : "shadowed";
}

function toLeafOutcome(leaf: MergedLeaf, taken: readonly Said[]): LeafOutcome {
  const giver = taken.find(({ env }) => env === leaf.layer);
  return { ...leaf, version: giver?.item.version ?? 0 };
}
