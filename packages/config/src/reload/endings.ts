import type { Clock } from "../clock.ts";
import type { ConfigDiff } from "../diff/config-diff.ts";
import type { ReadResult } from "../load/read-sources.ts";
import type { DefinedSchema } from "../schema/define-schema.ts";
import type { Finding } from "../validate/finding.ts";
import { withHelp } from "../validate/to-finding.ts";
import type { AcceptedVersions } from "./accepted-versions.ts";
import type { Attempt, Ending, ReloadCommand } from "./command.ts";
import type { Veto } from "./participants.ts";
import type { ReloadResult } from "./reload-result.ts";
import { StageTimes } from "./stage-times.ts";
import type { Stage } from "./trigger.ts";

export interface EndingsOptions<T> {
  readonly accepted: Pick<AcceptedVersions<T>, "current" | "holds">;
  readonly clock: Clock;
  readonly help: DefinedSchema<T>["help"];
}

/** What is known of a refusal beside its findings. */
export interface Refused {
  readonly vetoes?: readonly Veto[];
  readonly diff?: ConfigDiff;
  /** Whether the swap had happened, and was taken back. */
  readonly reverted?: boolean;
}

/** Begins the attempts to carry out commands, and says how they ended. */
export class Endings<T> {
  readonly #options: EndingsOptions<T>;

  constructor(options: EndingsOptions<T>) {
    this.#options = options;
  }

  begin(command: ReloadCommand, stage: Stage = "parse"): Attempt {
    const { clock } = this.#options;
    const times = new StageTimes(clock, stage);
    const nothing = { delivered: [], failures: [], isTransient: false };
    return { command, startedAtMs: clock.now(), times, ...nothing };
  }

  unchanged(attempt: Attempt): Ending {
    return this.end(attempt, { status: "unchanged" });
  }

  /** Not every source could be read. */
  unread(attempt: Attempt, { failures }: Pick<ReadResult, "failures">): Ending {
    const isMalformed = failures.every(({ code }) => code === "source_malformed");
    const isTransient = failures.every((failure) => failure.isTransient);
    const errors = failures.flatMap(({ findings }) => findings);
    return this.rejected({ ...attempt, isTransient }, isMalformed ? "parse" : "read", errors);
  }

  /** @param stage where it failed, if it can be told */
  rejected(
    attempt: Attempt,
    stage: Stage | undefined,
    errors: readonly Finding[],
    more: Refused = {},
  ): Ending {
    const at = stage === undefined ? {} : { stage };
    const explained = errors.map((error) => withHelp(error, this.#options.help));
    return this.end(attempt, { status: "rejected", ...at, errors: explained, ...more });
  }

  end(
    { command, startedAtMs, times, delivered, failures, isTransient }: Attempt,
    outcome: Pick<ReloadResult, "status"> & Partial<ReloadResult>,
  ): Ending {
    const { clock, accepted } = this.#options;
    const { snapshot, effective } = accepted.current;
    const { version } = snapshot;
    const holds = accepted.holds.map(({ source }) => source);
    const result: ReloadResult = {
      version,
      previousVersion: version,
      diff: undefined,
      restartRequired: effective.pending.map(({ path }) => path),
      errors: [],
      vetoes: [],
      reverted: false,
      holds,
      ...(holds.length === 0 ? {} : { holdDurable: false }),
      trigger: command.trigger,
      durationMs: clock.now() - startedAtMs,
      ...outcome,
    };
    return { result, delivered, failures, isTransient, stages: times.read() };
  }
}
