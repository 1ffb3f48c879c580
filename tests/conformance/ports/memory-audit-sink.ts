import type { AuditHead, AuditRecord, AuditSink } from "@llmcfg/config/audit";

/** A trail in memory, which outlives its sinks; and can be told to fail. */
export class MemoryTrail {
  readonly records: AuditRecord[] = [];
  /** Thrown instead of a write. */
  failure: Error | undefined;
  /** How often what was appended has been made durable. */
  flushes = 0;
  openSinks = 0;

  sink(): AuditSink {
    this.openSinks++;
    return new MemorySink(this);
  }
}

class MemorySink implements AuditSink {
  readonly kind = "memory";
  readonly #trail: MemoryTrail;
  #isClosed = false;

  constructor(trail: MemoryTrail) {
    this.#trail = trail;
  }

  async append(record: AuditRecord): Promise<void> {
    if (this.#isClosed) throw new Error("the sink is closed");
    if (this.#trail.failure !== undefined) throw this.#trail.failure;
    this.#trail.records.push(record);
  }

  async flush(): Promise<void> {
    if (this.#trail.failure !== undefined) throw this.#trail.failure;
    this.#trail.flushes++;
  }

  async last(): Promise<AuditHead | undefined> {
    const record = this.#trail.records.at(-1);
    return record === undefined ? undefined : { seq: record.seq, hash: record.hash };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isClosed) this.#trail.openSinks--;
    this.#isClosed = true;
  }
}
