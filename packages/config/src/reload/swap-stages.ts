import type { AuditChange } from "../audit/records.ts";
import type { Clock } from "../clock.ts";
import type { LoaderCore } from "../load/loader-core.ts";
import { Slices } from "../load/slices.ts";
import type { AcceptedVersions } from "./accepted-versions.ts";
import { auditFinding } from "./audit-finding.ts";
import type { Attempt, Ending, ReloadHooks } from "./command.ts";
import { effectiveOf } from "./effective.ts";
import type { Endings } from "./endings.ts";
import { withCompactOverrides } from "./overrides-content.ts";
import type { Participants, Swap, Veto } from "./participants.ts";
import type { Ready } from "./ready.ts";
import { createEntry, createSnapshot, type Version, type VersionAbout } from "./version.ts";
import { withPointer } from "./veto-pointer.ts";

export interface SwapStagesOptions<T> {
  readonly core: LoaderCore<T>;
  readonly clock: Clock;
  readonly participants: Participants<T>;
  readonly accepted: AcceptedVersions<T>;
  readonly endings: Endings<T>;
  readonly hooks: Omit<ReloadHooks<T>, "swap">;
}

/** A version on its way in. */
interface Entering<T> {
  readonly ready: Ready<T>;
  readonly version: Version<T>;
  readonly change: AuditChange<T>;
  readonly swap: Swap<T>;
}

/** Stages `prepare` to `notify` of a command: where one fails, the version before is the accepted one. */
export class SwapStages<T> {
  readonly #options: SwapStagesOptions<T>;

  constructor(options: SwapStagesOptions<T>) {
    this.#options = options;
  }

  async run(ready: Ready<T>, attempt: Attempt): Promise<Ending> {
    const { participants, accepted } = this.#options;
    const { signal } = attempt.command;
    const version = await this.#toVersion(ready, attempt);
    const previous = accepted.current.snapshot;
    attempt.times.enter("prepare");
    const context = { diff: ready.diff, previous, signal };
    const preparation = await participants.prepare(version.snapshot, context);
    if (preparation.type === "vetoed") return this.#vetoed(preparation.vetoes, ready, attempt);
    const { swap } = preparation;
    if (signal.aborted) {
      await swap.abort();
      signal.throwIfAborted();
    }
    const change = this.#toChange(version, ready, attempt);
    const entering = { ready, version, change, swap };
    return (await this.#announce(entering, attempt)) ?? (await this.#switchOver(entering, attempt));
  }

  #vetoed(vetoes: readonly Veto[], { candidate, diff }: Ready<T>, attempt: Attempt): Ending {
    const { endings, core } = this.#options;
    const placed = vetoes.map((veto) => withPointer(veto, candidate, core.schema.node));
    return endings.rejected(attempt, "prepare", [], { vetoes: placed, diff });
  }

  /** @returns how it ends where the change cannot be recorded and must be */
  async #announce(
    { change, swap, ready }: Entering<T>,
    attempt: Attempt,
  ): Promise<Ending | undefined> {
    const { endings, hooks } = this.#options;
    attempt.times.enter("audit");
    const unrecorded = await hooks.recordBefore(change);
    if (unrecorded === undefined) return undefined;
    await swap.abort();
    const errors = [auditFinding(unrecorded)];
    const { diff } = ready;
    return endings.rejected({ ...attempt, isTransient: true }, "audit", errors, { diff });
  }

  /** The one moment of change, and what follows it. */
  async #switchOver(entering: Entering<T>, attempt: Attempt): Promise<Ending> {
    const { accepted, endings, hooks } = this.#options;
    const { ready, version, change, swap } = entering;
    const { candidate, diff, holds } = ready;
    const { times, command } = attempt;
    const { snapshot: from } = accepted.current;
    const { snapshot: to } = version;
    times.enter("swap");
    const replacement = accepted.replace(version);
    times.enter("commit");
    const failure = await swap.commit(from, replacement.putBack);
    if (failure !== undefined) {
      const more = { vetoes: [failure], diff, reverted: true };
      return endings.rejected(attempt, "commit", [], more);
    }
    accepted.holds = holds;
    accepted.refresh(withCompactOverrides(candidate));
    replacement.settle();
    times.enter("audit");
    await hooks.recordApplied(change);
    times.enter("notify");
    hooks.applied({ from, to, diff, trigger: command.trigger, actor: command.actor });
    return endings.end(attempt, { status: "applied", diff, previousVersion: from.version });
  }

  async #toVersion(
    { candidate, accepted: value, config, warnings }: Ready<T>,
    attempt: Attempt,
  ): Promise<Version<T>> {
    const { core, clock, accepted } = this.#options;
    const { trigger, actor } = attempt.command;
    const number = accepted.nextNumber;
    const about: VersionAbout = { number, acceptedAtMs: clock.now(), trigger, actor };
    const before = accepted.current.effective.pending;
    const effective = { schema: core.schema, version: number, before };
    const slices = new Slices();
    return {
      snapshot: createSnapshot(config, value, about),
      effective: await slices.run(effectiveOf(accepted.boot, config, effective)),
      origin: candidate,
      entry: createEntry(value, core.toldSources(candidate.states), about),
      warnings,
    };
  }

  #toChange(
    { snapshot, entry }: Version<T>,
    { diff }: Ready<T>,
    { command, startedAtMs }: Attempt,
  ): AuditChange<T> {
    const { accepted, clock } = this.#options;
    return {
      ...command,
      from: accepted.current.snapshot,
      to: snapshot,
      diff,
      sources: entry.sources,
      durationMs: clock.now() - startedAtMs,
    };
  }
}
