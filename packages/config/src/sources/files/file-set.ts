import { dirname } from "node:path";
import { ConfigError } from "../../errors.ts";
import { failureText } from "../../failure-text.ts";
import { type Format, formatOf } from "../../formats/parse-text.ts";
import type { Finding } from "../../validate/finding.ts";
import type { LayerBelow, SourceFailure } from "../config-source.ts";
import { contentHash } from "../content-hash.ts";
import { areStill, type PathFiles, type SeenPath } from "../seen-path.ts";
import { expandPattern } from "./expand-pattern.ts";
import type { FileReader, FileRequest, ReadFile } from "./file-reader.ts";
import { type IncludeEntry, includeFinding, takeIncludes } from "./include-list.ts";
import { AT_ONCE } from "./settling.ts";

/** How many files an include may be away from the file that is added. */
const MAX_DEPTH = 8;

/** Files of one source. */
const MAX_FILES = 1_000;

/** Files with all that they include. */
export interface FileSet {
  readonly state: "ok";
  /** Strongest first. */
  readonly layers: readonly LayerBelow[];
  readonly files: readonly ReadFile[];
  /** Of all bytes in the order of the layers, wherever the files lie. */
  readonly hash: string;
  /** All that was looked at, in the order of looking. */
  readonly seen: readonly SeenPath[];
}

export type FileSetRead =
  | FileSet
  | {
      readonly state: "failed";
      readonly failure: SourceFailure;
      readonly seen: readonly SeenPath[];
    };

export interface RootFile {
  readonly path: string;
  readonly format: Format;
  /** It may be gone by now: then it does not count. */
  readonly mayBeMissing: boolean;
}

export interface FileSetOptions extends Pick<FileRequest, "hadContent" | "signal"> {
  readonly fs: PathFiles;
  readonly reader: FileReader;
}

/**
 * Reads files, given strongest first, and what they include: each include ranks directly below its
 * includer, later ones above earlier ones. A file that is reached more than once counts at its
 * strongest place. All are of one generation (P12).
 */
export async function readFileSet(
  roots: () => Promise<RootFiles>,
  options: FileSetOptions,
): Promise<FileSetRead> {
  const settling = options.reader.settling(options.signal, AT_ONCE);
  for (;;) {
    const { files, seen } = await roots();
    const walk = new Walk(options, seen);
    for (const root of files) await walk.addRoot(root);
    const read = walk.finish();
    const isOne = read.seen.length < 2 || (await areStill(options.fs, read.seen));
    if (isOne) return read;
    if (await settling.mayLookAgain()) continue;
    return { ...read, state: "failed", failure: unsettled() };
  }
}

export interface RootFiles {
  readonly files: readonly RootFile[];
  /** What was looked at to find them. */
  readonly seen: readonly SeenPath[];
}

function unsettled(): SourceFailure {
  const cause = new Error("files went on changing while others were read");
  return { state: "unstable", cause };
}

class Walk {
  readonly #options: FileSetOptions;
  readonly #files: (ReadFile & { readonly rest: ReadFile["tree"] })[] = [];
  readonly #visited = new Set<string>();
  readonly #failures: SourceFailure[] = [];
  readonly #seen: SeenPath[];

  constructor(options: FileSetOptions, seen: readonly SeenPath[]) {
    this.#options = options;
    this.#seen = [...seen];
  }

  async addRoot({ path, format, mayBeMissing }: RootFile): Promise<void> {
    const result = await this.#read(path, format);
    if (result.state === "missing" && mayBeMissing) return;
    if (result.state === "ok") await this.#add(result, []);
    else this.#failures.push(mayBeMissing ? about(result, path) : result);
  }

