import { pinningMount, readMounts } from "../../doctor/mount-info.ts";
import type { FileSystem } from "../../file-system.ts";
import type { Finding } from "../../validate/finding.ts";
import { idOfFile, type ReadFile } from "./file-reader.ts";

/** Warnings about files whose changes can never be seen, because of the way they are mounted (P3). */
export async function pinnedFileFindings(
  files: readonly Pick<ReadFile, "path" | "realPath">[],
  fs: Pick<FileSystem, "readFile">,
): Promise<readonly Finding[]> {
  const mounts = await readMounts("/proc", fs);
  if (mounts === undefined) return [];
  return files.flatMap(({ path, realPath }) => {
    const mount = pinningMount(mounts, realPath);
    return mount === undefined ? [] : [findingOf(path, mount.point)];
  });
}

function findingOf(path: string, point: string): Finding {
  const message =
    point === path
      ? `${path} is mounted by itself: no change will reach it`
      : `${path} lies on ${point}, which is mounted by itself: no change will reach it`;
  return {
    kind: "schema_violation",
    severity: "warning",
    code: "source_not_reloadable",
    path: "",
    pointer: "",
    message,
    hint: "mount the whole directory (without subPath), and name the file in it",
    source: idOfFile(path),
  };
}
