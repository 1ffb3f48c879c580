import { readdir } from "node:fs/promises";
import { join, relative, resolve } from "node:path";

export const ROOT: string = resolve(import.meta.dirname, "../..");

/** All Markdown pages of the repository, by their paths from its root. */
export async function listPages(): Promise<readonly string[]> {
  return (await pagesBelow(ROOT)).map((file) => relative(ROOT, file)).toSorted();
}

async function pagesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = entries.map(async (entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return isOurs(entry.name) ? await pagesBelow(path) : [];
    return entry.name.endsWith(".md") ? [path] : [];
  });
  return (await Promise.all(found)).flat();
}

function isOurs(name: string): boolean {
  return name !== "node_modules" && name !== "dist" && !name.startsWith(".");
}
