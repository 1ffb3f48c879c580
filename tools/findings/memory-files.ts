import { dirname } from "node:path";
import type { FileSystem } from "../../packages/config/src/index.ts";

/** Files in memory, by the paths they are asked for; nothing else is there. */
export function memoryFiles(files: ReadonlyMap<string, Uint8Array>): FileSystem {
  const bytesOf = async (path: string) => files.get(path) ?? missing(path);
  return {
    readFile: bytesOf,
    stat: async (path) => {
      const { length } = await bytesOf(path);
      return { dev: 1n, ino: 1n, size: BigInt(length), mtimeNs: 1n, ctimeNs: 1n };
    },
    realpath: async (path) => {
      await bytesOf(path);
      return path;
    },
    readdir: async (path) => {
      const within = [...files.keys()].filter((file) => dirname(file) === path);
      return within.map((file) => file.slice(path.length + 1));
    },
    watch: () => ({ [Symbol.dispose]: () => {} }),
  };
}

function missing(path: string): never {
  throw Object.assign(new Error(`ENOENT: no such file or directory, open '${path}'`), {
    code: "ENOENT",
  });
}
