/**
 * What Linux tells of the mounts of a process: which of them a file lies on, and whether that one can
 * ever show another file.
 *
 * @module
 */

import { join } from "node:path";
import { type FileSystem, nodeFileSystem } from "../file-system.ts";

export interface Mount {
  /** Where it is mounted. */
  readonly point: string;
  /** What of its file system is mounted there: `/` for the whole of it. */
  readonly root: string;
  /** `ext4`, `tmpfs`, `fuse.sshfs` */
  readonly type: string;
}

/**
 * The mounts of this process, in the order of mounting.
 *
 * @param proc where the system tells of itself: `/proc`
 * @returns nothing where it does not
 */
export async function readMounts(
  proc: string,
  fs: Pick<FileSystem, "readFile"> = nodeFileSystem,
): Promise<readonly Mount[] | undefined> {
  try {
    return parseMounts(new TextDecoder().decode(await fs.readFile(join(proc, "self/mountinfo"))));
  } catch {
    return undefined;
  }
}

/** @see proc_pid_mountinfo(5) */
export function parseMounts(text: string): readonly Mount[] {
  return text.split("\n").flatMap((line) => {
    const [before = "", after = ""] = line.split(" - ", 2);
    const [, , , root, point] = before.split(" ");
    const [type] = after.split(" ");
    if (root === undefined || point === undefined || type === undefined || type === "") return [];
    return [{ point: unescaped(point), root: unescaped(root), type }];
  });
}

/** Space, tab, newline and backslash are written in octal: `\040`. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

/** The mount that a path lies on; links in it must have been followed. */
export function mountOf(mounts: readonly Mount[], realPath: string): Mount | undefined {
  let found: Mount | undefined;
  for (const mount of mounts) {
    const isAbove = mount.point === "/" || `${realPath}/`.startsWith(`${mount.point}/`);
    // Of two at one point the later one hides the earlier.
    if (isAbove && mount.point.length >= (found?.point.length ?? 0)) found = mount;
  }
  return found;
}

/**
 * The mount that keeps a file from ever changing: of this one file, which is tied to an inode
 * (`subPath`, a bind mount of a file), or of one generation of a volume that Kubernetes would exchange.
 */
export function pinningMount(mounts: readonly Mount[], realPath: string): Mount | undefined {
  const mount = mountOf(mounts, realPath);
  if (mount === undefined) return undefined;
  return mount.point === realPath || isOfGeneration(mount) ? mount : undefined;
}

/** Whether the kubelet made it, as the path of what is mounted tells. */
export function isOfKubernetes(mount: Mount): boolean {
  const isOfKubelet = /\/(kubernetes\.io~|volume-subpaths\/|kubelet\/pods\/)/.test(mount.root);
  return isOfKubelet || isOfGeneration(mount);
}

function isOfGeneration({ root }: Mount): boolean {
  return root.split("/").some((segment) => GENERATION.test(segment));
}

/** `..2026_11_25_16_03_04.123456789`, which `..data` leads to. */
const GENERATION = /^\.\.\d{4}_\d{2}_\d{2}_/;
