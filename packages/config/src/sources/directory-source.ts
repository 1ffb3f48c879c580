import { join } from "node:path";
import type { FileSystem } from "../file-system.ts";
import { systemCode } from "../file-system.ts";
import { type Format, formatOf } from "../formats/parse-text.ts";
import type { SourceFailure, SourceRead, SourceReadContext } from "./config-source.ts";
import type { FileSourceOptions } from "./file-source.ts";
import { FileReader, type FileSeams, failureOf } from "./files/file-reader.ts";
import { type RootFiles, readFileSet } from "./files/file-set.ts";
import { pinnedFileFindings } from "./files/pinned-files.ts";
import { rereadFiles } from "./files/reread-files.ts";
import { toFailure, toTexts } from "./files/to-read.ts";
import { listNames } from "./list-names.ts";
import type { LocatedObject } from "./located.ts";
import type { PathSource } from "./path-source.ts";
import {
  areStill,
  areUnchanged,
  decodeParts,
  encodeParts,
  identityOfNames,
  type SeenPath,
  type WatchedPath,
} from "./seen-path.ts";

/**
 * The configuration files of one directory in byte order of their names, later ones stronger. Each
 * file has a layer of its own; that of the directory itself is empty.
 */
export class DirectorySource implements PathSource {
  readonly id: string;
  readonly kind = "directory";
  readonly path: string;
  readonly paths: readonly WatchedPath[];
  readonly #format: Format | undefined;
  readonly #seams: FileSeams;
  readonly #reader: FileReader;

  constructor(path: string, options: FileSourceOptions, seams: FileSeams) {
    this.id = `directory:${path}`;
    this.path = path;
    this.paths = [{ path, type: "names" }];
    this.#format = options.format;
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
    return new DirectorySource(
      this.path,
      this.#format === undefined ? {} : { format: this.#format },
      { ...this.#seams, fs },
    );
  }

  async read({ previous, signal }: SourceReadContext): Promise<SourceRead> {
    const { path } = this;
    const { fs } = this.#seams;
    if (previous !== undefined && (await areUnchanged(fs, this.partsOf(previous.identity)))) {
      return { state: "unchanged" };
    }
    try {
      const options = { fs, reader: this.#reader, hadContent: previous !== undefined, signal };
      const read = await readFileSet(() => this.#list(), options);
      if (read.state === "failed") return toFailure(read);
      if (read.files.length === 0) return this.#withoutFiles();
      return {
        state: "ok",
        tree: emptyTree(path),
        below: read.layers,
        identity: encodeParts(read.seen),
        hash: read.hash,
        findings: await pinnedFileFindings(read.files, fs),
        texts: toTexts(read.files),
        reread: rereadFiles(read.files, this.#seams, (below) => {
          return { tree: emptyTree(path), below };
        }),
      };
    } catch (error) {
      signal.throwIfAborted();
      const failure = failureOf(error); // the directory cannot be listed
      return systemCode(error) === "ENOTDIR" && "cause" in failure
        ? { ...failure, state: "unreadable" }
        : failure;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  /** Strongest first. */
  async #list(): Promise<RootFiles> {
    const { path } = this;
    const names = await listNames(this.#seams.fs, path, "names");
    const files = names.toReversed().map((name) => {
      const file = join(path, name);
      return { path: file, format: this.#format ?? formatOf(file), mayBeMissing: true };
    });
    return { files, seen: [{ path, type: "names", identity: identityOfNames(names) }] };
  }

  #withoutFiles(): SourceFailure {
    const cause = new Error("there is no .yaml, .yml, .toml or .json file in the directory");
    return { state: "missing", cause };
  }
}

function emptyTree(file: string): LocatedObject {
  const at = { kind: "file", file, line: 1, column: 1 } as const;
  return { type: "object", entries: new Map(), at };
}
