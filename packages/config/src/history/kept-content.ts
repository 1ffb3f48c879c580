import { runSteps, Slices } from "../load/slices.ts";
import type { LayerContent } from "../load/source-state.ts";
import type { ReadTrees, Reread, SourceContent } from "../sources/config-source.ts";
import { type PackedBody, packInSteps, unpackInSteps } from "./packed-body.ts";
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
  /** Nothing where the source is gone: then the texts are kept whole. */
  readonly next: KeptContent | undefined;
}

/** What is kept of a content that does not come from texts. */
interface Packed {
  readonly about: Omit<LayerContent, "body">;
  readonly packed: PackedBody;
}

/**
 * What a source delivered for one version or more: whole while it is in use, else, where it comes
 * from texts, only what differs from the content that followed it. So the oldest goes without
 * a trace, and a change of one leaf costs little more than that leaf.
 *
 * Once it is not in use it holds no value as a string: one may be a secret that was written out.
 */
export class KeptContent {
  #kept: LayerContent | Difference | Packed;

  constructor(content: LayerContent) {
    this.#kept = content;
  }

  /**
   * It is not in use any more, unless it is `next`: once the steps are done only the difference is
   * kept, in bytes. It may be asked for between them. O(size).
   *
   * @param next what the source delivered after it; nothing where the source is gone
   */
  *shrinkInSteps(next: KeptContent | undefined): Generator<void, void, void> {
    const kept = this.#kept;
    if (next === this || !isWhole(kept)) return;
    this.#kept = isOfTexts(kept)
      ? yield* differenceOf(kept, next, next === undefined ? new Map() : next.#texts())
      : ((yield* packedOf(kept)) ?? kept);
  }

  /** Parses or unpacks what is not whole, in this turn. */
  whole(): LayerContent {
    const kept = this.#kept;
    if (isWhole(kept)) return kept;
    if (isPacked(kept)) return runSteps(unpackedOf(kept));
    const texts = this.#texts();
    return toWhole(kept, texts, kept.reread.now(texts));
  }

  /** As {@link whole}; other work goes on meanwhile. */
  async wholeLater(): Promise<LayerContent> {
    const kept = this.#kept;
    if (isWhole(kept)) return kept;
    if (isPacked(kept)) return await new Slices().run(unpackedOf(kept));
    const texts = this.#texts();
    return toWhole(kept, texts, await kept.reread.later(texts));
  }

  #texts(): ReadonlyMap<string, string> {
    const kept = this.#kept;
    if (isWhole(kept)) return isOfTexts(kept) ? kept.body.content.texts : new Map();
    if (isPacked(kept)) return new Map();
    const bases = kept.next === undefined ? new Map<string, string>() : kept.next.#texts();
    return new Map(
      [...kept.deltas].map(([name, delta]) => [name, applyDelta(delta, bases.get(name) ?? "")]),
    );
  }
}

function isWhole(kept: LayerContent | Difference | Packed): kept is LayerContent {
  return "body" in kept;
}

function isPacked(kept: Difference | Packed): kept is Packed {
  return "packed" in kept;
}

function isOfTexts(content: LayerContent): content is TextContent {
  const { body } = content;
  if (body.type !== "located") return false;
  return body.content.reread !== undefined && body.content.texts !== undefined;
}

function* differenceOf(
  { body, ...about }: TextContent,
  next: KeptContent | undefined,
  bases: ReadonlyMap<string, string>,
): Generator<void, Difference, void> {
  const { tree: _tree, below: _below, texts, reread, ...content } = body.content;
  const deltas = new Map<string, TextDelta>();
  for (const [name, text] of texts) {
    deltas.set(name, textDelta(text, bases.get(name) ?? ""));
    yield;
  }
  return { about, content, reread, deltas, next };
}

function* packedOf({ body, ...about }: LayerContent): Generator<void, Packed | undefined, void> {
  const packed = yield* packInSteps(body);
  return packed === undefined ? undefined : { about, packed };
}

function* unpackedOf({ about, packed }: Packed): Generator<void, LayerContent, void> {
  return { ...about, body: yield* unpackInSteps(packed) };
}

function toWhole(
  { about, content, reread }: Difference,
  texts: ReadonlyMap<string, string>,
  trees: ReadTrees,
): LayerContent {
  return { ...about, body: { type: "located", content: { ...content, ...trees, reread, texts } } };
}
