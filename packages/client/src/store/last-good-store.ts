/**
 * The last good state of a consumer, kept for the time when the server is away.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { readdir, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { isJsonObject, isLlmcfgError, type Json } from "@llmcfg/core";
import { readAgentId } from "./agent-id.ts";
import { readFileIfThere, replaceFile } from "./atomic-file.ts";
import { open, seal } from "./envelope.ts";
import { makeFolder } from "./make-folder.ts";

/** A state as it was saved. */
export interface SavedState {
  readonly content: Json;
  /** By the wall clock of the time. */
  readonly savedAtMs: number;
  /** `previous`: the newest file could not be opened, this is the one before it. */
  readonly generation: "current" | "previous";
}

export interface LastGoodStore {
  /** The name of this machine. */
  readonly node: string;

  /**
   * The id of the agent that a scope belongs to: host name and a random suffix, the same for as
   * long as the folder is. Two scopes are two agents.
   */
  agentId(scope: string): Promise<string>;

  /**
   * What was saved last for a scope; `undefined` where nothing was, or nothing that this credential
   * opens. A file that is corrupt or foreign is refused, and the one before it used.
   */
  load(scope: string): Promise<SavedState | undefined>;

  /**
   * Takes the place of what was saved for the scope. Once this resolves it survives a crash; a
   * crash before leaves the state of before.
   */
  save(scope: string, content: Json): Promise<void>;
}

export interface LastGoodStoreOptions {
  /** Made where it is missing, for its owner alone. One process at a time. */
  readonly dir: string;
  /** What the files are sealed under: after a new one they are as good as absent. */
  readonly token: string;
  readonly nowMs?: () => number;
}

/**
 * Opens the store in a folder.
 *
 * Files have mode 0600 and hold AES-256-GCM ciphertext under a key derived from the token.
 *
 * @example
 * ```ts
 * const store = await openLastGoodStore({ dir: "/var/lib/gateway/llmcfg", token });
 * await using config = await connect({ addr, token, env, service, store });
 * ```
 * @throws what the file system says
 */
export async function openLastGoodStore(options: LastGoodStoreOptions): Promise<LastGoodStore> {
  await makeFolder(options.dir);
  await removeLeftovers(options.dir);
  return new FolderStore(options);
}

interface ScopeFiles {
  readonly current: string;
  readonly previous: string;
  readonly agentId: string;
}

class FolderStore implements LastGoodStore {
  readonly node: string = hostname();
  readonly #dir: string;
  readonly #token: string;
  readonly #nowMs: () => number;
  /** Saves follow one another. */
  #saving: Promise<unknown> = Promise.resolve();

  constructor({ dir, token, nowMs = Date.now }: LastGoodStoreOptions) {
    this.#dir = dir;
    this.#token = token;
    this.#nowMs = nowMs;
  }

  agentId(scope: string): Promise<string> {
    return readAgentId(this.#filesOf(scope).agentId, this.node);
  }

  async load(scope: string): Promise<SavedState | undefined> {
    const files = this.#filesOf(scope);
    const current = await this.#openFile(files.current, scope);
    if (current !== undefined) return { ...current, generation: "current" };
    const previous = await this.#openFile(files.previous, scope);
    return previous && { ...previous, generation: "previous" };
  }

  save(scope: string, content: Json): Promise<void> {
    const saved = this.#saving.then(() => this.#write(scope, content));
    this.#saving = saved.catch(() => {}); // whoever asked for it is told
    return saved;
  }

  async #write(scope: string, content: Json): Promise<void> {
    const { current, previous } = this.#filesOf(scope);
    const text = JSON.stringify({ savedAtMs: this.#nowMs(), content });
    const sealed = seal(Buffer.from(text, "utf8"), { credential: this.#token, scope });
    // A file that does not open must not push out the one before it, which may.
    const isGood = (await this.#openFile(current, scope)) !== undefined;
    await replaceFile(current, sealed, { keepAs: isGood ? previous : undefined });
  }

  /** `undefined` for what is not there, cannot be read, does not open or is no state. */
  async #openFile(
    path: string,
    scope: string,
  ): Promise<Omit<SavedState, "generation"> | undefined> {
    try {
      const sealed = await readFileIfThere(path);
      if (sealed === undefined) return undefined;
      const bytes = open(sealed, { credential: this.#token, scope });
      return toState(JSON.parse(Buffer.from(bytes).toString("utf8")) as Json); // what was sealed
    } catch (error) {
      if (isLlmcfgError(error, "INTEGRITY_FAILED") || isFileError(error)) return undefined;
      throw error;
    }
  }

  /** Scopes hold names from outside, so their hashes are the names of the files. */
  #filesOf(scope: string): ScopeFiles {
    const name = join(this.#dir, createHash("sha256").update(scope).digest("hex"));
    return { current: `${name}.state`, previous: `${name}.previous`, agentId: `${name}.agent` };
  }
}

function toState(value: Json): Omit<SavedState, "generation"> | undefined {
  if (!isJsonObject(value) || value["content"] === undefined) return undefined;
  const { savedAtMs, content } = value;
  return typeof savedAtMs === "number" ? { savedAtMs, content } : undefined;
}

function isFileError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}

const LEFTOVER_AGE_MS = 60 * 60 * 1_000;

/** What a crash in the middle of a save has left: old enough that nobody is writing it. */
async function removeLeftovers(dir: string): Promise<void> {
  for (const name of await readdir(dir)) {
    if (!name.endsWith(".tmp")) continue;
    const path = join(dir, name);
    const entry = await stat(path).catch(() => undefined);
    const isOld = entry !== undefined && Date.now() - entry.mtimeMs > LEFTOVER_AGE_MS;
    if (isOld) await rm(path, { force: true });
  }
}
