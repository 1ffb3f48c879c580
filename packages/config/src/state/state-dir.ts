import { stat } from "node:fs/promises";
import { join } from "node:path";
import { canonicalize, type Json } from "@llmcfg/core";
import { z } from "zod";
import { ConfigError } from "../errors.ts";
import { makeFolder } from "../make-folder.ts";
import { contentHash } from "../sources/content-hash.ts";
import { octal, readPrivateFile, replaceFile } from "./atomic-file.ts";
import { open, seal } from "./envelope.ts";

/** The files of a state folder. */
export const STATE_FILES = {
  last_known_good: "last-known-good.json",
  holds: "holds.json",
  status: "status.json",
} as const;

export type StateKind = keyof typeof STATE_FILES;

export const STATE_SCHEMA_VERSION = 1;

export interface StateDirOptions {
  readonly path: string;
  /** What the content belongs to: the name of the schema. */
  readonly scope: string;
  /** Seals what is written; then nothing is read that is not sealed. */
  readonly stateKey: string | undefined;
}

/** What a file of the folder holds, or why it must not be used. */
export type StateRead =
  | { readonly state: "absent" }
  | { readonly state: "ok"; readonly content: unknown }
  | { readonly state: "refused"; readonly reason: string };

const fileShape = z.strictObject({
  kind: z.string(),
  schemaVersion: z.int(),
  scope: z.string(),
  content: z.json().optional(),
  /** SHA-256 of the canonical content. */
  digest: z.string().optional(),
  /** Base64 of an envelope around the content. */
  sealed: z.string().optional(),
});

type StateFile = z.output<typeof fileShape>;

/**
 * A folder of mode 0700 in which one process keeps what it must know after a restart.
 *
 * Each file is replaced as a whole: a crash leaves the old one or the new. What was cut off, changed,
 * written by another version, or may be read by everybody, is refused with the reason.
 */
export class StateDir {
  readonly path: string;
  readonly #options: StateDirOptions;
  /** One write at a time. */
  #writing: Promise<void> = Promise.resolve();

  /** Does nothing yet: the folder is made by the first write. */
  constructor(options: StateDirOptions) {
    this.path = options.path;
    this.#options = options;
  }

  get isSealed(): boolean {
    return this.#options.stateKey !== undefined;
  }

  /**
   * @throws {ConfigError} `state_unsafe` where anybody could put files of their own into the folder
   */
  async requireSafe(): Promise<void> {
    const mode = await this.#mode();
    if (mode === undefined || (mode & 0o002) === 0) return;
    const message = `anybody may write to the state folder ${this.path} (mode ${octal(mode)})`;
    throw new ConfigError("state_unsafe", message, { hint: "chmod it to 700" });
  }

  fileOf(kind: StateKind): string {
    return join(this.path, STATE_FILES[kind]);
  }

  /** Never throws. */
  async read(kind: StateKind): Promise<StateRead> {
    try {
      const bytes = await readPrivateFile(this.fileOf(kind));
      if (bytes === undefined) return { state: "absent" };
      return { state: "ok", content: this.#unpack(bytes, kind) };
    } catch (error) {
      const because = error instanceof Error ? error.message : "it cannot be read";
      return { state: "refused", reason: `${this.fileOf(kind)} is refused: ${because}` };
    }
  }

  /** @throws what the file system says */
  async write(kind: StateKind, content: Json): Promise<void> {
    await this.writeBytes(kind, this.#pack(kind, content));
  }

  /** @throws what the file system says */
  async writeBytes(kind: StateKind, bytes: Uint8Array): Promise<void> {
    const before = this.#writing;
    const written = (async () => {
      await before;
      await makeFolder(this.path);
      // The status is of a process, which does not outlast the machine either.
      await replaceFile(this.fileOf(kind), bytes, { outlastsMachine: kind !== "status" });
    })();
    this.#writing = written.catch(() => {}); // who wrote hears of it
    await written;
  }

  #pack(kind: StateKind, content: Json): Uint8Array {
    const { scope, stateKey } = this.#options;
    const head = { kind, schemaVersion: STATE_SCHEMA_VERSION, scope };
    if (stateKey === undefined) return toBytes({ ...head, digest: digestOf(content), content });
    const plaintext = toBytes(content);
    const envelope = seal(plaintext, { stateKey, scope: this.#scopeOf(kind) });
    plaintext.fill(0);
    return toBytes({ ...head, sealed: Buffer.from(envelope).toString("base64") });
  }

  #unpack(bytes: Uint8Array, kind: StateKind): unknown {
    const { scope, stateKey } = this.#options;
    const file = this.#parse(bytes);
    if (file.kind !== kind) throw new Error(`it is a file of kind ${JSON.stringify(file.kind)}`);
    if (file.schemaVersion !== STATE_SCHEMA_VERSION) {
      throw new Error(`it has format ${file.schemaVersion}: expected ${STATE_SCHEMA_VERSION}`);
    }
    if (file.scope !== scope) {
      throw new Error(`it belongs to the schema ${JSON.stringify(file.scope)}, not to ${scope}`);
    }
    if (stateKey !== undefined) return this.#unseal(file, kind, stateKey);
    if (file.sealed !== undefined) throw new Error("it is sealed, and there is no stateKey");
    if (file.content === undefined || file.digest !== digestOf(file.content)) {
      throw new Error("it is damaged: its digest does not fit its content");
    }
    return file.content;
  }

  #parse(bytes: Uint8Array): StateFile {
    let json: unknown;
    try {
      json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    } catch {
      throw new Error(`it is damaged or cut off: no JSON in ${bytes.length} bytes`); // no part is quoted
    }
    const parsed = fileShape.safeParse(json);
    if (!parsed.success) throw new Error("it has not the form of a state file");
    return parsed.data;
  }

  #unseal({ sealed }: StateFile, kind: StateKind, stateKey: string): unknown {
    if (sealed === undefined) throw new Error("it is not sealed, and there is a stateKey");
    const plaintext = open(Buffer.from(sealed, "base64"), { stateKey, scope: this.#scopeOf(kind) });
    try {
      return JSON.parse(new TextDecoder().decode(plaintext));
    } finally {
      plaintext.fill(0);
    }
  }

  #scopeOf(kind: StateKind): string {
    return `${kind} ${STATE_SCHEMA_VERSION} ${this.#options.scope}`;
  }

  async #mode(): Promise<number | undefined> {
    try {
      return (await stat(this.path)).mode;
    } catch {
      return undefined; // it is made when something is written
    }
  }
}

function toBytes(value: Json): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value)}\n`);
}

function digestOf(content: Json): string {
  return contentHash(canonicalize(content));
}
