/**
 * Moving a log out of the way of a new one, to `<path>.1`: what is there counts on, and the oldest goes.
 *
 * The log itself is moved first, to `<path>.0`: where that is refused, as of a file that is a mount of
 * its own, no other file has been moved. What a crash leaves at `<path>.0` is the newest of the old files.
 *
 * @module
 */

import { lstat } from "node:fs/promises";
import { systemCode } from "../file-system.ts";

export interface LogRotation {
  readonly path: string;
  /** Files kept in all, the log among them. */
  readonly maxFiles: number;
  readonly fs: { readonly rename: (from: string, to: string) => Promise<void> };
}

/** The log is away, or was before. @throws what the file system says; then nothing is moved */
export async function moveLogAway(rotation: LogRotation): Promise<void> {
  await renameIfThere(rotation, rotation.path, movedLog(rotation.path));
}

/** What is away gets its number. Nothing is moved where nothing is away. */
export async function numberMovedLog(rotation: LogRotation): Promise<void> {
  const { path } = rotation;
  if (!(await isThere(movedLog(path)))) return;
  for (let n = await firstFree(rotation); n > 0; n--) {
    await renameIfThere(rotation, `${path}.${n - 1}`, `${path}.${n}`);
  }
}

/** Where the log is until it has its number. */
export function movedLog(path: string): string {
  return `${path}.0`;
}

/** The last number where all are taken: what has it goes. */
async function firstFree({ path, maxFiles }: LogRotation): Promise<number> {
  const last = maxFiles - 1;
  for (let n = 1; n < last; n++) if (!(await isThere(`${path}.${n}`))) return n;
  return last;
}

async function renameIfThere({ fs }: LogRotation, from: string, to: string): Promise<void> {
  try {
    await fs.rename(from, to);
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return false;
    throw error;
  }
}
