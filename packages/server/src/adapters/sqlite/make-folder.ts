import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a folder of mode 0700, and those that it lies in, where they are missing.
 *
 * Node's own `recursive` never ends where a folder is there and nothing can be made in it under the
 * name, as in `/proc`.
 *
 * @throws what the file system says
 */
export function makeFolder(path: string): void {
  try {
    makeOne(path);
  } catch (error) {
    const isParentMissing = codeOf(error) === "ENOENT" && dirname(path) !== path;
    if (!isParentMissing) throw error;
    makeFolder(dirname(path));
    makeOne(path);
  }
}

/** It may be there already; a file of its name is in the way. */
function makeOne(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const isThere = codeOf(error) === "EEXIST" && statSync(path).isDirectory();
    if (!isThere) throw error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
