import { compareBytewise } from "@llmcfg/core";
import type { FileSystem } from "../file-system.ts";

/**
 * The names in a directory in byte order: all but the hidden ones (so neither `..data` nor the
 * generations of a mounted ConfigMap), or of these the ones with an extension of configuration.
 *
 * @throws what the file system says
 */
export async function listNames(
  fs: Pick<FileSystem, "readdir">,
  directory: string,
  which: "names" | "entries",
): Promise<readonly string[]> {
  const visible = (await fs.readdir(directory)).filter((name) => !name.startsWith("."));
  return visible
    .filter((name) => which === "entries" || /\.(ya?ml|toml|json)$/i.test(name))
    .toSorted(compareBytewise);
}
