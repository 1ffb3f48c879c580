import { locate } from "../merge/locate.ts";
import type { TreeContext, ValueTree } from "../merge/tree.ts";
import { formatConfigPath, formatPointer } from "../paths/config-path.ts";
import type { Fault, RelatedPlace } from "./fault.ts";
import type { Finding } from "./finding.ts";
import { snippetOf, textOf } from "./snippet.ts";

export interface FindingContext {
  readonly tree: ValueTree;
  readonly context: TreeContext;
  /** The texts that positions lead into, by file or URL. */
  readonly texts: ReadonlyMap<string, string>;
}

/** The fault with its pointer, position and snippet: as it is handed out. */
export function toFinding(fault: Fault, { tree, context, texts }: FindingContext): Finding {
  const { kind, severity, code, segments, message, hint, rule } = fault;
  const found = locate(tree, context, segments);
  const place = fault.place ?? (found.tree === undefined ? undefined : found.nearest);
  const name = place === undefined ? undefined : textOf(place.at);
  const text = name === undefined ? undefined : texts.get(name);
  const snippet =
    place === undefined || text === undefined
      ? undefined
      : snippetOf(place, { text, tree, context });
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
