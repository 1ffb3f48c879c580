import type { LayerContent } from "../load/source-state.ts";
import type { ReadTrees, Reread, SourceContent } from "../sources/config-source.ts";
import { applyDelta, type TextDelta, textDelta } from "./text-delta.ts";

/** A content all of which can be made again from its texts. */
type TextContent = LayerContent & {
  readonly body: {
    readonly type: "located";
    readonly content: SourceContent & Required<Pick<SourceContent, "reread" | "texts">>;
  };
};

/** What is kept of a content whose texts are kept by what followed it. */
interface Difference {
  /** Without trees and texts. */
  readonly about: Omit<LayerContent, "body">;
  readonly content: Omit<SourceContent, "tree" | "below" | "texts">;
  readonly reread: Reread;
  readonly deltas: ReadonlyMap<string, TextDelta>;
  readonly next: KeptContent;
}

/**
 * What a source delivered for one version or more: whole while it is in use, else, where it comes
 * from texts, only what differs from the content that followed it. So the oldest goes without
 * a trace, and a change of one leaf costs little more than that leaf.
 */
export class KeptContent {
  #kept: LayerContent | Difference;

  constructor(content: LayerContent) {
    this.#kept = content;
  }

  /** From now on only the difference is kept. O(length of the texts). */
  shrink(next: KeptContent): void {
    if (next === this || !isWhole(this.#kept) || !isOfTexts(this.#kept)) return;
    const { body, ...about } = this.#kept;
    const { tree: _tree, below: _below, texts, reread, ...content } = body.content;
    const bases = next.#texts();
    const deltas = new Map(
      [...texts].map(([name, text]) => [name, textDelta(text, bases.get(name) ?? "")] as const),
    );
    this.#kept = { about, content, reread, deltas, next };
  }

  /** Parses what is not whole, in this turn. */
  whole(): LayerContent {
    const kept = this.#kept;
    if (isWhole(kept)) return kept;
    const texts = this.#texts();
    return toWhole(kept, texts, kept.reread.now(texts));
  }

  /** As {@link whole}; other work goes on meanwhile. */
  async wholeLater(): Promise<LayerContent> {
    const kept = this.#kept;
    if (isWhole(kept)) return kept;
    const texts = this.#texts();
    return toWhole(kept, texts, await kept.reread.later(texts));
  }

  #texts(): ReadonlyMap<string, string> {
    const kept = this.#kept;
    if (isWhole(kept)) return isOfTexts(kept) ? kept.body.content.texts : new Map();
    const bases = kept.next.#texts();
    return new Map(
      [...kept.deltas].map(([name, delta]) => [name, applyDelta(delta, bases.get(name) ?? "")]),
    );
  }
}

function isWhole(kept: LayerContent | Difference): kept is LayerContent {
  return "body" in kept;
}

function isOfTexts(content: LayerContent): content is TextContent {
  const { body } = content;
  if (body.type !== "located") return false;
  return body.content.reread !== undefined && body.content.texts !== undefined;
}

function toWhole(
  { about, content, reread }: Difference,
  texts: ReadonlyMap<string, string>,
  trees: ReadTrees,
): LayerContent {
  return { ...about, body: { type: "located", content: { ...content, ...trees, reread, texts } } };
}
