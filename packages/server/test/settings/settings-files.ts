/**
 * Files of settings, in a folder that goes with the test.
 *
 * @module
 */

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { SettingsFile } from "../../src/settings/places.ts";

export interface Folder extends AsyncDisposable {
  readonly path: string;
  /** Writes a file, with the folders above it; it is shown by the name given. */
  write(name: string, text: string): Promise<SettingsFile>;
}

export async function makeFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), "llmcfg-settings-"));
  return {
    path,
    write: async (name, text) => {
      const file = join(path, name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
      return { path: file, shown: name };
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}
