/**
 * A file system that fails when a test says so.
 *
 * @module
 */

import { type FileSystem, nodeFileSystem } from "../file-system.ts";

/** What can be asked of a file system. */
export type FileOperation = keyof FileSystem;

/** What goes wrong, and where. */
export interface Fault {
  /** Default: every one. */
  readonly operation?: FileOperation;
  /** The whole path, or what it fits; default: every one. */
  readonly path?: string | RegExp;
  /** How many calls it takes; default: all until it is disposed. */
  readonly times?: number;
  /**
   * A system error (`EIO`, `EACCES`, `ENOENT`, `EMFILE`); `{ keepBytes }`, a read that gives no more
   * than that of a file, as of one that is half written; `deaf`, a watch that hears of nothing.
   */
  readonly fails: `E${string}` | "deaf" | { readonly keepBytes: number };
}

/** One call of a file system. */
export interface FileCall {
  readonly operation: FileOperation;
  readonly path: string;
}

/** A file system that fails when it is told to, and remembers what it was asked. */
export interface FaultyFileSystem extends FileSystem {
  /** From now on; the fault added last goes first. Disposing it mends the file system. */
  addFault(fault: Fault): Disposable;
  /** Breaks every open watch with a system error, as where its directory has gone. */
  breakWatches(code: string): void;
  /** Everything that was asked, in order, what failed too. */
  readonly calls: readonly FileCall[];
  /** Watches that are open: none is left once everything is closed. */
  readonly openWatches: number;
}

/**
 * The file system of `base` until faults are added.
 *
 * @example
 * ```ts
 * const fs = faultyFileSystem();
 * const loader = new ConfigLoader(schema, { fs }).addFile("gateway.yaml");
 * using _torn = fs.addFault({ operation: "readFile", fails: { keepBytes: 10 } });
 * ```
 */
export function faultyFileSystem(base: FileSystem = nodeFileSystem): FaultyFileSystem {
  const faults = new FaultList();
  const watches = new Set<(error: Error) => void>();
  const calls: FileCall[] = [];
  const meet = (operation: FileOperation, path: string) => {
    calls.push({ operation, path });
    const fails = faults.take({ operation, path });
    if (typeof fails === "string" && fails !== "deaf") throw systemError(fails, operation, path);
    return fails;
  };
  return {
    calls,
    addFault: (fault) => faults.add(fault),
    breakWatches: (code) => {
      for (const onError of watches) onError(systemError(code, "watch", "."));
    },
    get openWatches() {
      return watches.size;
    },
    readFile: async (path) => {
      const fails = meet("readFile", path);
      const bytes = await base.readFile(path);
      return typeof fails === "object" ? bytes.subarray(0, fails.keepBytes) : bytes;
    },
    stat: async (path) => {
      meet("stat", path);
      return await base.stat(path);
    },
    realpath: async (path) => {
      meet("realpath", path);
      return await base.realpath(path);
    },
    readdir: async (path) => {
      meet("readdir", path);
      return await base.readdir(path);
    },
    watch: (directory, onEvent, onError) => {
      const isDeaf = meet("watch", directory) === "deaf";
      const watch = base.watch(directory, (name) => isDeaf || onEvent(name), onError);
      const breaks = (error: Error) => onError(error);
      watches.add(breaks);
      return {
        [Symbol.dispose]: () => {
          watches.delete(breaks);
          watch[Symbol.dispose]();
        },
      };
    },
  };
}

/** Faults that are in force, the newest first. */
class FaultList {
  #faults: readonly { readonly fault: Fault; left: number }[] = [];

  add(fault: Fault): Disposable {
    const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
    this.#faults = [entry, ...this.#faults];
    return {
      [Symbol.dispose]: () => {
        this.#faults = this.#faults.filter((other) => other !== entry);
      },
    };
  }

  /** What the call meets; that counts as one time. */
  take(call: FileCall): Fault["fails"] | undefined {
    const entry = this.#faults.find(({ fault, left }) => left > 0 && meets(fault, call));
    if (entry !== undefined) entry.left--;
    return entry?.fault.fails;
  }
}

function meets({ operation, path }: Fault, call: FileCall): boolean {
  if (operation !== undefined && operation !== call.operation) return false;
  if (path === undefined) return true;
  return typeof path === "string" ? path === call.path : path.test(call.path);
}

/** As Node.js makes them: `EIO: readFile '/etc/gateway.yaml'`. */
function systemError(code: string, operation: FileOperation, path: string): Error {
  return Object.assign(new Error(`${code}: ${operation} '${path}'`), { code, path });
}
