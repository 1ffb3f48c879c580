import { existsSync } from "node:fs";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";

/** Where folders may lie: kernels tell of changes in their own way on each file system. */
export const KINDS_OF_FOLDERS: readonly (readonly [string, string])[] = [
  ["the disk", tmpdir()],
  ["a tmpfs", "/dev/shm"],
].flatMap(([kind = "", path = ""]) => (existsSync(path) ? [[kind, path] as const] : []));

/** A folder of its own for one test; it goes with everything in it. */
export class Folder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(parent: string = tmpdir()): Promise<Folder> {
    return new Folder(await mkdtemp(join(parent, "llmcfg-config-")));
  }

  at(name: string): string {
    return join(this.path, name);
  }

  /** Written in place. @returns its path */
  async write(name: string, text: string | Uint8Array): Promise<string> {
    await writeFile(this.at(name), text);
    return this.at(name);
  }

  /** As editors do: a new file takes the name. */
  async save(name: string, text: string): Promise<string> {
    const path = this.at(name);
    const temporary = join(dirname(path), `.${basename(path)}.tmp`);
    await writeFile(temporary, text);
    await rename(temporary, path);
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}
