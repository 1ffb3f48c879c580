import { filePlace } from "../../formats/file-position.ts";
import { type Format, type ParsedText, parseText } from "../../formats/parse-text.ts";
import type { LayerBelow, ReadTrees, Reread } from "../config-source.ts";
import type { FileSeams, ReadFile } from "./file-reader.ts";
import { takeIncludes } from "./include-list.ts";

/** What is known of a file beside its text. */
interface FileName {
  readonly id: string;
  readonly file: string;
  readonly realPath: string;
  readonly format: Format;
}

/** Parses files again whose texts were kept. They were accepted once: nothing is wrong with them. */
export class RereadFiles implements Reread {
  readonly #names: readonly FileName[];
  readonly #seams: Pick<FileSeams, "limits" | "parser">;
  readonly #toTrees: (layers: readonly LayerBelow[]) => ReadTrees;

  /** @param files strongest first */
  constructor(
    files: readonly ReadFile[],
    { limits, parser }: FileSeams,
    toTrees: (layers: readonly LayerBelow[]) => ReadTrees,
  ) {
    this.#names = files.map(({ id, path: file, realPath, format }) => {
      return { id, file, realPath, format };
    });
    this.#seams = { limits, parser };
    this.#toTrees = toTrees;
  }

  now(texts: ReadonlyMap<string, string>): ReadTrees {
    const { limits } = this.#seams;
    const layers = this.#names.map((name) => {
      const { format } = name;
      const options = { format, limits, place: filePlace(name) };
      return layerOf(name, parseText(textOf(name, texts), options));
    });
    return this.#toTrees(layers);
  }

  async later(texts: ReadonlyMap<string, string>): Promise<ReadTrees> {
    const { limits, parser } = this.#seams;
    const layers: LayerBelow[] = [];
    for (const name of this.#names) {
      const bytes = new TextEncoder().encode(textOf(name, texts));
      layers.push(layerOf(name, await parser.parse(bytes, { ...name, limits, isOfPast: true })));
    }
    return this.#toTrees(layers);
  }
}

function textOf({ file }: FileName, texts: ReadonlyMap<string, string>): string {
  const text = texts.get(file);
  if (text === undefined) throw new TypeError(`the text of ${file} was not kept`);
  return text;
}

function layerOf({ id }: FileName, parsed: ParsedText): LayerBelow {
  if (parsed.state !== "ok") throw new TypeError(`the text of ${id} is ${parsed.state} by now`);
  return { id, tree: takeIncludes(parsed.tree, id).rest };
}
