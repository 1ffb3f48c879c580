import type { JsonPointer } from "@llmcfg/core";
import type { Clock } from "../clock.ts";
import { withTimeout } from "../concurrency.ts";
import type { ConfigDiff } from "../diff/config-diff.ts";
import type { Snapshot } from "../notify/notification.ts";
import { parseConfigPath } from "../paths/config-path.ts";
import type { ConfigPath } from "../schema/config-types.ts";
import { createSubscription, type Subscription } from "../values/subscription.ts";

/** A component that takes part in the two-phase swap. */
export interface ReloadParticipant<T> {
  readonly name: string;
  /** Asked only when one of these changes; default: always. */
  readonly paths?: readonly ConfigPath[];
  /**
   * Builds what the candidate needs beside the running state; nothing of it may be visible to
   * traffic.
   *
   * @throws {ReloadVeto} to refuse the candidate
   */
  prepare(candidate: Snapshot<T>, context: PrepareContext<T>): Promise<Prepared>;
  /** Undoes a commit after a later participant failed. */
  revert?(previous: Snapshot<T>): Promise<void>;
}

/** What a participant is told about the change that it prepares for. */
export interface PrepareContext<T> {
  readonly diff: ConfigDiff;
  readonly previous: Snapshot<T>;
  readonly signal: AbortSignal;
}

/** What a participant has built: it is either committed or aborted, once. */
export interface Prepared {
  /** Switches over. Must not fail for reasons that `prepare` could have found. */
  commit(): void | Promise<void>;
  /** Throws away what was built; after a commit that failed too. */
  abort(): void | Promise<void>;
  /** Settles when what ran before is gone. */
  readonly drained?: Promise<void>;
}

/** Refuses a candidate: the configuration that runs stays. */
export class ReloadVeto extends Error {
  override readonly name = "ReloadVeto";
  /** Where in the configuration the reason lies. */
  readonly path?: ConfigPath;

  /** @param reason one sentence without secrets: it is reported to the source of the change */
  constructor(reason: string, path?: ConfigPath) {
    super(reason);
    if (path !== undefined) this.path = path;
  }
}

/** Why a change did not happen, and who said so. */
export interface Veto {
  readonly participant: string;
  readonly reason: string;
  readonly path?: ConfigPath;
  readonly pointer?: JsonPointer;
}

/** How long a commit, a revert or an abort may take. */
const MAX_COMMIT_MS = 5_000;

export interface ParticipantsOptions {
  readonly clock: Clock;
  readonly prepareTimeoutMs: number;
  readonly onVeto: (participant: string) => void;
}

/** All participants of a manager, in the order they joined. */
export class Participants<T> {
  readonly #options: ParticipantsOptions;
  readonly #participants = new Set<ReloadParticipant<T>>();
  /** Names of those whose old resources are not gone yet, with how often. */
  readonly #draining = new Map<string, number>();

  constructor(options: ParticipantsOptions) {
    this.#options = options;
  }

