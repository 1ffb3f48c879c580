import type { Json } from "@llmcfg/core";
import { explain } from "../explain/explain.ts";
import type { Explanation } from "../explain/explanation.ts";
import type { LoaderCore } from "../load/loader-core.ts";
import { BANDS, type RankedSource } from "../load/source-state.ts";
import { mergeTrees } from "../merge/merge-trees.ts";
import { prepareLayer } from "../merge/prepare-layer.ts";
import { settle } from "../merge/settle.ts";
import { DEFAULT_SOURCE, type TreeContext, type ValueTree } from "../merge/tree.ts";
import type { ConfigPath } from "../schema/config-types.ts";
import { locateJson } from "../sources/locate-json.ts";

const SOURCE = "document";
const RANKED: RankedSource = {
  id: SOURCE,
  kind: SOURCE,
  priority: BANDS.overrides,
  order: 0,
  optional: false,
  supply: { type: "overrides" },
};

/**
 * Explains a value of a document that is not loaded: over the schema's defaults, references as they
 * are written.
 */
export function explainDocument<T>(
  path: ConfigPath,
  document: Json,
  { schema }: LoaderCore<T>,
): Explanation {
  const context: TreeContext = { segments: [], nodes: [schema.node], report: () => {} };
  const at = { kind: "default" } as const;
  const layer = prepareLayer(locateJson(document, at), SOURCE, context);
  const empty: ValueTree = { type: "object", entries: new Map(), at, source: DEFAULT_SOURCE };
  const tree = settle(mergeTrees(undefined, layer, context), context) ?? empty;
  return explain(path, {
    schema,
    tree,
    layers: [{ source: SOURCE, tree: layer }],
    states: [{ ranked: RANKED, content: undefined, condition: "ok", staleSinceMs: undefined }],
    ignored: [],
    envPrefix: undefined,
    isResolved: () => false,
  });
}
