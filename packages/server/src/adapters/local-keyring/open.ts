import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, link, open, readdir, stat, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { LlmcfgError } from "@llmcfg/core";
import type { RootKey } from "../../modules/keys/ports.ts";
import { LocalRootKey, ROOT_KEY_BYTES } from "./root-key.ts";

/**
 * The root key in a file: 32 bytes that nobody but their owner can read.
 *
 * @param options.create makes the file, of random bytes and mode 0600, where there is none; of
 *   several processes that do so at once, all get the same key
 * @throws {LlmcfgError} `INVALID_ARGUMENT`, which says how to mend it, where the file is missing,
 *   open to others or of another length
 */
export async function openLocalKeyring(
  file: string,
  options: { readonly create: boolean },
): Promise<RootKey> {
  const existing = await openIfThere(file);
  if (existing !== undefined) {
    const key = await readRootKey(file, existing);
    if (options.create) await removeOldDrafts(file);
    return key;
  }
  if (!options.create) {
    throw refusal(file, "does not exist", "name the file that holds the root key of this store");
  }
  await createRootKey(file);
  return await readRootKey(file, await open(file));
}

async function openIfThere(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file, constants.O_RDONLY | constants.O_NONBLOCK); // never waits on a pipe
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw refusal(file, "cannot be read", `let the server's user read it, mode 0600`, error);
  }
}

/** Checks the opened file, not its name: nothing can be put in its place in between. */
async function readRootKey(file: string, handle: FileHandle): Promise<RootKey> {
  await using opened = handle;
  const stats = await opened.stat();
  if (!stats.isFile()) throw refusal(file, "is not a regular file", "name a file of 32 bytes");
  if ((stats.mode & 0o077) !== 0) {
    const mode = (stats.mode & 0o777).toString(8).padStart(4, "0");
    throw refusal(file, `has mode ${mode}, so others can read it`, `chmod 600 ${file}`);
  }
  if (stats.size !== ROOT_KEY_BYTES) {
    throw refusal(file, `has ${stats.size} bytes, not ${ROOT_KEY_BYTES}`, "restore it from backup");
  }
  const key = await opened.readFile();
  try {
    return new LocalRootKey(key);
  } finally {
    key.fill(0);
  }
}

/**
 * The file appears whole or not at all, by the link: a crash leaves no half of a key, and who comes
 * second finds the first one's.
 */
async function createRootKey(file: string): Promise<void> {
  const draft = `${file}.${randomBytes(6).toString("hex")}.tmp`;
  const key = randomBytes(ROOT_KEY_BYTES);
  try {
    await writeDurably(draft, key);
    await linkUnlessThere(draft, file);
    await syncFolder(dirname(file));
  } catch (error) {
    throw refusal(file, "cannot be made", "let the server's user write to its folder", error);
  } finally {
    key.fill(0);
    await unlink(draft).catch(() => {}); // it may never have been there
  }
}

/** What a process that was killed at its first start has left: a second name of the key, or a draft. */
async function removeOldDrafts(file: string): Promise<void> {
  const [folder, name] = [dirname(file), basename(file)];
  const drafts = (await readdir(folder)).filter((other) => isDraftOf(other, name));
  for (const draft of drafts.map((other) => join(folder, other))) {
    const { mtimeMs } = await stat(draft).catch(() => GONE);
    const isOld = Date.now() - mtimeMs > DRAFT_LIVES_MS; // else somebody may be about to link it
    if (isOld) await unlink(draft).catch(() => {}); // somebody else was faster, or may and we may not
  }
}

const DRAFT_LIVES_MS = 60_000;
const GONE = { mtimeMs: Number.POSITIVE_INFINITY };

function isDraftOf(other: string, name: string): boolean {
  return other.startsWith(`${name}.`) && /^\.[0-9a-f]{12}\.tmp$/.test(other.slice(name.length));
}

async function writeDurably(file: string, bytes: Uint8Array): Promise<void> {
  await using handle = await open(file, "wx", 0o600);
  await handle.writeFile(bytes);
  await handle.sync();
}

async function linkUnlessThere(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  }
}

async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder);
  await handle.sync();
}

function refusal(file: string, detail: string, hint: string, cause?: unknown): LlmcfgError {
  const message = `the root key file ${file} ${detail}`;
  const finding = { pointer: "/kek/uri", code: "ROOT_KEY_FILE", detail, file };
  return new LlmcfgError("INVALID_ARGUMENT", message, { errors: [finding], hint }, { cause });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}
