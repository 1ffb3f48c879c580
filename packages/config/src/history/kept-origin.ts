import { mergeStates } from "../load/merge-states.ts";
import { PreparedLayers } from "../load/prepared-layers.ts";
import { runSteps } from "../load/slices.ts";
import type { LayerContent, SourceState } from "../load/source-state.ts";
import { overlayOf, type TreeOverlay, withOverlay } from "../merge/tree-overlay.ts";
import type { Origin } from "../reload/version.ts";
import type { SchemaNode } from "../schema/node.ts";
import { KeptContent } from "./kept-content.ts";

/** The contents of the versions of one history, each of which is kept once. */
export class KeptContents {
  readonly #known = new WeakMap<LayerContent, KeptContent>();

  of(content: LayerContent): KeptContent {
    const known = this.#known.get(content);
    if (known !== undefined) return known;
    const kept = new KeptContent(content);
    this.#known.set(content, kept);
    return kept;
  }
}

interface KeptState {
  /** Without what was delivered. */
  readonly about: Omit<SourceState, "content">;
  readonly content: KeptContent | undefined;
}

/**
 * What a version of the past was made of. Layers and trees are not kept: they are made again when
 * somebody asks for them.
 */
export class KeptOrigin<T> {
  readonly #contents: KeptContents;
  readonly #states: readonly KeptState[];
  readonly #rest: Pick<Origin<T>, "ignored" | "expansions" | "backends">;
  /** What expansion and derived defaults made of the merged tree, once it is shrunk. */
  #overlay: TreeOverlay | undefined;
  /** All of it, until it is shrunk. */
  #whole: Origin<T> | undefined;
  #restored: WeakRef<Origin<T>> | undefined;

  /** O(sources): nothing is left out yet. */
  constructor(origin: Origin<T>, contents: KeptContents) {
    const { states, ignored, expansions, backends } = origin;
    this.#contents = contents;
    this.#whole = origin;
    this.#rest = { ignored, expansions, backends };
    this.#states = states.map(({ content, ...about }) => {
      return { about, content: content === undefined ? undefined : contents.of(content) };
    });
  }

  /** Once the steps are done only what differs from the version after it is kept. */
  *shrinkInSteps(next: Origin<T>): Generator<void, void, void> {
    if (this.#whole === undefined) return;
    const { merged, tree } = this.#whole;
    this.#overlay = overlayOf(merged, tree);
    this.#whole = undefined;
    for (const { about, content } of this.#states) {
      yield;
      const after = next.states.find(({ ranked }) => ranked.id === about.ranked.id)?.content;
      if (content === undefined) continue;
      yield* content.shrinkInSteps(after === undefined ? undefined : this.#contents.of(after));
    }
  }

  /** What the sources had delivered, for another build. */
  async states(): Promise<readonly SourceState[]> {
    if (this.#whole !== undefined) return this.#whole.states;
    return await Promise.all(
      this.#states.map(async ({ about, content }) => {
        return { ...about, content: await content?.wholeLater() };
      }),
    );
  }

  /** All of it again, in this turn: texts that were left out are parsed, layers are merged. */
  restore(node: SchemaNode): Origin<T> {
    if (this.#whole !== undefined) return this.#whole;
    const known = this.#restored?.deref();
    if (known !== undefined) return known;
    const states = this.#states.map(({ about, content }) => {
      return { ...about, content: content?.whole() };
    });
    const context = { segments: [], nodes: node.alone, report: () => {} };
    const { layers, tree: merged } = runSteps(mergeStates(states, context, new PreparedLayers()));
    const tree = this.#overlay === undefined ? merged : withOverlay(merged, this.#overlay);
    const restored = { ...this.#rest, states, layers, merged, tree };
    this.#restored = new WeakRef(restored);
    return restored;
  }
}
