/**
 * Where settings and data lie unless somebody says otherwise.
 *
 * @module
 */

import { access } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** The surroundings of a process, as far as they say where things lie. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** A file, and how it is called when people are told of it. */
export interface SettingsFile {
  readonly path: string;
  readonly shown: string;
}

const FILE_NAME = "llmcfg.yaml";

/** The file that was asked for. */
export function namedFile(name: string, { cwd }: Pick<Surroundings, "cwd">): SettingsFile {
  return { path: resolve(cwd, name), shown: name };
}

/** `llmcfg.yaml` of the working directory, else of the user, else of the machine. */
export async function findSettingsFile({
  env,
  cwd,
}: Surroundings): Promise<SettingsFile | undefined> {
  const user = folderOf(env, "XDG_CONFIG_HOME", ".config");
  const places = [
    { path: join(cwd, FILE_NAME), shown: FILE_NAME },
    ...[join(user, "llmcfg", FILE_NAME), join("/etc/llmcfg", FILE_NAME)].map((path) => ({
      path,
      shown: path,
    })),
  ];
  for (const place of places) if (await isThere(place.path)) return place;
  return undefined;
}

/** Where `store.db` and `root.key` are kept: `$XDG_STATE_HOME/llmcfg/server`. */
export function defaultDataFolder({ env }: Pick<Surroundings, "env">): string {
  return join(folderOf(env, "XDG_STATE_HOME", ".local/state"), "llmcfg/server");
}

/** An XDG folder; a relative one counts as none, as the XDG specification has it. */
function folderOf(env: Surroundings["env"], variable: string, below: string): string {
  const named = env[variable];
  if (named?.startsWith("/")) return named;
  const home = env["HOME"];
  return join(home === undefined || home === "" ? homedir() : home, below);
}

/** One that cannot be looked at is there: reading it says what is wrong. */
async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    return code !== "ENOENT" && code !== "ENOTDIR";
  }
}
