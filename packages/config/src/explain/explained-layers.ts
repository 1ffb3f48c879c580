import { plainPosition } from "../formats/text-position.ts";
import type { SourceState } from "../load/source-state.ts";
import { locate, type Place } from "../merge/locate.ts";
import { DEFAULT_SOURCE, type TreeContext, type ValueTree } from "../merge/tree.ts";
import { treeJson } from "../merge/tree-json.ts";
import { formatConfigPath } from "../paths/config-path.ts";
import type { ConfigPath } from "../schema/config-types.ts";
import { defaultsOf } from "../schema/defaults.ts";
import type { ExplainInput } from "./explain.ts";
import type { ExplainedLayer } from "./explanation.ts";
import { type LayerSaying, sayingAt, shownSaying } from "./layer-value.ts";

/** What the layers of a configuration say about its places. */
export type LayersInput = Pick<ExplainInput<unknown>, "layers" | "states" | "tree" | "held">;

/** The layers that speak about a place, strongest first, and why each of them won or lost. */
export function layersOf(
  place: Place,
  input: LayersInput,
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

/** The source and what ranks directly below it, strongest first. */
function sourcesOf({ ranked, content }: SourceState): readonly string[] {
  const body = content?.body;
  if (body?.type === "stored") return body.layers.map(({ source }) => source);
  const below = body?.type === "located" ? (body.content.below ?? []) : [];
  return [ranked.id, ...below.map(({ id }) => id)];
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
