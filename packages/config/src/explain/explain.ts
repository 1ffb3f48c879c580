import { equalJson, type Json } from "@llmcfg/core";
import { plainPosition } from "../formats/file-position.ts";
import type { Layer } from "../load/candidate.ts";
import type { SourceState } from "../load/source-state.ts";
import { locate, type Place, segmentsOf } from "../merge/locate.ts";
import { DEFAULT_SOURCE, type TreeContext, type ValueTree } from "../merge/tree.ts";
import { treeJson } from "../merge/tree-json.ts";
import { formatConfigPath, type PathSegment, parseConfigPath } from "../paths/config-path.ts";
import { parseReferences } from "../references/reference.ts";
import type { ConfigPath } from "../schema/config-types.ts";
import { defaultsOf } from "../schema/defaults.ts";
import type { DefinedSchema } from "../schema/define-schema.ts";
import type { IgnoredVariable } from "../sources/environment/environment-layer.ts";
import type { ExplainedLayer, ExplainedReference, Explanation, NearMiss } from "./explanation.ts";
import { formatExplanation } from "./format-explanation.ts";
import { type LayerSaying, sayingAt, shownSaying, shownValue } from "./layer-value.ts";
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
  readonly acceptedIn?: Explanation["acceptedIn"];
  /** By source: why its content is not the newest. */
  readonly held?: ReadonlyMap<string, string> | undefined;
  /** What else is known to have been refused. */
  readonly nearMisses?: readonly NearMiss[] | undefined;
}

/**
 * Why the value at a place is what it is: all layers that speak about it and the winner, the
 * references in it, what was ignored. Works on objects and lists too, and on places without value.
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
  const explained = {
    path: canonical,
    found: tree !== undefined,
    value,
    field: input.schema.field(canonical),
    layers: layersOf(place, input, context),
    references: referencesOf(tree),
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

/** The source and what ranks directly below it, strongest first. */
function sourcesOf({ ranked, content }: SourceState): readonly string[] {
  const body = content?.body;
  if (body?.type === "stored") return body.layers.map(({ source }) => source);
  const below = body?.type === "located" ? (body.content.below ?? []) : [];
  return [ranked.id, ...below.map(({ id }) => id)];
}

function isSame(a: Json | undefined, b: Json | undefined): boolean {
  return a === undefined || b === undefined ? a === b : equalJson(a, b);
}

function layersOf<T>(
  place: Place,
  input: ExplainInput<T>,
  context: TreeContext,
): readonly ExplainedLayer[] {
  const { segments } = place.context;
  const order = input.states.flatMap(sourcesOf);
  let rank = 0; // two files may include the same one: layers have the order of `order`
  const all = input.layers.flatMap(({ source, tree }) => {
    rank = order.indexOf(source, rank) + 1;
    const saying = sayingAt(tree, context, segments);
    return saying.state === "absent" ? [] : [{ source, rank, saying }];
  });
  const weakest = all.findLastIndex(({ saying }) => saying.state === "value");
  const sayings = all.filter(({ saying }, i) => saying.isReplaced !== true || i < weakest);
  const byDefault = defaultLayer(place, order.length + 1);
  const winner = winnerOf(
    place,
    sayings.filter(({ saying }) => saying.state === "value"),
  );
  const strongest = sayings.find(({ source }) => source === winner);
  let covering: Saying | undefined; // what hides all that is weaker
  const explained = sayings.map((given): ExplainedLayer => {
    const { source, rank: ownRank, saying } = given;
    const { state, tree, operator, context: at } = saying;
    const wins = given === strongest;
    const held = input.held?.get(source);
    const reason = held ?? reasonOf(state, { wins, winner, covering, place });
    if (isCovering(saying)) covering ??= saying;
    return {
      source,
      rank: ownRank,
      state: held === undefined ? state : "held",
      ...(state === "value" ? { value: shownSaying(tree, at) } : {}),
      ...(operator === undefined ? {} : { operator }),
      position: plainPosition(tree.at),
      wins,
      reason,
    };
  });
  if (byDefault === undefined) return explained;
  const wins = winner === DEFAULT_SOURCE;
  if (covering?.operator === "$unset") covering = undefined; // so that the default shows
  const reason = reasonOf(
    "value",
    { wins, winner, covering, place },
    absentIn(place, input.tree, context),
  );
  return [...explained, { ...byDefault, wins, reason }];
}

