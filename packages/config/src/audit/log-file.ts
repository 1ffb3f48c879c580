/**
 * One file of records on disk: opening it, and finding its end.
 *
 * @module
 */

import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { ConfigError } from "../errors.ts";
import { makeFolder } from "../make-folder.ts";
import type { AuditHead } from "./audit-sink.ts";
import { isIntact, parseLine } from "./chain.ts";

export interface LogFile {
  readonly handle: FileHandle;
  readonly sizeBytes: number;
  /** The last record that is whole. */
  readonly head: AuditHead | undefined;
  /** Whether a line was begun and not ended: the process or the machine crashed right then. */
  readonly isTorn: boolean;
}

/** What is read from the end at first; more if no record is whole in it. */
const FIRST_SPAN_BYTES = 64 * 1024;

/**
 * Opens a log to be appended to, mode 0600; it and its folders are made where they are missing.
 *
 * @throws {ConfigError} `not_an_audit_log` for a file that holds something else
 */
export async function openLogFile(path: string): Promise<LogFile> {
  await makeFolder(dirname(path));
  const { O_RDWR, O_APPEND, O_CREAT } = constants;
  const handle = await open(path, O_RDWR | O_APPEND | O_CREAT, 0o600);
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw notALog(path, "it is no regular file");
    const tail = await readTail(handle, stat.size);
    if (tail.isForeign) throw notALog(path, "it holds no record of an audit trail");
    await handle.chmod(0o600);
    if (stat.size === 0) await syncFolder(dirname(path));
    return { handle, sizeBytes: stat.size, head: tail.head, isTorn: tail.isTorn };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The end of the chain in a file that is only read; nothing where there is no such file. */
export async function readHead(path: string): Promise<AuditHead | undefined> {
  try {
    await using handle = await open(path, "r");
    const { size } = await handle.stat();
    return (await readTail(handle, size)).head;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** Without this a new or renamed file may be gone after a crash of the machine. */
export async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, "r");
  await folder.sync();
}

interface Tail {
  readonly head: AuditHead | undefined;
  readonly isTorn: boolean;
  /** Whether there are whole lines, and none is a record. */
  readonly isForeign: boolean;
}

async function readTail(handle: FileHandle, size: number): Promise<Tail> {
  for (let span = FIRST_SPAN_BYTES; ; span *= 8) {
    const from = Math.max(0, size - span);
    const lines = (await readText(handle, from, size)).split("\n");
    const unended = lines.pop() ?? "";
    const whole = from === 0 ? lines : lines.slice(1);
    const head = headIn([...whole, unended]);
    if (head === undefined && from > 0) continue;
    const isTorn = unended !== "";
    return { head, isTorn, isForeign: head === undefined && whole.length > 0 };
  }
}

async function readText(handle: FileHandle, from: number, to: number): Promise<string> {
  const bytes = Buffer.alloc(to - from);
  const { bytesRead } = await handle.read(bytes, 0, bytes.length, from);
  return bytes.toString("utf8", 0, bytesRead);
}

function headIn(lines: readonly string[]): AuditHead | undefined {
  for (const line of lines.toReversed()) {
    const record = parseLine(line);
    if (record !== undefined && isIntact(record)) {
      return { seq: record.seq, hash: record.hash };
    }
  }
  return undefined;
}

function notALog(path: string, because: string): ConfigError {
  return new ConfigError("not_an_audit_log", `${path} cannot be an audit log: ${because}`, {
    hint: "name a file that does not exist yet",
  });
}
