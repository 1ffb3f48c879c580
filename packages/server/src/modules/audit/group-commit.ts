import { LlmcfgError } from "@llmcfg/core";
import type { AuditStore, SealedRecord, WaitOptions } from "./ports.ts";

/** Records that wait for their commit, and who waits for them. */
interface Waiting {
  readonly records: readonly SealedRecord[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface GroupCommitOptions {
  /** At most so many records in one transaction, unless one caller alone brings more. */
  readonly maxRecords: number;
  /** After this the store counts as away. */
  readonly maxWaitMs: number;
}

/**
 * Appends to the log in groups: what comes in while one transaction runs goes into the next one.
 *
 * A group leaves as soon as the one before is durable, so a lone record does not wait for others.
 * The records of a tenant are in the log in the order of the calls.
 */
export class GroupCommit implements AsyncDisposable {
  readonly #store: Pick<AuditStore, "append">;
  readonly #options: GroupCommitOptions;
  readonly #lanes = new Map<string, { readonly waiting: Waiting[]; done: Promise<void> }>();

  constructor(store: Pick<AuditStore, "append">, options: GroupCommitOptions) {
    this.#store = store;
    this.#options = options;
  }

  /**
   * Resolves once the records are durable. One whose signal aborts before its group has left is
   * not written; later the signal has no effect.
   *
   * @throws {LlmcfgError} `AUDIT_UNAVAILABLE`
   */
  async append(
    tenant: string,
    records: readonly SealedRecord[],
    { signal }: WaitOptions = {},
  ): Promise<void> {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const entry: Waiting = { records, resolve, reject };
    const { waiting } = this.#laneOf(tenant, entry);

    const onAbort = () => {
      const place = waiting.indexOf(entry);
      if (place < 0) return; // on its way
      waiting.splice(place, 1);
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      await promise;
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /** Resolves once nothing waits any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.done));
  }

  #laneOf(tenant: string, first: Waiting): { readonly waiting: Waiting[] } {
    const running = this.#lanes.get(tenant);
    if (running !== undefined) {
      running.waiting.push(first);
      return running;
    }
    const waiting = [first];
    const lane = { waiting, done: this.#drain(tenant, waiting) };
    this.#lanes.set(tenant, lane);
    return lane;
  }

  /** Never rejects: each caller hears of its own group. */
  async #drain(tenant: string, waiting: Waiting[]): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve)); // so that one turn is one group
    while (waiting.length > 0) {
      const group = this.#takeGroup(waiting);
      try {
        await this.#appendInTime(
          tenant,
          group.flatMap((entry) => entry.records),
        );
        for (const { resolve } of group) resolve();
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#lanes.delete(tenant);
  }

  #takeGroup(waiting: Waiting[]): readonly Waiting[] {
    let records = waiting[0]?.records.length ?? 0;
    let count = 1;
    for (const entry of waiting.slice(1)) {
      records += entry.records.length;
      if (records > this.#options.maxRecords) break;
      count++;
    }
    return waiting.splice(0, count);
  }

  /** A store that hangs is one that is away; what it still writes later is not answered for. */
  async #appendInTime(tenant: string, records: readonly SealedRecord[]): Promise<void> {
    const { promise: overdue, reject } = Promise.withResolvers<never>();
    const { maxWaitMs } = this.#options;
    const timer = setTimeout(() => reject(auditUnavailable(maxWaitMs)), maxWaitMs);
    try {
      await Promise.race([this.#store.append(tenant, records), overdue]);
    } finally {
      clearTimeout(timer);
    }
  }
}

function auditUnavailable(maxWaitMs: number): LlmcfgError {
  const message = `the audit log did not take a record within ${maxWaitMs} ms`;
  return new LlmcfgError("AUDIT_UNAVAILABLE", message, { retryAfter: 5 });
}
