import { randomBytes } from "node:crypto";
import { isLlmcfgError, LlmcfgError } from "@llmcfg/core";
import type { IdentityStore } from "../identity/ports.ts";
import { EventIds } from "./event-ids.ts";
import { GroupCommit } from "./group-commit.ts";
import type {
  AppendFailure,
  AuditEvent,
  AuditRecorder,
  AuditStore,
  SealedRecord,
  WaitOptions,
} from "./ports.ts";
import { sealRecord } from "./record.ts";

export interface RecorderDeps {
  readonly auditStore: Pick<AuditStore, "append">;
  readonly identityStore: Pick<IdentityStore, "actorId">;
}

export interface RecorderOptions {
  /** Names this process in its records: `srv-1`. */
  readonly node: string;
  /** Names this start of it; 8 hex digits. Default: random. */
  readonly boot?: string;
  /** Milliseconds since this start, on a clock that never goes back. */
  readonly monotonicMs?: () => number;
  /** Hears of events that were recorded on their own, once they are durable. */
  readonly onRecorded?: (tenant: string, events: readonly AuditEvent[]) => void;
}

const GROUPS = { maxRecords: 256, maxWaitMs: 3_000 };
const MAX_KNOWN_ACTORS = 10_000;

/** Only the built-in roles decide, and those have been there since the tenant was made. */
const POLICY_REVISION = 1;

/** Makes records and writes those that no commit writes. Dispose it before the store. */
export class Recorder implements AuditRecorder, AsyncDisposable {
  readonly #deps: RecorderDeps;
  readonly #options: Required<RecorderOptions>;
  readonly #ids = new EventIds();
  readonly #groups: GroupCommit;
  readonly #actorIds = new Map<string, string>();
  #failure: AppendFailure | undefined;

  constructor(deps: RecorderDeps, options: RecorderOptions) {
    this.#deps = deps;
    this.#options = {
      boot: randomBytes(4).toString("hex"),
      monotonicMs: () => performance.now(),
      onRecorded: () => {},
      ...options,
    };
    this.#groups = new GroupCommit(deps.auditStore, GROUPS);
  }

  /** The last attempt to write records, where it failed; `undefined` once another one succeeded. */
  get appendFailure(): AppendFailure | undefined {
    return this.#failure;
  }

  async prepare(tenant: string, event: AuditEvent): Promise<SealedRecord> {
    const { node, boot, monotonicMs } = this.#options;
    const actorId = await this.#actorIdOf(tenant, event.actor.principal);
    const context = {
      tenant,
      id: this.#ids.next(event.atMs),
      actorId,
      clock: { boot, mono: Math.floor(monotonicMs()) },
      node,
      policyRevision: POLICY_REVISION,
    };
    return sealRecord(event, context, randomBytes(32));
  }

  async record(
    tenant: string,
    events: readonly AuditEvent[],
    options: WaitOptions = {},
  ): Promise<void> {
    const [first] = events;
    if (first === undefined) return;
    try {
      const records = await Promise.all(events.map((event) => this.prepare(tenant, event)));
      await this.#groups.append(tenant, records, options);
    } catch (error) {
      const failure = isOutage(error) ? auditUnavailable(error) : error;
      if (isLlmcfgError(failure, "AUDIT_UNAVAILABLE")) this.#failure = { atMs: first.atMs };
      throw failure;
    }
    this.#failure = undefined;
    this.#options.onRecorded(tenant, events);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#groups[Symbol.asyncDispose]();
  }

  async #actorIdOf(tenant: string, principal: string): Promise<string> {
    const key = JSON.stringify([tenant, principal]);
    const known = this.#actorIds.get(key);
    if (known !== undefined) return known;

    const actorId = await this.#deps.identityStore.actorId(tenant, principal);
    if (this.#actorIds.size >= MAX_KNOWN_ACTORS) this.#actorIds.clear();
    this.#actorIds.set(key, actorId);
    return actorId;
  }
}

function isOutage(error: unknown): boolean {
  return isLlmcfgError(error, "STORE_UNAVAILABLE") || isLlmcfgError(error, "STORAGE_FULL");
}

function auditUnavailable(cause: unknown): LlmcfgError {
  const message = "the audit log cannot be written, so what had to be recorded was not done";
  return new LlmcfgError("AUDIT_UNAVAILABLE", message, { retryAfter: 5 }, { cause });
}
