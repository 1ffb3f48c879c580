import { diffValues, type Json } from "@llmcfg/core";
import { isStep, runSteps } from "../load/slices.ts";
import { keyOf } from "../merge/tree.ts";
import {
  formatConfigPath,
  formatPointer,
  type PathSegment,
  parseConfigPath,
} from "../paths/config-path.ts";
import { pathsTouch } from "../paths/paths-touch.ts";
import type { ConfigPath, ReloadClass } from "../schema/config-types.ts";
import type { DefinedSchema } from "../schema/define-schema.ts";
import { toDocument } from "../schema/document.ts";
import { nodesBelow } from "../schema/navigate.ts";
import type { SchemaNode } from "../schema/node.ts";
import { ownMember } from "../values/own-member.ts";
import {
  holdsLiteral,
  isEqual,
  isList,
  isMembers,
  keyOfItem,
  type Members,
  namesOf,
} from "./compare-values.ts";
import type { ConfigDiff, DiffEntry, MoveEntry } from "./config-diff.ts";

/**
 * What changes from `from` to `to`, two typed configurations of one schema: member by member, items
 * of keyed lists by their key, other lists as a whole. Informational fields are left out.
 */
export function diffConfigs<T>(from: unknown, to: unknown, schema: DefinedSchema<T>): ConfigDiff {
  return runSteps(diffInSteps(from, to, schema));
}

/** As {@link diffConfigs}, in steps. */
export function* diffInSteps<T>(
  from: unknown,
  to: unknown,
  schema: DefinedSchema<T>,
): Generator<void, ConfigDiff> {
  const differences = yield* compareInSteps(from, to, schema);
  yield;
  const entries: DiffEntry[] = [];
  for (const found of differences) {
    if (found.type === "moved") continue;
    if (isStep(entries.length)) yield;
    entries.push(toEntry(found, schema));
  }
  return new Diff({ from, to }, { differences, entries }, schema);
}

/** The differences themselves, for what needs more than the diff shows. In steps. */
export function* compareInSteps<T>(
  from: unknown,
  to: unknown,
  schema: DefinedSchema<T>,
): Generator<void, readonly Difference[]> {
  const found: Difference[] = [];
  const root: Spot = { segments: [], nodes: [schema.node], steps: { from: [], to: [] } };
  yield* compare({ from, to }, root, found);
  return found;
}

/** One place where the configurations differ. */
export type Difference =
  | (Pair & {
      readonly type: DiffEntry["changeType"];
      readonly segments: readonly PathSegment[];
      readonly nodes: readonly SchemaNode[];
      readonly pointer: string;
    })
  | {
      readonly type: "moved";
      readonly segments: readonly PathSegment[];
      readonly from: readonly string[];
      readonly to: readonly string[];
    };

interface Pair {
  readonly from: unknown;
  readonly to: unknown;
}

interface Spot {
  readonly segments: readonly PathSegment[];
  readonly nodes: readonly SchemaNode[];
  /** Names, and places of items in each of the two. */
  readonly steps: {
    readonly from: readonly (string | number)[];
    readonly to: readonly (string | number)[];
  };
}

function* compare({ from, to }: Pair, spot: Spot, found: Difference[]): Generator<void, void> {
  if (Object.is(from, to) || spot.nodes.some(({ notes }) => notes.informational === true)) return;
  if (isMembers(from) && isMembers(to)) return yield* compareMembers(from, to, spot, found);
  const key = keyOf(spot.nodes);
  if (isList(from) && isList(to) && key !== undefined)
    return yield* compareItems(from, to, { ...spot, key }, found);
  if (!isEqual(from, to)) found.push(difference({ from, to }, spot));
}

function difference({ from, to }: Pair, { segments, nodes, steps }: Spot): Difference {
  const type = from === undefined ? "added" : to === undefined ? "removed" : "modified";
  const pointer = formatPointer(type === "removed" ? steps.from : steps.to);
  return { type, segments, nodes, pointer, from, to };
}

function* compareMembers(
  from: Members,
  to: Members,
  spot: Spot,
  found: Difference[],
): Generator<void, void> {
  for (const name of new Set([...namesOf(from), ...namesOf(to)])) {
    const pair = { from: ownMember(from, name), to: ownMember(to, name) };
    if (Object.is(pair.from, pair.to)) continue;
    const child = stepTo(spot, { type: "member", name }, { from: name, to: name });
    yield* compare(pair, child, found);
  }
}

function* compareItems(
  from: readonly unknown[],
  to: readonly unknown[],
  spot: Spot & { readonly key: string },
  found: Difference[],
): Generator<void, void> {
  let parts = 0;
  const [before, after] = [placesOf(from, spot.key), placesOf(to, spot.key)];
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const places = { from: before.get(name) ?? 0, to: after.get(name) ?? 0 };
    const pair = {
      from: before.has(name) ? from[places.from] : undefined,
      to: after.has(name) ? to[places.to] : undefined,
    };
    if (Object.is(pair.from, pair.to)) continue;
    if (isStep(++parts)) yield;
    yield* compare(pair, stepTo(spot, { type: "item", key: name }, places), found);
  }
  const kept = [...before.keys()].filter((name) => after.has(name));
  const keptAfter = [...after.keys()].filter((name) => before.has(name));
  if (isEqual(kept, keptAfter)) return;
  found.push({ type: "moved", segments: spot.segments, from: kept, to: keptAfter });
}

