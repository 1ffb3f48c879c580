import { watch } from "node:fs";
import { readdir, readFile, realpath, stat } from "node:fs/promises";

/** What the library needs of a file system. */
export interface FileSystem {
  readFile(path: string): Promise<Uint8Array>;
  /** Follows symbolic links. */
  stat(path: string): Promise<FileStat>;
  realpath(path: string): Promise<string>;
  /** The names in a directory, in any order; hidden ones too. */
  readdir(path: string): Promise<readonly string[]>;
  /** Names are what changed in the directory, where the system says so. Not recursive. */
  watch(
    directory: string,
    onEvent: (name: string | null) => void,
    onError: (error: Error) => void,
  ): Disposable;
}

/** What is compared to tell whether a file changed. */
export interface FileStat {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

/** The file system of this machine. */
export const nodeFileSystem: FileSystem = {
  readFile: (path) => readFile(path),
  stat: (path) => stat(path, { bigint: true }),
  realpath: (path) => realpath(path),
  readdir: (path) => readdir(path),
  watch: (directory, onEvent, onError) => {
    const watcher = watch(directory, (_event, name) => onEvent(name));
    watcher.on("error", onError);
    return { [Symbol.dispose]: () => watcher.close() };
  },
};

/** The code of a system error: `ENOENT`. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error && "code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
