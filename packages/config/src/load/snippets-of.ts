import type { TreeContext } from "../merge/tree.ts";
import type { SchemaNode } from "../schema/node.ts";
import type { SourceContent } from "../sources/config-source.ts";
import { Snippets } from "../validate/snippet.ts";
import type { Candidate } from "./candidate.ts";
import type { SourceState } from "./source-state.ts";

/** What a configuration is made of, as far as findings show it. */
export type ShownCandidate = Pick<Candidate<unknown>, "states" | "layers" | "tree">;

/** Shows places of the texts that a candidate was read from. */
export function snippetsOf({ states, layers, tree }: ShownCandidate, root: SchemaNode): Snippets {
  const contents = locatedContents(states);
  const texts = new Map(contents.flatMap(({ texts: own }) => [...(own ?? [])]));
  const context: TreeContext = { segments: [], nodes: [root], report: () => {} };
  return new Snippets(texts, [tree, ...layers.map((layer) => layer.tree)], context);
}

/** Of the sources that deliver values with positions, strongest first. */
export function locatedContents(states: readonly SourceState[]): readonly SourceContent[] {
  return states.flatMap(({ content }) =>
    content?.body.type === "located" ? [content.body.content] : [],
  );
}
