import type { Json } from "@llmcfg/core";
import { locate } from "../merge/locate.ts";
import type { TreeContext, ValueTree } from "../merge/tree.ts";
import { type PathSegment, parseConfigPath } from "../paths/config-path.ts";
import { pathsTouch } from "../paths/paths-touch.ts";
import type { CrossCheck, CrossFinding } from "../schema/config-schema.ts";
import type { ConfigPath } from "../schema/config-types.ts";
import type { Fault, RelatedPlace } from "./fault.ts";
import type { SkippedCheck } from "./report.ts";

export interface CrossCheckInput {
  readonly document: Json;
  readonly tree: ValueTree;
  readonly context: TreeContext;
  /** The faults found so far: a check that needs one of their places is skipped. */
  readonly faults: readonly Fault[];
}

/** Runs the checks of a schema; one that throws is a fault that names it. */
export function runCrossChecks(
  checks: readonly CrossCheck[],
  input: CrossCheckInput,
): readonly SkippedCheck[] {
  return checks.flatMap((check) => {
    const invalid = invalidNeed(check.needs, input.faults);
    if (invalid !== undefined) return [{ name: check.code, reason: `${invalid} is invalid` }];
    runCheck(check, input);
    return [];
  });
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

function runCheck(check: CrossCheck, input: CrossCheckInput): void {
  const { document, context } = input;
  try {
    check.check(document, (finding) => context.report(toFault(check, finding, input)));
  } catch (error) {
    const because = error instanceof Error ? error.message : "it threw no error";
    const message = `the check ${check.code} failed: ${because}`;
    context.report(toFault(check, { paths: [], message }, input));
  }
}

function toFault({ code }: CrossCheck, finding: CrossFinding, input: CrossCheckInput): Fault {
  const { paths, message, hint, severity = "error" } = finding;
  const [first, ...others] = paths.map((path) => placeAt(parseConfigPath(path), input));
  return {
    kind: "cross_field_validation",
    severity,
    code,
    segments: first?.segments ?? [],
    message,
    hint,
    place: first?.place,
    related: others,
  };
}

function placeAt(
  segments: readonly PathSegment[],
  { tree, context }: Pick<CrossCheckInput, "tree" | "context">,
): RelatedPlace {
  const { nearest } = locate(tree, context, segments);
  return { segments, place: nearest };
}
