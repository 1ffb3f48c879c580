import type { LayerBelow, ParsedDocument, ReadTrees, SourceDocument } from "./config-source.ts";
import { textOf } from "./located.ts";
import { RereadTexts } from "./reread-texts.ts";
import type { TextTools } from "./text-tools.ts";

/**
 * The layer that a document makes, a large one parsed in the worker thread.
 *
 * @throws {ConfigError} `stopped` where the parser ends before
 */
export async function parseDocument(
  { bytes, format, at }: SourceDocument,
  { parser, limits }: TextTools,
): Promise<ParsedDocument> {
  const name = textOf(at);
  const parsed = await parser.parse(bytes, { format, origin: at, limits });
  switch (parsed.state) {
    case "ok": {
      const { tree, text } = parsed;
      const known = [{ id: name, format, origin: at }];
      const reread = new RereadTexts(known, { parser, limits }, toTree);
      return { state: "ok", tree, texts: new Map([[name, text]]), reread };
    }
    case "empty":
      return parsed;
    case "malformed":
      return {
        ...parsed,
        textOf: (of) => (of === name ? new TextDecoder().decode(bytes) : undefined),
      };
  }
}

/** It outlives what was parsed, and therefore knows nothing of it. */
function toTree([layer]: readonly LayerBelow[]): ReadTrees {
  if (layer === undefined) throw new TypeError("a document that was read has a layer");
  return { tree: layer.tree };
}
