import { basename, dirname, resolve } from "node:path";
import type { FileStat, FileSystem } from "../file-system.ts";

/** A file system in which some files have another content, or are there at all. */
export function overlayFileSystem(
  fs: FileSystem,
  files: Readonly<Record<string, string>>,
): FileSystem {
  const texts = new Map(Object.entries(files).map(([path, text]) => [resolve(path), text]));
  const textOf = (path: string) => texts.get(resolve(path));
  return {
    ...fs,
    readFile: async (path) => {
      const text = textOf(path);
      return text === undefined ? await fs.readFile(path) : new TextEncoder().encode(text);
    },
    stat: async (path) => {
      const text = textOf(path);
      return text === undefined ? await fs.stat(path) : statOf(text);
    },
    realpath: async (path) =>
      textOf(path) === undefined ? await fs.realpath(path) : resolve(path),
    readdir: async (path) => {
      const own = [...texts.keys()].filter((file) => dirname(file) === resolve(path));
      return [...new Set([...(await fs.readdir(path)), ...own.map((file) => basename(file))])];
    },
  };
}

/** Of a file that has not been written for long. */
function statOf(text: string): FileStat {
  const size = BigInt(new TextEncoder().encode(text).length);
  return { dev: 0n, ino: 0n, size, mtimeNs: 0n, ctimeNs: 0n };
}
