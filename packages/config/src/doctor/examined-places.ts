import { dirname } from "node:path";
import type { FileSystem } from "../file-system.ts";
import type { ExaminedFile } from "./doctor-check.ts";

export interface ExaminedPlace extends ExaminedFile {
  /** Where symbolic links lead. */
  readonly realPath: string;
}

/** The files that are there, with where they lie. */
export async function placesOf(
  files: readonly ExaminedFile[],
  fs: Pick<FileSystem, "realpath">,
): Promise<readonly ExaminedPlace[]> {
  const found = await Promise.all(
    files.map(async (file) => {
      try {
        return [{ ...file, realPath: await fs.realpath(file.path) }];
      } catch {
        return []; // it is not there, which others tell
      }
    }),
  );
  return found.flat();
}

/** The directories whose events tell of changes. */
export async function watchedDirectories(
  {
    files,
    directories,
  }: { readonly files: readonly ExaminedFile[]; readonly directories: readonly string[] },
  fs: Pick<FileSystem, "realpath">,
): Promise<readonly string[]> {
  const places = await placesOf(files, fs);
  const real = places.map(({ realPath }) => dirname(realPath));
  return [...new Set([...files.map(({ path }) => dirname(path)), ...real, ...directories])];
}

/** `a is`, `a, b and 3 more are` */
export function subjectOf(places: readonly { readonly path: string }[]): string {
  const shown = places.slice(0, 3).map(({ path }) => path);
  const more = places.length - shown.length;
  const list = shown.join(", ") + (more > 0 ? ` and ${more} more` : "");
  return `${list} ${places.length === 1 ? "is" : "are"}`;
}
