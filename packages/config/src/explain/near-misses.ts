import { nearestNames } from "@llmcfg/core";
import type { SourceState } from "../load/source-state.ts";
import type { Place } from "../merge/locate.ts";
import { formatConfigPath, type PathSegment, parseConfigPath } from "../paths/config-path.ts";
import type { ConfigPath } from "../schema/config-types.ts";
import type { DefinedSchema } from "../schema/define-schema.ts";
import type { IgnoredVariable } from "../sources/environment/environment-layer.ts";
import type { NearMiss } from "./explanation.ts";

export interface NearMissInput<T> {
  readonly schema: DefinedSchema<T>;
  readonly states: readonly SourceState[];
  readonly ignored: readonly IgnoredVariable[];
  readonly envPrefix: string | undefined;
  readonly nearMisses?: readonly NearMiss[] | undefined;
}

/** What could have been meant to give a value at a place, and did not. */
export function nearMissesOf<T>(
  asked: ConfigPath,
  place: Place,
  input: NearMissInput<T>,
): readonly NearMiss[] {
  const { segments, nodes } = place.context;
  return [
    ...unknownPath(asked, nodes.length === 0, input.schema),
    ...aliasUsed(asked, segments),
    ...ignoredVariables(segments, input),
    ...input.states.flatMap(absentSource),
    ...(input.nearMisses ?? []),
  ];
}

function unknownPath<T>(
  path: ConfigPath,
  isUnknown: boolean,
  schema: DefinedSchema<T>,
): readonly NearMiss[] {
  if (!isUnknown) return [];
  const [nearest] = schema.suggest(path);
  const miss = { what: path, why: "the schema has no such path" };
  return [nearest === undefined ? miss : { ...miss, hint: `did you mean ${nearest}?` }];
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
