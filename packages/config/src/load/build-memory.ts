import type { Json } from "@llmcfg/core";
import { shareInSteps } from "../diff/share-unchanged.ts";
import { ownText } from "../history/text-delta.ts";
import { ParseMemory } from "../schema/parse-memory.ts";
import { isSecretRef } from "../values/secret-handle.ts";
import { PreparedLayers } from "./prepared-layers.ts";
import { isStep } from "./slices.ts";

/**
 * What candidates before amounted to. A part of the next one that is equal, whatever it was read
 * from, is the same object, and what was made of that is not made again.
 *
 * It knows the last good candidate, and of those before as much as somebody still uses.
 */
export class BuildMemory {
  readonly layers: PreparedLayers = new PreparedLayers();
  readonly parses: ParseMemory;
  /** Of typed configurations, by the item of a list. */
  readonly documents: WeakMap<object, Json> = new WeakMap();
  /** Of documents, by the list or object. */
  readonly canonicalTexts: WeakMap<object, string> = new WeakMap();
  /** Parts of inputs whose texts are their own. */
  readonly #owned = new WeakSet();
  #input: unknown;
  #document: Json | undefined;
  readonly #isOnce: boolean;

  /** @param options.isOnce whether nothing is built after it, so nothing has to be kept */
  constructor({ isOnce = false }: { readonly isOnce?: boolean } = {}) {
    this.#isOnce = isOnce;
    this.parses = new ParseMemory({ isOnce });
  }

  /**
   * What is new in it has texts of its own, which keep no more alive than themselves. In steps.
   *
   * @param input of nobody else: it is changed
   */
  *sharedInput(input: unknown): Generator<void, unknown> {
    if (this.#isOnce) return input;
    const shared = yield* shareInSteps(this.#input, input);
    yield* this.#ownTexts(shared);
    return shared;
  }

  /** In steps. @param document of nobody else: it is changed */
  *sharedDocument(document: Json): Generator<void, Json> {
    return yield* shareInSteps(this.#document, document);
  }

  /** From now on these are what the next candidate is compared with. */
  keepInput(input: unknown): void {
    this.#input = input;
  }

  keepDocument(document: Json): void {
    this.#document = document;
  }

  *#ownTexts(value: unknown): Generator<void, void> {
    if (typeof value !== "object" || value === null || isSecretRef(value)) return;
    if (this.#owned.has(value)) return;
    this.#owned.add(value);
    let parts = 0;
    const holder = value as Record<string | number, unknown>; // a list has its places
    const names = Array.isArray(value) ? value.keys() : Object.keys(value);
    for (const name of names) {
      const member = holder[name];
      if (typeof member === "string") holder[name] = ownText(member);
      else if (typeof member === "object") {
        if (isStep(++parts)) yield;
        yield* this.#ownTexts(member);
      }
    }
  }
}
