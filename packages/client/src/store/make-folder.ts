import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Makes a folder of mode 0700, and those that it lies in, where they are missing.
 *
 * Node's own `recursive` never ends where a folder is there and nothing can be made in it under the
 * name, as in `/proc`.
 *
 * @throws what the file system says
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await makeOne(path);
  } catch (error) {
    const isParentMissing = codeOf(error) === "ENOENT" && dirname(path) !== path;
    if (!isParentMissing) throw error;
    await makeFolder(dirname(path));
    await makeOne(path);
  }
}

/** It may be there already; a file of its name is in the way. */
async function makeOne(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const isThere = codeOf(error) === "EEXIST" && (await stat(path)).isDirectory();
    if (!isThere) throw error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
