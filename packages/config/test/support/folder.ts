import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder of its own for one test; it goes with everything in it. */
export class Folder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(): Promise<Folder> {
    return new Folder(await mkdtemp(join(tmpdir(), "llmcfg-config-")));
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
    await writeFile(this.at(`.${name}.tmp`), text);
    await rename(this.at(`.${name}.tmp`), this.at(name));
    return this.at(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}
