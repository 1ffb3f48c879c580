import { printable } from "@llmcfg/core";
import type { Clock } from "../clock.ts";
import type { Logger } from "../logger.ts";
import type { Ending } from "../reload/command.ts";
import { type Refusal, refusalOfResult } from "../reload/refusal.ts";
import { refusedSources } from "../reload/refused-source.ts";
import type { Reloader } from "../reload/reloader.ts";
import { reportOutcomes } from "../reload/source-outcomes.ts";
import type { SourceReports } from "../reload/source-reports.ts";
import type { Announcements } from "./announcements.ts";
import type { LiveState } from "./live-state.ts";
import type { LiveWatching } from "./live-watching.ts";
import type { ReloadCounts } from "./reload-counts.ts";
import type { StateKeeper } from "./state-keeper.ts";

export interface FinishStageOptions<T> {
  readonly reloader: Reloader<T>;
  readonly clock: Clock;
  readonly counts: ReloadCounts;
  readonly keeper: StateKeeper<T>;
  readonly state: LiveState<T>;
  readonly announcements: Announcements;
  readonly reports: SourceReports;
  readonly watching: LiveWatching<T>;
  readonly logger: Logger;
}

/** Stage `finish` of a command: counts, health, events, what sources are told, the watch set. */
export class FinishStage<T> {
  readonly #options: FinishStageOptions<T>;
  /** What was logged of the last command, if it was refused. */
  #logged: string | undefined;

  constructor(options: FinishStageOptions<T>) {
    this.#options = options;
  }

  async run(ending: Ending): Promise<void> {
    const { state, announcements, watching } = this.#options;
    const { result } = ending;
    const refusal = result.status === "rejected" ? refusalOfResult(result) : undefined;
    this.#count(ending, refusal);
    this.#noteStaleness();
    this.#log(ending, refusal);
    if (refusal !== undefined) announcements.emit("reload_failed", result);
    announcements.checkHealth();
    this.report(ending, refusal);
    await watching.follow(ending);
    await state.write();
  }

  /** Tells the sources what became of what they delivered. */
  report(
    { delivered, failures }: Pick<Ending, "delivered" | "failures">,
    refusal: Refusal | undefined,
  ): void {
    const { sources, holds, current } = this.#options.reloader;
    const about = { delivered, failures, accepted: current.origin.states, holds, refusal };
    reportOutcomes(this.#options.reports, { sources, ...about });
  }

  #count(ending: Ending, refusal: Refusal | undefined): void {
    const { clock, counts, keeper, state, announcements, reloader } = this.#options;
    const { holds, current } = reloader;
    const accepted = current.origin.states;
    const refused =
      refusal === undefined ? [] : refusedSources(ending, { accepted, holds, refusal });
    const now = clock.now();
    counts.reload(ending, now);
    keeper.noteResult(ending.result, new Date(now));
    state.note();
    announcements.health.reloaded(ending.result, new Date(now), { refusal, refused });
  }

  /** A source that stays away, or stays wrong, is told of once. */
  #log({ result }: Ending, refusal: Refusal | undefined): void {
    const before = this.#logged;
    this.#logged = refusal && [refusal.at, refusal.path, refusal.reason].filter(Boolean).join("  ");
    if (this.#logged === undefined || this.#logged === before) return;
    const { version, trigger, stage } = result;
    const message = `a change was refused, version ${version} stays: ${printable(this.#logged)}`;
    this.#options.logger.error({ version, trigger, stage }, message);
  }

  #noteStaleness(): void {
    const { reloader, announcements } = this.#options;
    const { stale, recovered } = announcements.health.sourcesRead(reloader.current.origin.states);
    for (const source of stale) announcements.emit("source_stale", { source });
    for (const source of recovered) announcements.emit("source_recovered", { source });
  }
}
