/**
 * Files of one's own that are there whole or not at all.
 *
 * @module
 */

import { constants } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { ConfigError } from "../errors.ts";
import { systemCode } from "../file-system.ts";

/** What nobody else may do with a file of state; a group may, as volumes of Kubernetes need it. */
const OTHERS = 0o007;

const MAX_BYTES = 64 * 1024 * 1024;

/**
 * Puts a file of mode 0600 in the place of what is there, if anything is.
 *
 * At every moment, also after a crash of the machine, `path` is the old content or the new; once
 * this resolves it is the new. A crash leaves one file `<path>.tmp` behind at most. MUST NOT run
 * twice at a time for one path.
 *
 * A file that is mounted by itself keeps its inode: it is written in place (P3), and a crash meanwhile
 * leaves neither the old content nor the new.
 *
 * @param options.outlastsMachine `false` for what is worth nothing after a crash of the machine:
 *   spares waiting for the disk
 */
export async function replaceFile(
  path: string,
  bytes: Uint8Array,
  options: { readonly outlastsMachine?: boolean } = {},
): Promise<void> {
  const { outlastsMachine = true } = options;
  const temporary = `${path}.tmp`;
  await rm(temporary, { force: true });
  try {
    await writeNew(temporary, bytes, outlastsMachine);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    if (systemCode(error) !== "EBUSY") throw error;
    await writeInPlace(path, bytes, outlastsMachine);
  }
  if (outlastsMachine) await syncFolder(dirname(path));
}

async function writeNew(path: string, bytes: Uint8Array, isSynced: boolean): Promise<void> {
  await using file = await open(path, "wx", 0o600); // a new file: no link is followed
  await file.writeFile(bytes);
  if (isSynced) await file.sync();
}

async function writeInPlace(path: string, bytes: Uint8Array, isSynced: boolean): Promise<void> {
  await using file = await open(path, constants.O_WRONLY | constants.O_NOFOLLOW);
  await file.chmod(0o600);
  await file.truncate();
  await file.writeFile(bytes);
  if (isSynced) await file.sync();
}

/** Without this a rename is in memory only. */
async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, "r");
  await folder.sync();
}

/**
 * The content of a regular file that is no link and that nobody else may read or write; `undefined`
 * where there is none.
 *
 * @throws {ConfigError} `state_unsafe` for any other file, and what the file system says
 */
export async function readPrivateFile(path: string): Promise<Uint8Array | undefined> {
  try {
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK; // a FIFO does not block
    await using file = await open(path, flags);
    const stat = await file.stat();
    if (!stat.isFile()) throw unsafe("it is no regular file");
    if ((stat.mode & OTHERS) !== 0)
      throw unsafe(`its mode is ${octal(stat.mode)}: chmod it to 600`);
    if (stat.size > MAX_BYTES) throw unsafe(`it has ${stat.size} bytes`);
    return await file.readFile();
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT") return undefined;
    if (code === "ELOOP") throw unsafe("it is a symbolic link");
    throw error;
  }
}

function unsafe(because: string): ConfigError {
  return new ConfigError("state_unsafe", because);
}

/** `0644` */
export function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, "0");
}
