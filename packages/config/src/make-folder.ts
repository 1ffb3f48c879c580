import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { systemCode } from "./file-system.ts";

/**
 * Makes a folder of mode 0700, and those that it lies in, where they are missing.
 *
 * Node's own way of doing that never ends where a folder is there and nothing can be made in it
 * under the name, as in `/proc`.
 *
 * @throws what the file system says
 */
export async function makeFolder(path: string): Promise<void> {
  if (await isMade(path)) return;
  await makeFolder(dirname(path));
  await makeOne(path);
}

/** Nothing is made where the folder around it is missing. */
async function isMade(path: string): Promise<boolean> {
  try {
    await makeOne(path);
    return true;
  } catch (error) {
    if (systemCode(error) === "ENOENT" && dirname(path) !== path) return false;
    throw error;
  }
}

/** It may be there already; a file of its name is in the way. */
async function makeOne(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const isThere = systemCode(error) === "EEXIST" && (await stat(path)).isDirectory();
    if (!isThere) throw error;
  }
}
