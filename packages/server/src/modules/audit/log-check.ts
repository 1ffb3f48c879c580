import { MerkleTree } from "@llmcfg/core";
import type { AuditVerification } from "@llmcfg/protocol";
import { checkRecord, type LogFault } from "./check-record.ts";
import { isSignedBy } from "./checkpoint.ts";
import { sha256 } from "./log-tree.ts";
import type { Checkpoint, StoredRecord } from "./ports.ts";
import { leafHashOf } from "./record.ts";
import type { Verifier } from "./signed-note.ts";

/** More are not listed: the log is beyond question then. */
const MAX_FAULTS = 256;

/** What is found while a log is read from its first record to its last. */
export class LogCheck {
  readonly #tenant: string;
  readonly #verifier: Verifier;
  readonly #tree = new MerkleTree(sha256);
  readonly #faults: LogFault[] = [];
  #next = 0;
  /** Up to here the records are those of a signed head. */
  #signed = 0;
  /** Whether the records so far can be those that heads were signed over. */
  #isComparable = true;

  constructor(tenant: string, verifier: Verifier) {
    this.#tenant = tenant;
    this.#verifier = verifier;
  }

  /** Index of the record that has to come now. */
  get next(): number {
    return this.#next;
  }

  /** Takes the next record there is; those before it are missing if it comes later than it should. */
  takeRecord(record: StoredRecord): void {
    this.skipTo(record.seq);
    const fault = checkRecord(this.#tenant, record);
    if (fault !== undefined) this.#add(fault);
    this.#tree.append(fault === undefined ? record.leafHash : leafHashOf(record.leaf));
    this.#next = record.seq + 1;
  }

  /** Notes that all records from here to before `index` are missing. */
  skipTo(index: number): void {
    if (index <= this.#next) return;
    const detail = `records ${this.#next} to ${index - 1} are missing`;
    this.#add({ index: this.#next, code: "MISSING", detail });
    this.#next = index;
    this.#isComparable = false;
  }

  takeUncounted(index: number): void {
    const detail = `record ${index} is behind the end of the log`;
    this.#add({ index, code: "UNCOUNTED", detail });
  }

  /** Compares a signed head with the records so far, which are all that it covers. */
  takeHead(head: Checkpoint): void {
    const { size, rootHash } = head;
    if (!isSignedBy(head, this.#verifier)) {
      const detail = `the checkpoint of ${size} records was not signed by this log`;
      this.#add({ index: this.#signed, code: "SIGNATURE_INVALID", detail });
      return;
    }
    if (!this.#isComparable) return; // a span that was found already
    if (size === this.#tree.size && Buffer.from(rootHash).equals(this.#tree.rootAt(size))) {
      this.#signed = size;
      return;
    }
    this.#isComparable = false;
    const detail =
      size > this.#tree.size
        ? `${size} records were signed, the log has ${this.#tree.size}`
        : `records ${this.#signed} to ${size - 1} are not those that were signed`;
    this.#add({ index: this.#signed, code: "ROOT_MISMATCH", detail });
  }

  result(): AuditVerification {
    const { size } = this.#tree;
    return {
      valid: this.#faults.length === 0,
      eventsChecked: size,
      treeSize: size,
      rootHash: Buffer.from(this.#tree.rootAt(size)).toString("base64"),
      failures: this.#faults,
    };
  }

  #add(fault: LogFault): void {
    if (this.#faults.length < MAX_FAULTS) this.#faults.push(fault);
  }
}
