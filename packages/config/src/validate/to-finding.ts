import { locate } from "../merge/locate.ts";
import type { TreeContext, ValueTree } from "../merge/tree.ts";
import { formatConfigPath, formatPointer } from "../paths/config-path.ts";
import type { Fault, RelatedPlace } from "./fault.ts";
import type { Finding } from "./finding.ts";
import type { Snippets } from "./snippet.ts";

export interface FindingContext {
  readonly tree: ValueTree;
  readonly context: TreeContext;
  /** Of the texts that positions lead into; none where nothing has a text. */
  readonly snippets: Snippets | undefined;
}

/** The fault with its pointer, position and snippet: as it is handed out. */
export function toFinding(fault: Fault, { tree, context, snippets }: FindingContext): Finding {
  const { kind, severity, code, segments, message, hint, rule } = fault;
  const found = locate(tree, context, segments);
  const place = fault.place ?? (found.tree === undefined ? undefined : found.nearest);
  const snippet = place === undefined ? undefined : snippets?.at(place);
  const related = fault.related ?? [];
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
    ...(place === undefined ? {} : { position: place.at }),
    ...(snippet === undefined ? {} : { snippet }),
    ...(related.length === 0 ? {} : { related: related.map(toRelated) }),
  };
}

function toRelated({ segments, place }: RelatedPlace): NonNullable<Finding["related"]>[number] {
  const path = formatConfigPath(segments);
  return place === undefined ? { path } : { path, position: place.at };
}
