import { resolve } from "node:path";
import { ConfigError } from "../errors.ts";
import type { FileSystem } from "../file-system.ts";
import { DEFAULT_LIMITS } from "../formats/limits.ts";
import { whyUnreadable } from "./why-unreadable.ts";

export interface ReferencedFilesOptions {
  readonly fs: Pick<FileSystem, "readFile" | "realpath" | "stat">;
  /** Directories that may be read from; any if not given. */
  readonly roots: readonly string[] | undefined;
  readonly maxBytes?: number | undefined;
}

/** The files that `${file:…}` may name. */
export class ReferencedFiles {
  readonly #options: ReferencedFilesOptions;

  constructor(options: ReferencedFilesOptions) {
    this.#options = options;
  }

  /**
   * Where symbolic links lead decides whether a file may be read.
   *
   * @throws {ConfigError} `file_not_allowed`, `file_too_large`, `file_unreadable`
   */
  async read(path: string): Promise<Uint8Array> {
    try {
      const real = await this.#options.fs.realpath(path);
      await this.#requireAllowed(path, real);
      await this.#requireSmall(path, real);
      return await this.#options.fs.readFile(real);
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      const options = { cause: error };
      const message = `the file ${path} cannot be read: ${whyUnreadable(error)}`;
      throw new ConfigError("file_unreadable", message, options);
    }
  }

  async #requireAllowed(path: string, real: string): Promise<void> {
    const { roots } = this.#options;
    if (roots === undefined) return;
    const allowed = await Promise.all(roots.map((root) => this.#realRoot(root)));
    if (allowed.some((root) => real.startsWith(root))) return;
    const message = `the file ${path} lies outside the allowed directories`;
    throw new ConfigError("file_not_allowed", message);
  }

  /** With the slash at its end, so that `/etc/app` does not allow `/etc/application`. */
  async #realRoot(root: string): Promise<string> {
    const path = resolve(root);
    const real = await this.#options.fs.realpath(path).catch(() => path); // one that is not there holds nothing
    return real.endsWith("/") ? real : `${real}/`;
  }

  async #requireSmall(path: string, real: string): Promise<void> {
    const { fs, maxBytes = DEFAULT_LIMITS.maxBytes } = this.#options;
    const { size } = await fs.stat(real);
    if (size <= BigInt(maxBytes)) return;
    const message = `the file ${path} has ${size} bytes: expected at most ${maxBytes}`;
    throw new ConfigError("file_too_large", message);
  }
}