type Saying = Extract<LayerSaying, { readonly tree: unknown }>;

/** Whether nothing of weaker layers shows through. */
function isCovering({ operator, tree: { type } }: Saying): boolean {
  if (operator === "$replace" || operator === "$unset") return true;
  return type !== "object" && type !== "patch";
}

/** A leaf is from one layer; of an object or list the strongest that speaks about it. */
function winnerOf(
  { tree }: Place,
  sayings: readonly { readonly source: string }[],
): string | undefined {
  if (tree === undefined) return undefined;
  if (tree.type === "scalar") return tree.source;
  return sayings[0]?.source ?? DEFAULT_SOURCE;
}

interface Outcome {
  readonly wins: boolean;
  /** Nothing where there is no value. */
  readonly winner: string | undefined;
  /** The strongest layer so far that hides what is weaker. */
  readonly covering: Saying | undefined;
  readonly place: Place;
}

function reasonOf(
  state: "value" | "unset",
  { wins, winner, covering, place: { tree } }: Outcome,
  absent?: ConfigPath,
): string {
  if (wins && winner === DEFAULT_SOURCE) return "no layer gives a value";
  if (wins) return "the strongest layer with a value";
  if (state === "unset") return "removes what weaker layers give";
  if (winner === undefined) {
    return absent === undefined
      ? "it is removed by a stronger layer"
      : `it applies where ${absent} is given`;
  }
  if (covering !== undefined || tree?.type === "scalar") return `lost: ${winner} outranks it`;
  return tree?.type === "array"
    ? "stronger layers change it by operators"
    : "it shows where no stronger layer gives a member";
}

/** The outermost place around one without value that has none either, unless a layer removed it. */
function absentIn(
  { context, tree }: Place,
  root: ValueTree,
  top: TreeContext,
): ConfigPath | undefined {
  if (tree !== undefined) return undefined;
  const { segments } = context;
  for (let length = 1; length < segments.length; length++) {
    const around = locate(root, top, segments.slice(0, length));
    const isThere = around.tree !== undefined && around.tree.type !== "scalar";
    if (!isThere) return formatConfigPath(around.context.segments);
  }
  return undefined;
}

function defaultLayer(
  { tree, context }: Place,
  rank: number,
): Omit<ExplainedLayer, "wins" | "reason"> | undefined {
  if (tree?.source === DEFAULT_SOURCE) {
    return {
      source: DEFAULT_SOURCE,
      rank,
      state: "value",
      value: treeJson(tree),
      position: plainPosition(tree.at),
    };
  }
  const node = context.nodes.find((candidate) => candidate.default !== undefined);
  const value = node === undefined ? undefined : defaultsOf(node);
  if (value === undefined) return undefined;
  return { source: DEFAULT_SOURCE, rank, state: "value", value, position: { kind: "default" } };
}

function referencesOf(tree: ValueTree | undefined): readonly ExplainedReference[] {
  if (tree === undefined) return [];
  if (tree.type === "scalar" && tree.secret !== undefined) {
    const { reference, secretVersion, kind } = tree.secret;
    return kind === "literal" ? [] : [{ reference, resolved: true, secretVersion }];
  }
  if (tree.unexpanded === undefined) return [];
  const parts = parseReferences(tree.unexpanded);
  return parts.flatMap((part) =>
    part.type === "reference" ? [{ reference: part.text, resolved: true }] : [],
  );
}
