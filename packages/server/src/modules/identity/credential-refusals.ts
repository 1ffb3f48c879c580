import type { AuditEvent, AuditRecorder } from "../audit/ports.ts";
import type { Clock, ConfigStore } from "../configs/ports.ts";
import { networkOf } from "./network-of.ts";
import { type Refusal, type RefusalCause, toError } from "./refusal.ts";

export interface CredentialRefusalsDeps {
  readonly recorder: Pick<AuditRecorder, "record">;
  readonly configStore: Pick<ConfigStore, "headRevision">;
  readonly clock: Clock;
  /** Hears that refusals are not on record yet; they are kept for the next time. */
  readonly onFailure: (error: unknown) => void;
}

export interface CredentialRefusalsOptions {
  /** In whose log it is that a credential was refused which is of no tenant. */
  readonly tenant: string;
  /** How long refusals gather. Default: 10 s. */
  readonly windowMs?: number;
}

/** Where a refused credential came from. */
export interface Attempt {
  /** Of the client, as the socket says it; `undefined` where there is none. */
  readonly address: string | undefined;
  readonly requestId: string | undefined;
  readonly traceId: string | undefined;
}

const WINDOW_MS = 10_000;
const MAX_GROUPS = 64;

/** Refusals that are told together. */
interface Group {
  readonly tenant: string;
  readonly tokenId: string | undefined;
  /** `various` for all that there was no room to tell apart. */
  readonly cause: RefusalCause | "various";
  readonly reason: string;
  /** Of the first one. */
  readonly attempt: Attempt;
  readonly firstAtMs: number;
  lastAtMs: number;
  count: number;
}

/**
 * Puts refused credentials on record, those of 10 s together: one record for each token, network
 * and cause, with the exact number.
 *
 * Whoever has no credential cannot make the log grow at will: at most 65 records in 10 s, whatever
 * is sent. A record holds nothing of what was sent, and no address as long as records have no
 * sealed part for persons. A crash loses at most the refusals of 10 s.
 */
export class CredentialRefusals implements AsyncDisposable {
  readonly #deps: CredentialRefusalsDeps;
  readonly #options: Required<CredentialRefusalsOptions>;
  #groups = new Map<string, Group>();
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: CredentialRefusalsDeps, options: CredentialRefusalsOptions) {
    this.#deps = deps;
    this.#options = { windowMs: WINDOW_MS, ...options };
  }

  /** Counts a refusal. Never waits and never fails. */
  note(refusal: Refusal, attempt: Attempt): void {
    const nowMs = this.#deps.clock.nowMs();
    const { token, cause } = refusal;
    this.#add({
      tenant: token?.tenant ?? this.#options.tenant,
      tokenId: token?.id,
      cause,
      reason: toError(refusal).reason,
      attempt,
      firstAtMs: nowMs,
      lastAtMs: nowMs,
      count: 1,
    });
  }

  /** Writes what has gathered, now; what cannot be written is kept for the next time. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const groups = [...this.#groups.values()];
    this.#groups = new Map();
    for (const [tenant, ofTenant] of Map.groupBy(groups, (group) => group.tenant)) {
      try {
        await this.#record(tenant, ofTenant);
      } catch (error) {
        for (const group of ofTenant) this.#add(group);
        this.#deps.onFailure(error);
      }
    }
  }

  /** Writes the last ones. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.flush();
    clearTimeout(this.#timer);
  }

  #add(group: Group): void {
    const id = idOf(group);
    const isRoom = this.#groups.has(id) || this.#groups.size < MAX_GROUPS;
    const [key, added] = isRoom ? [id, group] : ["", various(group, this.#options.tenant)];
    const there = this.#groups.get(key);
    if (there === undefined) this.#groups.set(key, added);
    else {
      there.count += added.count;
      there.lastAtMs = Math.max(there.lastAtMs, added.lastAtMs);
    }
    this.#timer ??= setTimeout(() => void this.flush(), this.#options.windowMs).unref();
  }

  async #record(tenant: string, groups: readonly Group[]): Promise<void> {
    const { recorder, configStore } = this.#deps;
    const revision = await configStore.headRevision(tenant);
    await recorder.record(
      tenant,
      groups.map((group) => ({ ...toEvent(group), revision })),
    );
  }
}

function various(group: Group, tenant: string): Group {
  return { ...group, tenant, tokenId: undefined, cause: "various", reason: "UNAUTHENTICATED" };
}

function idOf({ tenant, tokenId = "", cause, attempt: { address = "" } }: Group): string {
  return JSON.stringify([tenant, tokenId, networkOf(address), cause]);
}

/** Nobody has proved who it is: the record names the token that was tried, not its principal. */
function toEvent(group: Group): Omit<AuditEvent, "revision"> {
  const { tokenId, cause, reason, attempt, count, firstAtMs, lastAtMs } = group;
  const isOne = count === 1;
  return {
    actor: {
      principal: "system:anonymous",
      via: "token",
      credential: undefined,
      requestId: isOne ? attempt.requestId : undefined,
      traceId: isOne ? attempt.traceId : undefined,
    },
    action: "credential.use",
    ...(tokenId === undefined ? {} : { resource: tokenId }),
    outcome: "denied",
    reason,
    atMs: lastAtMs,
    details: {
      method: "token",
      cause,
      count,
      firstAt: new Date(firstAtMs).toISOString(),
      lastAt: new Date(lastAtMs).toISOString(),
    },
  };
}
