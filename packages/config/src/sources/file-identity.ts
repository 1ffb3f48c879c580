import type { FileStat, FileSystem } from "../file-system.ts";

export interface FileLook {
  /**
   * Equal only if the file cannot have been exchanged or written: where symbolic links lead, device,
   * inode, size and times.
   */
  readonly identity: string;
  readonly realPath: string;
  readonly stat: FileStat;
}

/** @throws what the file system says */
export async function lookAtFile(
  fs: Pick<FileSystem, "realpath" | "stat">,
  path: string,
): Promise<FileLook> {
  const realPath = await fs.realpath(path);
  const stat = await fs.stat(realPath);
  const { dev, ino, size, mtimeNs, ctimeNs } = stat;
  return { identity: [realPath, dev, ino, size, mtimeNs, ctimeNs].join("\0"), realPath, stat };
}

/**
 * Writes that are closer together than this may leave the same times: a file that was written so
 * shortly before it was read is read again, whatever its identity says.
 */
const TICK_MS = 100;

const RACY = "\0racy";

/** The identity as of a read at `nowMs`: it equals no later one if the file was just written. */
export function identityOfRead({ identity, stat }: FileLook, nowMs: number): string {
  const changedAtMs = Number(stat.ctimeNs / 1_000_000n);
  return nowMs - changedAtMs < TICK_MS ? identity + RACY : identity;
}

/** The identity without the mark of {@link identityOfRead}. */
export function plainIdentity(identity: string): string {
  return identity.endsWith(RACY) ? identity.slice(0, -RACY.length) : identity;
}