  finish(): FileSetRead {
    const seen = this.#seen;
    const failure = combined(this.#failures, this.#files);
    if (failure !== undefined) return { state: "failed", failure, seen };
    const files = this.#files;
    this.#options.reader.keepOnly(new Set(files.map(({ path }) => path)));
    const layers = files.map(({ id, rest }) => ({ id, tree: rest }));
    return { state: "ok", files, layers, hash: hashOf(files), seen };
  }

  /** @param trail the files that include it, from the first to the nearest */
  async #add(file: ReadFile, trail: readonly ReadFile[]): Promise<void> {
    if (this.#visited.has(file.realPath)) return;
    this.#visited.add(file.realPath);
    const { entries, rest, findings } = takeIncludes(file.tree, file.id);
    this.#refuse(findings);
    this.#files.push({ ...file, rest });
    for (const entry of entries.toReversed()) await this.#include(entry, [...trail, file]);
  }

  async #include(entry: IncludeEntry, trail: readonly ReadFile[]): Promise<void> {
    const includer = trail.at(-1);
    if (includer === undefined) return; // there is one: it has the entry
    const refuse = (code: string, message: string, hint?: string) =>
      this.#refuse([includeFinding(code, message, entry.place, includer.id, hint)]);
    try {
      const directory = dirname(includer.realPath);
      const expanded = await expandPattern(this.#options.fs, directory, entry.pattern);
      this.#seen.push(...expanded.seen);
      const real = expanded.isGlob ? await this.#realPaths(expanded.paths) : expanded.paths;
      for (const [i, path] of [...expanded.paths.entries()].toReversed()) {
        // A pattern does not match those that it is reached by, whatever links lead to them.
        const isSelf = expanded.isGlob && trail.some((above) => above.realPath === real[i]);
        if (!isSelf) await this.#includeFile(path, trail, refuse);
      }
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      refuse(error.code, error.message, error.hint);
    }
  }

  async #realPaths(paths: readonly string[]): Promise<readonly string[]> {
    const { fs } = this.#options;
    return await Promise.all(paths.map((path) => fs.realpath(path).catch(() => path))); // reading says why
  }

  /** @throws {ConfigError} `unsupported_extension` */
  async #includeFile(
    path: string,
    trail: readonly ReadFile[],
    refuse: (code: string, message: string, hint?: string) => void,
  ): Promise<void> {
    if (trail.length > MAX_DEPTH) {
      return refuse("include_too_deep", `files include each other more than ${MAX_DEPTH} deep`);
    }
    if (this.#files.length === MAX_FILES) {
      return refuse("too_many_files", `there are more than ${MAX_FILES} files`);
    }
    const result = await this.#read(path, formatOf(path));
    if (result.state === "missing") {
      return refuse(
        "include_missing",
        `the file ${path} is not there`,
        "a pattern may match nothing",
      );
    }
    if (result.state !== "ok") this.#failures.push(about(result, path));
    else if (trail.some(({ realPath }) => realPath === result.realPath)) {
      const circle = [...trail.map((file) => file.path), path].join(" → ");
      refuse("include_cycle", `files include each other in a circle: ${circle}`);
    } else await this.#add(result, trail);
  }

  async #read(path: string, format: Format): Promise<ReadFile | SourceFailure> {
    const { reader, hadContent, signal } = this.#options;
    const { identity, result } = await reader.read({ path, format, hadContent, signal });
    this.#seen.push({ path, type: "file", identity });
    return result;
  }

  #refuse(findings: readonly Finding[]): void {
    if (findings.length > 0) this.#failures.push({ state: "malformed", findings });
  }
}

/** The failure with the name of its file, which is not that of the source. */
function about(failure: SourceFailure, path: string): SourceFailure {
  if (failure.state === "malformed") return failure;
  const { cause } = failure;
  const text = failureText(cause);
  const message = text === cause.message ? `${path}: ${text}` : text; // in words it has the path
  return { ...failure, cause: new Error(message, { cause }) };
}

/** All that is malformed together; what keeps it from being read at all goes before it. */
function combined(
  failures: readonly SourceFailure[],
  files: readonly ReadFile[],
): SourceFailure | undefined {
  const unread = failures.find(({ state }) => state !== "malformed");
  if (unread !== undefined || failures.length === 0) return unread;
  const findings = failures.flatMap((f) => (f.state === "malformed" ? f.findings : []));
  const malformed = failures.filter((failure) => failure.state === "malformed");
  const textOf = (name: string) =>
    files.find(({ path }) => path === name)?.text ??
    malformed.map((failure) => failure.textOf?.(name)).find((text) => text !== undefined);
  return { state: "malformed", findings, textOf };
}

/** Of a single file its own. */
function hashOf(files: readonly ReadFile[]): string {
  const [first] = files;
  if (first !== undefined && files.length === 1) return first.hash;
  return contentHash(files.map(({ format, hash }) => `${format} ${hash}\n`).join(""));
}
