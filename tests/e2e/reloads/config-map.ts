import { mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * A mounted ConfigMap: files are links to `..data/…`, and `..data` is a link to the folder of one
 * generation that is replaced by a rename, as a kubelet does it.
 */
export class ConfigMap {
  readonly #folder: string;
  #generation = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Puts all files in place at once; what was there before is gone afterwards. */
  async swap(files: Readonly<Record<string, string>>): Promise<void> {
    const previous = join(this.#folder, `..gen-${this.#generation}`);
    const name = `..gen-${++this.#generation}`;
    await mkdir(join(this.#folder, name), { recursive: true });
    for (const [file, text] of Object.entries(files)) {
      await writeFile(join(this.#folder, name, file), text);
    }
    await symlink(name, join(this.#folder, "..data_tmp"));
    await rename(join(this.#folder, "..data_tmp"), join(this.#folder, "..data"));
    await rm(previous, { recursive: true, force: true });
  }

  /** Links a file of the generations into the folder, and gives its path there. */
  async link(file: string): Promise<string> {
    const path = join(this.#folder, file);
    await mkdir(this.#folder, { recursive: true });
    await symlink(join("..data", file), path);
    return path;
  }
}