  get draining(): readonly string[] {
    return [...this.#draining.keys()];
  }

  /** @throws {ConfigError} `malformed_path` */
  add(participant: ReloadParticipant<T>): Subscription {
    for (const path of participant.paths ?? []) parseConfigPath(path);
    this.#participants.add(participant);
    return createSubscription(() => this.#participants.delete(participant));
  }

  /** Names of those that a change of these places would be shown to. */
  concernedBy(touches: (path: ConfigPath) => boolean): readonly string[] {
    return this.#concernedBy(touches).map(({ name }) => name);
  }

  /** Asks all that the change concerns, at the same time. On any veto all of them are aborted. */
  async prepare(candidate: Snapshot<T>, context: PrepareContext<T>): Promise<Preparation<T>> {
    const asked = this.#concernedBy((path) => context.diff.touches(path));
    const answers = await Promise.all(
      asked.map((participant) => this.#ask(participant, candidate, context)),
    );
    const prepared = answers.filter((answer) => "prepared" in answer);
    const vetoes = answers.filter((answer) => "reason" in answer);
    if (vetoes.length === 0)
      return { type: "ready", swap: new Swap(prepared, this.#options, this.#draining) };
    const { clock } = this.#options;
    await Promise.all(prepared.map((answer) => abortInTime(answer.prepared, clock)));
    return { type: "vetoed", vetoes };
  }

  #concernedBy(touches: (path: ConfigPath) => boolean): readonly ReloadParticipant<T>[] {
    return [...this.#participants].filter(({ paths }) => paths?.some(touches) ?? true);
  }

  async #ask(
    participant: ReloadParticipant<T>,
    candidate: Snapshot<T>,
    context: PrepareContext<T>,
  ): Promise<Ready<T> | Veto> {
    const { clock, prepareTimeoutMs: ms, onVeto } = this.#options;
    const given = new AbortController();
    const signal = AbortSignal.any([context.signal, given.signal]);
    const work = (async () => await participant.prepare(candidate, { ...context, signal }))();
    try {
      const prepared = await withTimeout(work, { clock, ms, late: throwPrepareTimeout });
      return { participant, prepared };
    } catch (error) {
      given.abort();
      void work.then(abortQuietly, () => {}); // it may still finish: then it is not needed
      onVeto(participant.name);
      return vetoOf(participant.name, error);
    }
  }
}

export type Preparation<T> =
  | { readonly type: "ready"; readonly swap: Swap<T> }
  | { readonly type: "vetoed"; readonly vetoes: readonly Veto[] };

interface Ready<T> {
  readonly participant: ReloadParticipant<T>;
  readonly prepared: Prepared;
}

/** What all participants have prepared, to be committed or aborted together. */
export class Swap<T> {
  readonly #ready: readonly Ready<T>[];
  readonly #options: ParticipantsOptions;
  readonly #draining: Map<string, number>;

  constructor(
    ready: readonly Ready<T>[],
    options: ParticipantsOptions,
    draining: Map<string, number>,
  ) {
    this.#ready = ready;
    this.#options = options;
    this.#draining = draining;
  }

  /**
   * Commits in the order the participants joined. If one fails, the previous configuration is put
   * back, those before it are reverted, the last first, and those after it aborted.
   *
   * @param putBack makes the previous configuration the current one again
   * @returns why it failed; nothing if all have switched over
   */
  async commit(previous: Snapshot<T>, putBack: () => void): Promise<Veto | undefined> {
    for (const [index, { participant, prepared }] of this.#ready.entries()) {
      try {
        await this.#inTime(async () => await prepared.commit());
        this.#watchDraining(participant.name, prepared);
      } catch (error) {
        putBack();
        await this.#revert(index, previous);
        return vetoOf(participant.name, error);
      }
    }
    return undefined;
  }

  async abort(): Promise<void> {
    await this.#abortAll(this.#ready);
  }

  async #abortAll(ready: readonly Ready<T>[]): Promise<void> {
    const { clock } = this.#options;
    await Promise.all(ready.map(({ prepared }) => abortInTime(prepared, clock)));
  }

  async #revert(failed: number, previous: Snapshot<T>): Promise<void> {
    for (const { participant } of this.#ready.slice(0, failed).toReversed()) {
      try {
        await this.#inTime(async () => await participant.revert?.(previous));
      } catch {
        // The others must be reverted too, and there is nobody left to tell.
      }
    }
    await this.#abortAll(this.#ready.slice(failed));
  }

  async #inTime(work: () => Promise<void>): Promise<void> {
    const { clock } = this.#options;
    await withTimeout(work(), { clock, ms: MAX_COMMIT_MS, late: throwCommitTimeout });
  }

  #watchDraining(name: string, { drained }: Prepared): void {
    if (drained === undefined) return;
    this.#draining.set(name, (this.#draining.get(name) ?? 0) + 1);
    const end = () => {
      const left = (this.#draining.get(name) ?? 1) - 1;
      if (left === 0) this.#draining.delete(name);
      else this.#draining.set(name, left);
    };
    void drained.then(end, end);
  }
}

function throwPrepareTimeout(): never {
  throw new ReloadVeto("prepare_timeout");
}

function throwCommitTimeout(): never {
  throw new ReloadVeto("commit_timeout");
}

function vetoOf(participant: string, error: unknown): Veto {
  const reason = error instanceof Error ? error.message : "it failed without an error";
  if (!(error instanceof ReloadVeto) || error.path === undefined) return { participant, reason };
  return { participant, reason, path: error.path };
}

/** An abort that takes too long goes on by itself. */
async function abortInTime(prepared: Prepared, clock: Clock): Promise<void> {
  await withTimeout(abortQuietly(prepared), { clock, ms: MAX_COMMIT_MS, late: () => {} });
}

async function abortQuietly(prepared: Prepared): Promise<void> {
  try {
    await prepared.abort();
  } catch {
    // What it built is its own to free: the reload is given up in any case.
  }
}