function placesOf(items: readonly unknown[], key: string): ReadonlyMap<string, number> {
  return new Map(items.map((item, index) => [keyOfItem(item, key) ?? String(index), index]));
}

function stepTo(
  { segments, nodes, steps }: Spot,
  segment: PathSegment,
  place: { readonly from: string | number; readonly to: string | number },
): Spot {
  return {
    segments: [...segments, segment],
    nodes: nodesBelow(nodes, segment),
    steps: { from: [...steps.from, place.from], to: [...steps.to, place.to] },
  };
}

interface Found {
  readonly differences: readonly Difference[];
  /** Of all that did not only move. */
  readonly entries: readonly DiffEntry[];
}

class Diff<T> implements ConfigDiff {
  readonly changes: readonly DiffEntry[];
  readonly additions: readonly DiffEntry[];
  readonly removals: readonly DiffEntry[];
  readonly moves: readonly MoveEntry[];
  readonly #pair: Pair;
  readonly #differences: readonly Difference[];
  readonly #schema: DefinedSchema<T>;

  constructor(pair: Pair, { differences, entries }: Found, schema: DefinedSchema<T>) {
    this.#pair = pair;
    this.#differences = differences;
    this.#schema = schema;
    const of = (type: DiffEntry["changeType"]) =>
      entries.filter(({ changeType }) => changeType === type);
    this.changes = of("modified");
    this.additions = of("added");
    this.removals = of("removed");
    this.moves = differences.flatMap((found) =>
      found.type === "moved"
        ? [{ path: formatConfigPath(found.segments), from: found.from, to: found.to }]
        : [],
    );
  }

  get isEmpty(): boolean {
    return this.#differences.length === 0;
  }

  requiresRestart(): boolean {
    return runSteps(restartPlaces(this.#differences, this.#schema)).length > 0;
  }

  byClass(reload: ReloadClass): readonly DiffEntry[] {
    const all = [...this.changes, ...this.additions, ...this.removals];
    return all.filter((entry) => entry.reload === reload);
  }

  touches(path: ConfigPath): boolean {
    const segments = parseConfigPath(path);
    return this.#differences.some((found) => pathsTouch(found.segments, segments));
  }

  summary(): string {
    const { changes, additions, removals } = this;
    return `${changes.length} changes, ${additions.length} additions, ${removals.length} removals`;
  }

  toJsonPatch(): readonly Json[] {
    const { from, to } = this.#pair;
    return diffValues(toDocument(from), toDocument(to)).map(
      ({ op, pointer: path, to: value }): Json => {
        if (op === "remove" || value === undefined) return { op: "remove", path };
        return { op: op === "add" ? "add" : "replace", path, value };
      },
    );
  }
}

function toEntry<T>(
  found: Exclude<Difference, { readonly type: "moved" }>,
  schema: DefinedSchema<T>,
): DiffEntry {
  const { type, segments, pointer, from, to } = found;
  return {
    path: formatConfigPath(segments),
    pointer,
    changeType: type,
    ...(from === undefined ? {} : { oldValue: toDocument(from) }),
    ...(to === undefined ? {} : { newValue: toDocument(to) }),
    redacted: holdsLiteral(from) || holdsLiteral(to),
    reload: schema.reloadClass(segments),
  };
}

/**
 * The places of class restart that differ: of an object that is added, removed or replaced those
 * inside it. In steps.
 */
export function* restartPlaces<T>(
  differences: readonly Difference[],
  schema: DefinedSchema<T>,
): Generator<void, readonly (readonly PathSegment[])[]> {
  const places = new Map<ConfigPath, readonly PathSegment[]>();
  for (const [index, found] of differences.entries()) {
    if (isStep(index)) yield;
    for (const place of restartPlacesOf(found, schema)) places.set(formatConfigPath(place), place);
  }
  return [...places.values()];
}

function restartPlacesOf<T>(
  found: Difference,
  schema: DefinedSchema<T>,
): readonly (readonly PathSegment[])[] {
  const reload = schema.reloadClass(found.segments);
  if (found.type === "moved") return reload === "restart" ? [found.segments] : [];
  const { from, to, segments, nodes } = found;
  const spot = { segments, nodes, steps: { from: [], to: [] } };
  return [...leavesOf(from, spot, reload), ...leavesOf(to, spot, reload)];
}

function leavesOf(
  value: unknown,
  spot: Spot,
  inherited: ReloadClass,
): readonly (readonly PathSegment[])[] {
  const reload =
    spot.nodes.find(({ notes }) => notes.reload !== undefined)?.notes.reload ?? inherited;
  const key = keyOf(spot.nodes);
  if (isMembers(value)) {
    return namesOf(value).flatMap((name) => {
      const child = stepTo(spot, { type: "member", name }, { from: name, to: name });
      return leavesOf(value[name], child, reload);
    });
  }
  if (isList(value) && key !== undefined) {
    return value.flatMap((item, index) => {
      const name = keyOfItem(item, key);
      const segment: PathSegment =
        name === undefined ? { type: "index", index } : { type: "item", key: name };
      return leavesOf(item, stepTo(spot, segment, { from: index, to: index }), reload);
    });
  }
  return value !== undefined && reload === "restart" ? [spot.segments] : [];
}
