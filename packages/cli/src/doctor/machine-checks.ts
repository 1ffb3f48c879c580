/**
 * What can be wrong on this machine.
 *
 * @module
 */

import { chmod, stat } from "node:fs/promises";
import { VERSION } from "@llmcfg/core";
import { cacheFolder } from "../completion/name-cache.ts";
import { devFileOf } from "../dev-file.ts";
import type { Io } from "../io.ts";
import { type Check, ok, warn } from "./check.ts";

export function runtimeCheck(): Check {
  return ok("runtime", `node ${process.versions.node}, llmcfg ${VERSION}`);
}

/**
 * Whether others on this machine can read what only this user should.
 *
 * @param isMending takes the permissions of others away
 */
export async function cachePermissionsCheck(env: Io["env"], isMending: boolean): Promise<Check> {
  const open: string[] = [];
  for (const path of [cacheFolder(env), devFileOf(env)]) {
    if (!(await isOpenToOthers(path))) continue;
    if (isMending) await chmod(path, path === cacheFolder(env) ? 0o700 : 0o600);
    else open.push(path);
  }
  if (open.length === 0) return ok("cache-perms", "nobody else can read caches and notes");
  const detail = `others can read ${open.join(" and ")}`;
  return warn("cache-perms", detail, `llmcfg doctor --fix, or chmod go= ${open.join(" ")}`);
}

async function isOpenToOthers(path: string): Promise<boolean> {
  try {
    return ((await stat(path)).mode & 0o077) !== 0;
  } catch {
    return false; // there is none
  }
}
