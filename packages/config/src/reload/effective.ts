import type { Json } from "@llmcfg/core";
import { isEqual, isList, isMembers } from "../diff/compare-values.ts";
import { compareInSteps, restartPlaces } from "../diff/diff-configs.ts";
import { isKeyed, valueAt } from "../diff/value-at.ts";
import { deepFreeze } from "../load/deep-freeze.ts";
import { formatConfigPath, type PathSegment } from "../paths/config-path.ts";
import type { ConfigPath } from "../schema/config-types.ts";
import type { DefinedSchema } from "../schema/define-schema.ts";
import { toDocument } from "../schema/document.ts";
import { childrenOf } from "../schema/navigate.ts";
import type { SchemaNode } from "../schema/node.ts";

/** A place whose accepted value waits for the process to restart. */
export interface PendingRestart {
  readonly path: ConfigPath;
  readonly running: Json;
  readonly accepted: Json;
  /** The version that first accepted another value than the running one. */
  readonly since: number;
}

export interface EffectiveConfig<T> {
  /** What runs: the very accepted object where nothing is pending. */
  readonly config: T;
  readonly pending: readonly PendingRestart[];
}

/**
 * What runs once `accepted` is swapped in: each restart-class leaf keeps its boot value. Where the
 * object around it is gone, the smallest part of the boot configuration that holds it is kept. In
 * steps.
 */
export function* effectiveOf<C, T>(
  boot: C,
  accepted: C,
  about: {
    readonly schema: DefinedSchema<T>;
    readonly version: number;
    readonly before: readonly PendingRestart[];
  },
): Generator<void, EffectiveConfig<C>> {
  const { schema, version, before } = about;
  const differences = yield* compareInSteps(boot, accepted, schema);
  const places = yield* restartPlaces(differences, schema);
  const differing = places.filter((segments) => {
    const [running, next] = [boot, accepted].map((root) => valueAt(root, segments, schema.node));
    return isRunning(boot, segments, schema) && !isEqual(running, next);
  });
  const config = differing.reduce(
    (root, segments) => keepBootValue(root, boot, segments, schema.node) as C, // of the same schema
    accepted,
  );
  const pending = differing.map((segments): PendingRestart => {
    const path = formatConfigPath(segments);
    const since = before.find((entry) => entry.path === path)?.since ?? version;
    const [running, next] = [boot, accepted].map((root) =>
      toJson(valueAt(root, segments, schema.node)),
    );
    return { path, running: running ?? null, accepted: next ?? null, since };
  });
  return { config: deepFreeze(config), pending };
}

function toJson(value: unknown): Json {
  return value === undefined ? null : toDocument(value);
}

/** Whether the object around a leaf was there at boot: else nothing that runs depends on it. */
function isRunning<T>(
  boot: unknown,
  segments: readonly PathSegment[],
  schema: DefinedSchema<T>,
): boolean {
  const holder = valueAt(boot, segments.slice(0, -1), schema.node);
  return holder !== undefined && holder !== null;
}

/** The configuration with the boot value at one place; what lies beside it is shared. */
function keepBootValue(
  value: unknown,
  boot: unknown,
  segments: readonly PathSegment[],
  ...nodes: readonly SchemaNode[]
): unknown {
  const [segment, ...rest] = segments;
  if (segment === undefined) return boot;
  const below = nodes.flatMap((node) => childrenOf(node, segment));
  const bootChild = childOf(boot, segment, nodes);
  if (segment.type === "member") {
    if (!isMembers(value)) return boot;
    const next = keepBootValue(value[segment.name], bootChild, rest, ...below);
    const { [segment.name]: _replaced, ...others } = value;
    return next === undefined ? others : { ...value, [segment.name]: next };
  }
  if (!isList(value)) return boot;
  const index = placeOf(value, segment, nodes);
  if (index < 0) return [...value, bootChild];
  return value.with(index, keepBootValue(value[index], bootChild, rest, ...below));
}

function childOf(value: unknown, segment: PathSegment, nodes: readonly SchemaNode[]): unknown {
  if (segment.type === "member") return isMembers(value) ? value[segment.name] : undefined;
  if (!isList(value)) return undefined;
  return value[placeOf(value, segment, nodes)];
}

function placeOf(
  list: readonly unknown[],
  segment: Exclude<PathSegment, { readonly type: "member" }>,
  nodes: readonly SchemaNode[],
): number {
  if (segment.type === "index") return segment.index < list.length ? segment.index : -1;
  return list.findIndex((item) => isKeyed(item, segment.key, nodes));
}
