/**
 * Files that are there whole or not at all.
 *
 * @module
 */

import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Puts a file of mode 0600 in the place of what is there, if anything is.
 *
 * At every moment, also after a crash of the machine, `path` is the old content or the new; once
 * this resolves it is the new.
 *
 * @param options.keepAs first gives the old file this name, in place of what has it; a crash right
 *   then leaves the old content under that name alone
 */
export async function replaceFile(
  path: string,
  bytes: Uint8Array,
  options: { readonly keepAs?: string | undefined } = {},
): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await writeSynced(temporary, bytes);
    if (options.keepAs !== undefined) await rename(path, options.keepAs);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  await using file = await open(path, "wx", 0o600); // a new file: no link is followed
  await file.writeFile(bytes);
  await file.sync();
}

/** Without this a rename is in memory only. */
async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, "r");
  await folder.sync();
}

/**
 * The content of a regular file that is no link; `undefined` where there is none.
 *
 * @throws what the file system says, and `TypeError` never
 */
export async function readFileIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    return await file.readFile();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
