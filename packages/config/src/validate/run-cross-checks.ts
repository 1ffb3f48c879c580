import type { Json } from "@llmcfg/core";
import type { Layer } from "../load/candidate.ts";
import { viewLayer } from "../load/layer-view.ts";
import { locate } from "../merge/locate.ts";
import type { Tree, TreeContext, ValueTree } from "../merge/tree.ts";
import { type PathSegment, parseConfigPath } from "../paths/config-path.ts";
import { pathsTouch } from "../paths/paths-touch.ts";
import type { CrossCheck, CrossCheckContext, CrossFinding } from "../schema/config-schema.ts";
import type { ConfigPath } from "../schema/config-types.ts";
import type { Fault, RelatedPlace } from "./fault.ts";
import type { SkippedCheck } from "./report.ts";

export interface CrossCheckInput {
  readonly document: Json;
  readonly tree: ValueTree;
  readonly context: TreeContext;
  /** The faults found so far: a check that needs one of their places is skipped. */
  readonly faults: readonly Fault[];
  /** Strongest first. */
  readonly layers: readonly Layer[];
  readonly nowMs: number;
}

/** Runs the checks of a schema; one that throws is a fault that names it. */
export function runCrossChecks(
  checks: readonly CrossCheck[],
  input: CrossCheckInput,
): readonly SkippedCheck[] {
  const context = contextOf(input);
  return checks.flatMap((check) => {
    const invalid = invalidNeed(check.needs, input.faults);
    if (invalid !== undefined) return [{ name: check.code, reason: `${invalid} is invalid` }];
    runCheck(check, context, input);
    return [];
  });
}

function contextOf({ tree, context, layers, nowMs }: CrossCheckInput): CrossCheckContext {
  const [root] = context.nodes;
  return {
    isGiven: (path) => {
      const { tree: found } = locate(tree, context, parseConfigPath(path));
      return found !== undefined && found.at.kind !== "default";
    },
    now: new Date(nowMs),
    layers: root === undefined ? [] : layers.toReversed().map((layer) => viewLayer(layer, root)),
  };
}

/** The first of the needed paths that has a fault at, above or below it. */
export function invalidNeed(
  needs: readonly ConfigPath[],
  faults: readonly Fault[],
): ConfigPath | undefined {
  const errors = faults.filter(({ severity }) => severity === "error");
  return needs.find((need) => {
    const segments = parseConfigPath(need);
    return errors.some(
      (fault) => fault.segments.length > 0 && pathsTouch(segments, fault.segments),
    );
  });
}

function runCheck(check: CrossCheck, about: CrossCheckContext, input: CrossCheckInput): void {
  const { document, context } = input;
  try {
    check.check(document, (finding) => context.report(toFault(check, finding, input)), about);
  } catch (error) {
    const because = error instanceof Error ? error.message : "it threw no error";
    const message = `the check ${check.code} failed: ${because}`;
    context.report(toFault(check, { paths: [], message }, input));
  }
}

function toFault({ code }: CrossCheck, finding: CrossFinding, input: CrossCheckInput): Fault {
  const { paths, message, hint, severity = "error", source, result } = finding;
  const [first, ...others] = paths.map((path) => placeAt(parseConfigPath(path), source, input));
  return {
    kind: "cross_field_validation",
    severity,
    code,
    segments: first?.segments ?? [],
    message,
    hint,
    place: first?.place,
    related: others,
    result,
  };
}

function placeAt(
  segments: readonly PathSegment[],
  source: string | undefined,
  { tree, context, layers }: Pick<CrossCheckInput, "tree" | "context" | "layers">,
): RelatedPlace {
  const layer = layers.find((candidate) => candidate.source === source);
  if (layer !== undefined) return { segments, place: nearestIn(layer.tree, segments) };
  const { nearest } = locate(tree, context, segments);
  return { segments, place: nearest };
}

/** The closest value at or around a place that one layer has, members of objects alone. */
function nearestIn(tree: Tree, [segment, ...rest]: readonly PathSegment[]): Tree {
  if (segment?.type !== "member" || tree.type !== "object") return tree;
  const member = tree.entries.get(segment.name);
  return member === undefined ? tree : nearestIn(member, rest);
}
