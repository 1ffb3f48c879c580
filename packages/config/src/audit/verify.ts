/**
 * Proves that a trail is what was written: no record changed, left out or put in.
 *
 * @module
 */

import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { AuditHead, AuditRecord } from "./audit-sink.ts";
import { FIRST_PREV_HASH, isIntact, lineOf, parseLine } from "./chain.ts";

/** Whether a log is what was written, and where it ends. */
export interface AuditVerification {
  /** No finding is an error. */
  readonly isValid: boolean;
  /** In the order of the chain. */
  readonly files: readonly string[];
  /** Records that are whole. */
  readonly records: number;
  readonly first: AuditHead | undefined;
  /** To be compared with what was kept elsewhere: nothing in a file shows that its end was cut off. */
  readonly last: AuditHead | undefined;
  readonly findings: readonly AuditFinding[];
}

/** What is wrong with one line of an audit log. */
export interface AuditFinding {
  readonly severity: "error" | "warning";
  readonly code: AuditFindingCode;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

/** The kinds of what can be wrong with an audit log. */
export type AuditFindingCode =
  /** A line that a crash cut off, and the chain goes on behind it. */
  | "torn_line"
  /** The oldest record is not the first: those before it were rotated away. */
  | "earlier_records_missing"
  /** A line that is no record, where the chain does not go on. */
  | "malformed_line"
  /** The record is not written as records are: changed by hand. */
  | "not_canonical"
  /** The record is not what its hash was made of. */
  | "hash_mismatch"
  /** The record does not follow the one before it: records are missing, added or out of order. */
  | "chain_broken"
  | "no_records";

/**
 * Reads a log with its rotated files (`audit.jsonl.2`, `.1`, `.0` where a rotation was cut off, then
 * the log itself), or the files that are named, in this order. Reads each once; nothing is held but
 * the record before.
 *
 * @throws what the file system says of a file that cannot be read
 */
export async function auditVerify(file: string | readonly string[]): Promise<AuditVerification> {
  const files = typeof file === "string" ? await withRotated(file) : file;
  const chain = new ChainCheck();
  for (const path of files) {
    let number = 0;
    for await (const text of linesOf(path)) {
      number++;
      chain.read({ text, file: path, line: number });
    }
  }
  return chain.end(files);
}

/** The oldest first. */
async function withRotated(file: string): Promise<readonly string[]> {
  const folder = dirname(file);
  const name = basename(file);
  const numbers = (await readdir(folder)).flatMap((other) => {
    const suffix = other.startsWith(`${name}.`) ? other.slice(name.length + 1) : "";
    return /^(0|[1-9]\d{0,8})$/.test(suffix) ? [Number(suffix)] : [];
  });
  const rotated = numbers.toSorted((a, b) => b - a).map((n) => join(folder, `${name}.${n}`));
  return [...rotated, file];
}

/** Separated by LF alone: a record may hold what else ends a line. The last one may be unended. */
async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of createReadStream(path, "utf8")) {
    const lines = `${rest}${String(chunk)}`.split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}

interface Line {
  readonly text: string;
  readonly file: string;
  readonly line: number;
}

class ChainCheck {
  readonly #findings: AuditFinding[] = [];
  #first: AuditHead | undefined;
  #last: AuditHead | undefined;
  #records = 0;
  /** Lines that are no record: whether they are harmless is known with the next record. */
  #torn: Line[] = [];

  read(line: Line): void {
    const record = parseLine(line.text);
    if (record === undefined) {
      this.#torn.push(line);
      return;
    }
    this.#records++;
    this.#checkRecord(record, line);
    const follows = this.#checkLink(record, line);
    this.#explainTorn(follows);
    const { seq, hash } = record;
    this.#first ??= { seq, hash };
    this.#last = { seq, hash };
  }

  end(files: readonly string[]): AuditVerification {
    this.#explainTorn(this.#torn.length <= 1); // more than one was never left by a crash
    if (this.#records === 0) {
      const place = { text: "", file: files.at(-1) ?? "", line: 1 };
      this.#find("error", "no_records", place, "there is no record");
    }
    const findings = this.#findings;
    return {
      isValid: findings.every(({ severity }) => severity !== "error"),
      files,
      records: this.#records,
      first: this.#first,
      last: this.#last,
      findings,
    };
  }

  #checkRecord(record: AuditRecord, line: Line): void {
    if (!isIntact(record)) {
      const message = `record ${record.seq} is not what its hash was made of`;
      this.#find("error", "hash_mismatch", line, message);
    } else if (lineOf(record) !== line.text) {
      const message = `record ${record.seq} is not written in the canonical form`;
      this.#find("error", "not_canonical", line, message);
    }
  }

  /** @returns whether the record follows the one before it */
  #checkLink({ seq, prev_hash: before }: AuditRecord, line: Line): boolean {
    const last = this.#last;
    if (last === undefined) return this.#checkFirst(seq, before, line);
    if (seq === last.seq + 1 && before === last.hash) return true;
    const message =
      seq === last.seq + 1
        ? `record ${seq} does not follow the record ${last.seq} that stands before it`
        : `record ${seq} stands behind record ${last.seq}`;
    this.#find("error", "chain_broken", line, message);
    return false;
  }

  #checkFirst(seq: number, before: string, line: Line): boolean {
    const isBeginning = seq === 1 || before === FIRST_PREV_HASH;
    if (!isBeginning) {
      const message = `the records before ${seq} are not here`;
      this.#find("warning", "earlier_records_missing", line, message);
      return true;
    }
    if (seq === 1 && before === FIRST_PREV_HASH) return true;
    this.#find("error", "chain_broken", line, `record ${seq} does not begin a chain`);
    return false;
  }

  #explainTorn(chainGoesOn: boolean): void {
    for (const line of this.#torn) {
      if (chainGoesOn) {
        this.#find("warning", "torn_line", line, "a write was cut off; no record is missing");
      } else this.#find("error", "malformed_line", line, "the line is no record");
    }
    this.#torn = [];
  }

  #find(
    severity: AuditFinding["severity"],
    code: AuditFindingCode,
    { file, line }: Line,
    message: string,
  ): void {
    this.#findings.push({ severity, code, file, line, message });
  }
}
