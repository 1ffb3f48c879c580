import { plainPosition } from "../formats/text-position.ts";
import { locate } from "../merge/locate.ts";
import type { TreeContext, ValueTree } from "../merge/tree.ts";
import { formatConfigPath, formatPointer } from "../paths/config-path.ts";
import type { Fault, FaultPlace, RelatedPlace } from "./fault.ts";
import type { CrossFieldResult, Finding, FindingKind } from "./finding.ts";
import type { Snippets } from "./snippet.ts";

export interface FindingContext {
  readonly tree: ValueTree;
  readonly context: TreeContext;
  /** Of the texts that positions lead into; none where nothing has a text. */
  readonly snippets: Snippets | undefined;
  /** Where a code is explained. */
  readonly help: (code: string) => string | undefined;
}

/** The fault with its pointer, position and snippet: as it is handed out. */
export function toFinding(fault: Fault, about: FindingContext): Finding {
  const { tree, context, snippets } = about;
  const { kind, severity, code, segments, message, hint, rule } = fault;
  const found = locate(tree, context, segments);
  const place = givenPlace(fault, found.tree, about);
  const snippet = place === undefined ? undefined : snippets?.at(place);
  const related = fault.related ?? [];
  const help = about.help(code);
  const result = fault.result ?? resultOf(kind);
  return {
    kind,
    severity,
    code,
    path: formatConfigPath(segments),
    pointer: formatPointer(found.steps),
    message,
    ...(rule === undefined ? {} : { rule }),
    ...(hint === undefined ? {} : { hint }),
    ...(place?.source === undefined ? {} : { source: place.source }),
    ...(place === undefined ? {} : { position: plainPosition(place.at) }),
    ...(snippet === undefined ? {} : { snippet }),
    ...(related.length === 0 ? {} : { related: related.map(toRelated) }),
    ...(help === undefined ? {} : { help }),
    ...(result === undefined ? {} : { result }),
  };
}

/**
 * Where a reader can change something. A default is wrong only beside what was given: then it is
 * the first of the related places that was, or the closest value around that was.
 */
function givenPlace(
  { place, related = [], segments }: Fault,
  found: FaultPlace | undefined,
  { tree, context }: FindingContext,
): FaultPlace | undefined {
  const own = place ?? found;
  if (own?.at.kind !== "default") return own;
  const around = segments.map((_, i) => locate(tree, context, segments.slice(0, -i - 1)).nearest);
  const others = [...related.map((one) => one.place), ...around.slice(0, -1)]; // the root says nothing
  return others.find((other) => other !== undefined && other.at.kind !== "default") ?? own;
}

/** The finding with where its code is explained. */
export function withHelp(finding: Finding, help: FindingContext["help"]): Finding {
  const page = finding.help ?? help(finding.code);
  return page === undefined ? finding : { ...finding, help: page };
}

/** What a fault is that says no more of itself. */
function resultOf(kind: FindingKind): CrossFieldResult | undefined {
  if (kind === "cross_field_validation") return { type: "conflict" };
  return kind === "business_rule" ? { type: "rule_violation" } : undefined;
}

function toRelated({ segments, place }: RelatedPlace): NonNullable<Finding["related"]>[number] {
  const path = formatConfigPath(segments);
  return place === undefined ? { path } : { path, position: plainPosition(place.at) };
}
