/**
 * Names of environments and keys that this user has seen, kept on disk so that completion needs no
 * server. Names alone, never values; one folder for each server and credential, readable by its owner.
 *
 * @module
 */

import { createHash, randomUUID } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { ListSelection } from "@llmcfg/client";
import { compareBytewise, isName, type KeyRef } from "@llmcfg/core";
import type { Io } from "../io.ts";

/** Where the names of one server lie, as one credential sees them. */
export interface NameCache {
  readonly folder: string;
}

/** What was known at an instant. */
export interface Names {
  readonly savedAtMs: number;
  readonly names: readonly string[];
}

/** More are not kept: completion reads the file at each key press. */
const MAX_NAMES = 20_000;

export function nameCacheOf(
  env: Io["env"],
  peer: {
    readonly addr: string;
    readonly tenant: string | undefined;
    readonly token: string | undefined;
  },
): NameCache {
  const hash = createHash("sha256").update(JSON.stringify([peer.addr, peer.tenant, peer.token]));
  return { folder: join(cacheFolder(env), "names", hash.digest("hex").slice(0, 32)) };
}

/** Of all caches of this program. */
export function cacheFolder(env: Io["env"]): string {
  const home = env["XDG_CACHE_HOME"] || join(env["HOME"] || homedir(), ".cache");
  return join(home, "llmcfg");
}

/** An environment a line: its name, then its aliases. */
export async function readEnvironments(cache: NameCache): Promise<Names | undefined> {
  return await read(cache, "environments");
}

/** `service/key` of an environment. */
export async function readKeys(cache: NameCache, env: string): Promise<Names | undefined> {
  return isName(env) ? await read(cache, `keys-${env}`) : undefined;
}

export async function rememberEnvironments(
  cache: NameCache,
  environments: readonly { readonly name: string; readonly aliases: readonly string[] }[],
): Promise<void> {
  const names = environments.map(({ name, aliases }) => [name, ...aliases].join(" "));
  await write(cache, "environments", names);
}

/** Takes what a list gave in place of what was known of its selection. */
export async function rememberKeys(
  cache: NameCache,
  selection: ListSelection,
  found: readonly KeyRef[],
): Promise<void> {
  const env = found[0]?.env ?? selection.env; // canonical, where the selection may have an alias
  if (!isName(env)) return;
  const { service, prefix = "" } = selection;
  const begin = service === undefined ? "" : `${service}/${prefix}`;
  const known = (await readKeys(cache, env))?.names ?? [];
  const others = known.filter((name) => !name.startsWith(begin));
  const names = [...others, ...found.map((ref) => `${ref.service}/${ref.key}`)];
  await write(cache, `keys-${env}`, names.toSorted(compareBytewise));
}

async function read({ folder }: NameCache, name: string): Promise<Names | undefined> {
  try {
    const [head = "", ...names] = (await readFile(join(folder, name), "utf8")).split("\n");
    const savedAtMs = Number(/^llmcfg-names 1 (\d+)$/.exec(head)?.[1] ?? Number.NaN);
    return Number.isNaN(savedAtMs) ? undefined : { savedAtMs, names };
  } catch {
    return undefined;
  }
}

/** A cache that cannot be written is no fault of the command. */
async function write({ folder }: NameCache, name: string, names: readonly string[]): Promise<void> {
  const file = join(folder, name);
  const draft = `${file}.${randomUUID()}`;
  const lines = [`llmcfg-names 1 ${Date.now()}`, ...names.slice(0, MAX_NAMES)];
  try {
    const { makeFolder } = await import("@llmcfg/client/store"); // every command loads this file
    await makeFolder(folder);
    await writeFile(draft, lines.join("\n"), { mode: 0o600, flag: "wx" });
    await rename(draft, file);
  } catch {
    await rm(draft, { force: true }).catch(() => undefined);
  }
}
