import type { FileSystem } from "../file-system.ts";
import { type Format, formatOf } from "../formats/parse-text.ts";
import type { LayerBelow, ReadTrees, SourceRead, SourceReadContext } from "./config-source.ts";
import { FileReader, type FileSeams, idOfFile } from "./files/file-reader.ts";
import { readFileSet } from "./files/file-set.ts";
import { pinnedFileFindings } from "./files/pinned-files.ts";
import { rereadFiles } from "./files/reread-files.ts";
import { toFailure, toTexts } from "./files/to-read.ts";
import type { PathSource } from "./path-source.ts";
import {
  areStill,
  areUnchanged,
  decodeParts,
  encodeParts,
  type SeenPath,
  type WatchedPath,
} from "./seen-path.ts";

/** How a file is read, and where it ranks. */
export interface FileSourceOptions {
  /** May be absent when the process starts. */
  readonly optional?: boolean;
  /** Default: by the extension. */
  readonly format?: Format;
  readonly priority?: number;
}

/** One file, and what it includes, whose layers lie directly below its own. */
export class FileSource implements PathSource {
  readonly id: string;
  readonly kind = "file";
  readonly path: string;
  readonly paths: readonly WatchedPath[];
  readonly #format: Format;
  readonly #seams: FileSeams;
  readonly #reader: FileReader;

  /** @throws {ConfigError} `unsupported_extension` */
  constructor(path: string, options: FileSourceOptions, seams: FileSeams) {
    this.id = idOfFile(path);
    this.path = path;
    this.paths = [{ path, type: "file" }];
    this.#format = options.format ?? formatOf(path);
    this.#seams = seams;
    this.#reader = new FileReader(seams);
  }

  partsOf(identity: string): readonly SeenPath[] {
    return decodeParts(identity);
  }

  async isStill(identity: string): Promise<boolean> {
    return await areStill(this.#seams.fs, this.partsOf(identity));
  }

  over(fs: FileSystem): PathSource {
    return new FileSource(this.path, { format: this.#format }, { ...this.#seams, fs });
  }

  async read({ previous, signal }: SourceReadContext): Promise<SourceRead> {
    const { fs } = this.#seams;
    if (previous !== undefined && (await areUnchanged(fs, this.partsOf(previous.identity)))) {
      return { state: "unchanged" };
    }
    const { path } = this;
    const root = { path, format: this.#format, mayBeMissing: false };
    const options = { fs, reader: this.#reader, hadContent: previous !== undefined, signal };
    const read = await readFileSet(async () => ({ files: [root], seen: [] }), options);
    if (read.state === "failed") return toFailure(read);
    return {
      state: "ok",
      ...toTrees(read.layers),
      identity: encodeParts(read.seen),
      hash: read.hash,
      findings: await pinnedFileFindings(read.files, fs),
      texts: toTexts(read.files),
      reread: rereadFiles(read.files, this.#seams, toTrees),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** The file itself, then what it includes. */
function toTrees([own, ...below]: readonly LayerBelow[]): ReadTrees {
  if (own === undefined) throw new TypeError("a file that was read has a layer");
  return { tree: own.tree, below };
}
