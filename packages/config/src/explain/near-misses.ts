import { nearestNames } from "@llmcfg/core";
import type { SourceState } from "../load/source-state.ts";
import type { Place } from "../merge/locate.ts";
import { keyOf, type TreeContext } from "../merge/tree.ts";
import { formatConfigPath, type PathSegment, parseConfigPath } from "../paths/config-path.ts";
import type { ConfigPath } from "../schema/config-types.ts";
import type { DefinedSchema } from "../schema/define-schema.ts";
import { nodesBelow } from "../schema/navigate.ts";
import type { IgnoredVariable } from "../sources/environment/ignored-variables.ts";
import type { NearMiss } from "./explanation.ts";
import type { MissingItem } from "./missing-item.ts";

/** Of a list with many items those are named that come first. */
const MAX_SHOWN_KEYS = 8;

export interface NearMissInput<T> {
  readonly schema: DefinedSchema<T>;
  readonly states: readonly SourceState[];
  readonly ignored: readonly IgnoredVariable[];
  readonly envPrefix: string | undefined;
  readonly nearMisses?: readonly NearMiss[] | undefined;
}

/** What was asked for. */
export interface AskedPlace {
  readonly asked: ConfigPath;
  /** What the way to it goes through and is not there. */
  readonly missing: MissingItem | undefined;
  /** Of the whole document. */
  readonly context: TreeContext;
}

/** What could have been meant to give a value at a place, and did not. */
export function nearMissesOf<T>(
  { asked, missing, context }: AskedPlace,
  place: Place,
  input: NearMissInput<T>,
): readonly NearMiss[] {
  const { segments, nodes } = place.context;
  return [
    ...(nodes.length === 0 ? [unknownPath(asked, context, input.schema)] : unknownItem(missing)),
    ...aliasUsed(asked, segments),
    ...ignoredVariables(segments, input),
    ...input.states.flatMap(absentSource),
    ...(input.nearMisses ?? []),
  ];
}

function unknownPath<T>(
  path: ConfigPath,
  context: TreeContext,
  schema: DefinedSchema<T>,
): NearMiss {
  if (schema.field(path) !== undefined)
    return { what: path, why: "the schema has it for another variant than the one that is there" };
  const nearest = withItems(parseConfigPath(path), context) ?? schema.suggest(path)[0];
  const miss = { what: path, why: "the schema has no such path" };
  return nearest === undefined ? miss : { ...miss, hint: `did you mean ${nearest}?` };
}

/** `providers.openai` as `providers[openai]`, if that makes it a path of the schema. */
function withItems(segments: readonly PathSegment[], context: TreeContext): ConfigPath | undefined {
  let { nodes } = context;
  const meant = segments.map((segment): PathSegment => {
    const isItem = segment.type === "member" && keyOf(nodes) !== undefined;
    const given: PathSegment = isItem ? { type: "item", key: segment.name } : segment;
    nodes = nodesBelow(nodes, given);
    return given;
  });
  return nodes.length === 0 ? undefined : formatConfigPath(meant);
}

function unknownItem(missing: MissingItem | undefined): readonly NearMiss[] {
  if (missing === undefined) return [];
  const { segments, keys } = missing;
  const miss = { what: formatConfigPath(segments), why: "there is no such item" };
  const last = segments.at(-1);
  const [nearest] = last?.type === "item" ? nearestNames(last.key, keys) : [];
  if (nearest !== undefined) {
    const meant = formatConfigPath([...segments.slice(0, -1), { type: "item", key: nearest }]);
    return [{ ...miss, hint: `did you mean ${meant}?` }];
  }
  const shown = keys.slice(0, MAX_SHOWN_KEYS).join(", ");
  const more = keys.length > MAX_SHOWN_KEYS ? ", …" : "";
  return [shown === "" ? miss : { ...miss, hint: `there are ${shown}${more}` }];
}

function aliasUsed(path: ConfigPath, segments: readonly PathSegment[]): readonly NearMiss[] {
  const canonical = memberNamesIn(segments);
  return memberNamesIn(parseConfigPath(path)).flatMap((name, i) => {
    const meant = canonical[i];
    if (meant === undefined || meant === name) return [];
    return [
      { what: name, why: `it is another name of ${meant}`, hint: formatConfigPath(segments) },
    ];
  });
}

function memberNamesIn(segments: readonly PathSegment[]): readonly string[] {
  return segments.flatMap((segment) => (segment.type === "member" ? [segment.name] : []));
}

function ignoredVariables<T>(
  segments: readonly PathSegment[],
  { envPrefix, ignored }: NearMissInput<T>,
): readonly NearMiss[] {
  if (envPrefix === undefined) return [];
  const parts = segments.map((segment) => {
    if (segment.type === "index") return String(segment.index);
    return segment.type === "item" ? segment.key : segment.name;
  });
  const variable = `${envPrefix}${parts.join("__")}`.toUpperCase().replace(/[-.]/g, "_");
  const near = nearestNames(
    variable,
    ignored.map(({ name }) => name.toUpperCase()),
  );
  return ignored
    .filter(({ name }) => name.toUpperCase() === variable || near.includes(name.toUpperCase()))
    .map(({ name, why, hint }) => ({ what: name, why, ...(hint === undefined ? {} : { hint }) }));
}

function absentSource({
  ranked,
  content,
  condition,
  staleSinceMs,
}: SourceState): readonly NearMiss[] {
  if (content === undefined)
    return [{ what: ranked.id, why: `the source is ${condition}, and optional` }];
  if (staleSinceMs === undefined) return [];
  const since = new Date(staleSinceMs).toISOString();
  return [
    { what: ranked.id, why: `the source is ${condition} since ${since}: its last content is used` },
  ];
}
