import { isAbsolute, join } from "node:path";
import { compareBytewise } from "@llmcfg/core";
import { systemCode } from "../../file-system.ts";
import { compileGlob } from "../../values/glob.ts";
import { listNames } from "../list-names.ts";
import {
  identityOfFailure,
  identityOfNames,
  lookAtPath,
  type PathFiles,
  type SeenPath,
} from "../seen-path.ts";

/** How far `**` goes down. */
const MAX_DEPTH = 16;

export interface ExpandedPattern {
  /** In byte order. */
  readonly paths: readonly string[];
  /** Whether the pattern may match nothing. */
  readonly isGlob: boolean;
  /** The directories that were listed, for what is added to them matches too. */
  readonly seen: readonly SeenPath[];
}

/**
 * The files that a path or pattern stands for. Wildcards match no hidden names, and of files those
 * with an extension of configuration.
 *
 * @throws {ConfigError} `invalid_glob`
 */
export async function expandPattern(
  fs: PathFiles,
  directory: string,
  pattern: string,
): Promise<ExpandedPattern> {
  const segments = pattern.split("/").filter((segment) => segment !== "");
  const base = isAbsolute(pattern) ? "/" : directory;
  if (!segments.some(isWild)) return { paths: [join(base, ...segments)], isGlob: false, seen: [] };
  const expansion = new Expansion(fs);
  const paths = await expansion.expand(
    base,
    segments.at(-1) === "**" ? [...segments, "*"] : segments,
  );
  return {
    paths: [...new Set(paths)].toSorted(compareBytewise),
    isGlob: true,
    seen: expansion.seen,
  };
}

function isWild(segment: string): boolean {
  return /[*?[\]{}\\]/.test(segment);
}

class Expansion {
  readonly #fs: PathFiles;
  readonly #seen = new Map<string, SeenPath>();

  constructor(fs: PathFiles) {
    this.#fs = fs;
  }

  get seen(): readonly SeenPath[] {
    return [...this.#seen.values()];
  }

  async expand(directory: string, segments: readonly string[]): Promise<readonly string[]> {
    const [first, ...rest] = segments;
    if (first === undefined) return await this.#ifThere(directory);
    if (first === "**") return await this.#expandDeep(directory, rest, new Set());
    if (!isWild(first)) return await this.expand(join(directory, first), rest);
    const matches = compileGlob(first, "path");
    const type = rest.length === 0 ? "names" : "entries";
    const names = (await this.#list(directory, type)).filter(matches);
    const paths = names.map((name) => join(directory, name));
    if (rest.length === 0) return paths;
    return (await Promise.all(paths.map((path) => this.expand(path, rest)))).flat();
  }

  /** Below the directory at any depth, itself included. */
  async #expandDeep(
    directory: string,
    rest: readonly string[],
    above: ReadonlySet<string>,
  ): Promise<readonly string[]> {
    const real = await this.#fs.realpath(directory).catch(() => directory); // listing says why not
    if (above.has(real) || above.size === MAX_DEPTH) return []; // links may lead in circles
    const names = await this.#list(directory, "entries");
    if (names.length === 0) return [];
    const within = new Set([...above, real]);
    const here = await this.expand(directory, rest);
    const below = names.map((name) => this.#expandDeep(join(directory, name), rest, within));
    return [...here, ...(await Promise.all(below)).flat()];
  }

  /** A path without wildcards behind ones with: it is a match where there is something. */
  async #ifThere(path: string): Promise<readonly string[]> {
    const { identity } = await lookAtPath(this.#fs, { path, type: "file" });
    this.#see({ path, type: "file", identity });
    return await this.#fs.stat(path).then(
      () => [path],
      () => [],
    );
  }

  /** Nothing where there is no directory. */
  async #list(path: string, type: "names" | "entries"): Promise<readonly string[]> {
    try {
      const names = await listNames(this.#fs, path, type);
      this.#see({ path, type, identity: identityOfNames(names) });
      return names;
    } catch (error) {
      const isFile = systemCode(error) === "ENOTDIR";
      if (!isFile) this.#see({ path, type, identity: identityOfFailure(error) });
      return [];
    }
  }

  #see(part: SeenPath): void {
    this.#seen.set(`${part.type} ${part.path}`, part);
  }
}
