import { type FileHandle, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { ConfigError } from "../errors.ts";
import { systemCode } from "../file-system.ts";
import { makeFolder } from "../make-folder.ts";
import type { AuditHead, AuditRecord } from "./audit-sink.ts";
import { isIntact, lineOf, parseLine } from "./chain.ts";
import { syncFolder } from "./log-file.ts";

/** Records that belong together: what becomes one object. */
export interface Segment {
  readonly path: string;
  readonly records: readonly AuditRecord[];
}

/** Where a chain ended whose records have all been sent. */
const HEAD_FILE = "head.json";

/**
 * Records on disk that are not sent yet, in files of one segment each; they are found again by the
 * next process. Records are appended to the newest segment until it is sealed.
 */
export class Spool implements AsyncDisposable {
  readonly #folder: string;
  readonly #maxBytes: number;
  #open: { readonly handle: FileHandle; readonly path: string } | undefined;
  #openBytes = 0;
  #totalBytes: number;
  #head: AuditHead | undefined;

  private constructor(
    folder: string,
    maxBytes: number,
    found: { readonly totalBytes: number; readonly head: AuditHead | undefined },
  ) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
    this.#totalBytes = found.totalBytes;
    this.#head = found.head;
  }

  static async open(folder: string, maxBytes: number): Promise<Spool> {
    await makeFolder(folder);
    return new Spool(folder, maxBytes, await look(folder));
  }

  get head(): AuditHead | undefined {
    return this.#head;
  }

  /** Bytes in the segment that is not sealed yet. */
  get openBytes(): number {
    return this.#openBytes;
  }

  get isEmpty(): boolean {
    return this.#totalBytes === 0;
  }

  /**
   * On disk once it resolves.
   *
   * @throws {ConfigError} `audit_spool_full`
   */
  async append(record: AuditRecord): Promise<void> {
    const line = Buffer.from(`${lineOf(record)}\n`);
    if (this.#totalBytes + line.length > this.#maxBytes) {
      const message = `the audit spool ${this.#folder} is full: ${this.#maxBytes} bytes wait to be sent`;
      throw new ConfigError("audit_spool_full", message);
    }
    const { handle } = await this.#openSegment(record.seq);
    try {
      await handle.appendFile(line);
      await handle.datasync();
    } catch (error) {
      await this.#lookAgain(); // it may have been written, and only not be on disk
      throw error;
    }
    this.#openBytes += line.length;
    this.#totalBytes += line.length;
    this.#head = toHead(record);
  }

  /** What comes next goes into another segment. */
  async seal(): Promise<void> {
    const unsealed = this.#open;
    this.#open = undefined;
    this.#openBytes = 0;
    await unsealed?.handle.close();
  }

  /** The oldest segment, if there is one; the newest must be sealed to be complete. */
  async oldest(): Promise<Segment | undefined> {
    for (const path of await segmentPaths(this.#folder)) {
      const { records } = await readSegment(path);
      if (records.length > 0) return { path, records };
      await this.#drop(path); // begun, and torn in its first line
    }
    return undefined;
  }

  /** It is sent: where its chain ended is kept. */
  async remove({ path, records }: Segment): Promise<void> {
    const head = toHead(records.at(-1));
    if (head !== undefined) await writeHeadFile(this.#folder, head);
    await this.#drop(path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.seal();
  }

  async #openSegment(seq: number): Promise<{ readonly handle: FileHandle }> {
    if (this.#open !== undefined) return this.#open;
    const path = join(this.#folder, `${String(seq).padStart(16, "0")}.jsonl`);
    const handle = (await openNew(path)) ?? (await this.#replaceTorn(path));
    await syncFolder(this.#folder);
    this.#open = { handle, path };
    return this.#open;
  }

  /** A segment of the same name holds nothing whole, or somebody else writes here. */
  async #replaceTorn(path: string): Promise<FileHandle> {
    const { records } = await readSegment(path);
    if (records.length === 0) await rm(path);
    const handle = records.length === 0 ? await openNew(path) : undefined;
    if (handle !== undefined) return handle;
    await this.#lookAgain();
    throw new ConfigError("audit_conflict", `another process writes the spool ${this.#folder}`, {
      hint: "give each process a spool of its own",
    });
  }

  async #lookAgain(): Promise<void> {
    await this.seal();
    const { totalBytes, head } = await look(this.#folder);
    this.#totalBytes = totalBytes;
    this.#head = head;
  }

  async #drop(path: string): Promise<void> {
    const { bytes } = await readSegment(path);
    await rm(path);
    this.#totalBytes = Math.max(0, this.#totalBytes - bytes);
  }
}

/** What lies in a spool: the end of the chain, and how much waits. */
async function look(
  folder: string,
): Promise<{ readonly totalBytes: number; readonly head: AuditHead | undefined }> {
  let totalBytes = 0;
  let head = await readHeadFile(folder);
  for (const path of await segmentPaths(folder)) {
    const { records, bytes } = await readSegment(path);
    totalBytes += bytes;
    head = records.at(-1) ?? head;
  }
  return { totalBytes, head: toHead(head) };
}

async function openNew(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, "ax", 0o600);
  } catch (error) {
    if (systemCode(error) === "EEXIST") return undefined;
    throw error;
  }
}

async function segmentPaths(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder);
  const segments = names.filter((name) => /^\d{16}\.jsonl$/.test(name)).toSorted();
  return segments.map((name) => join(folder, name));
}

/** Records that are whole; a line that a crash has torn was never acknowledged. */
async function readSegment(
  path: string,
): Promise<{ readonly records: readonly AuditRecord[]; readonly bytes: number }> {
  const text = await readFile(path, "utf8");
  const records = text.split("\n").flatMap((line) => {
    const record = parseLine(line);
    return record !== undefined && isIntact(record) ? [record] : [];
  });
  const bytes = records.reduce((sum, record) => sum + Buffer.byteLength(lineOf(record)) + 1, 0);
  return { records, bytes };
}

async function readHeadFile(folder: string): Promise<AuditHead | undefined> {
  try {
    const head = JSON.parse(await readFile(join(folder, HEAD_FILE), "utf8")) as AuditHead; // ours
    return toHead(head);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

async function writeHeadFile(folder: string, head: AuditHead): Promise<void> {
  const temporary = join(folder, `${HEAD_FILE}.tmp`);
  await using file = await open(temporary, "w", 0o600);
  await file.writeFile(JSON.stringify(head));
  await file.sync();
  await rename(temporary, join(folder, HEAD_FILE));
  await syncFolder(folder);
}

function toHead(record: AuditHead | undefined): AuditHead | undefined {
  return record === undefined ? undefined : { seq: record.seq, hash: record.hash };
}
