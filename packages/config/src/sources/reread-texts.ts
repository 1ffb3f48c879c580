import { type Format, type ParsedText, parseText } from "../formats/parse-text.ts";
import { nameOf, placeIn, type TextOrigin } from "../formats/text-position.ts";
import type { LayerBelow, ReadTrees, Reread } from "./config-source.ts";
import type { TextTools } from "./text-tools.ts";

/** What is known of a text beside the text itself. */
export interface KnownText {
  /** Of the layer that it makes. */
  readonly id: string;
  readonly origin: TextOrigin;
  readonly format: Format;
}

/** Parses texts again that were kept. They were accepted once: nothing is wrong with them. */
export class RereadTexts implements Reread {
  readonly #known: readonly KnownText[];
  readonly #tools: TextTools;
  readonly #toTrees: (layers: readonly LayerBelow[]) => ReadTrees;

  /** @param known strongest first, as the layers are that `toTrees` is given */
  constructor(
    known: readonly KnownText[],
    { limits, parser }: TextTools,
    toTrees: (layers: readonly LayerBelow[]) => ReadTrees,
  ) {
    this.#known = known;
    this.#tools = { limits, parser };
    this.#toTrees = toTrees;
  }

  now(texts: ReadonlyMap<string, string>): ReadTrees {
    const { limits } = this.#tools;
    const layers = this.#known.map((known) => {
      const options = { format: known.format, limits, place: placeIn(known.origin) };
      return layerOf(known, parseText(textIn(texts, known), options));
    });
    return this.#toTrees(layers);
  }

  async later(texts: ReadonlyMap<string, string>): Promise<ReadTrees> {
    const { limits, parser } = this.#tools;
    const layers: LayerBelow[] = [];
    for (const known of this.#known) {
      const { format, origin } = known;
      const bytes = new TextEncoder().encode(textIn(texts, known));
      const options = { format, origin, limits, mayRemember: false };
      layers.push(layerOf(known, await parser.parse(bytes, options)));
    }
    return this.#toTrees(layers);
  }
}

function textIn(texts: ReadonlyMap<string, string>, { origin }: KnownText): string {
  const name = nameOf(origin);
  const text = texts.get(name);
  if (text === undefined) throw new TypeError(`the text of ${name} was not kept`);
  return text;
}

function layerOf({ id }: KnownText, parsed: ParsedText): LayerBelow {
  if (parsed.state !== "ok") throw new TypeError(`the text of ${id} is ${parsed.state} by now`);
  return { id, tree: parsed.tree };
}
