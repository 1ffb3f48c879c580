import type { ManagerAudit } from "../audit/manager-audit.ts";
import type { Clock } from "../clock.ts";
import type { ExplainOptions, ManagerStatus } from "../config-manager.ts";
import type { ConfigDiff } from "../diff/config-diff.ts";
import { diffConfigs } from "../diff/diff-configs.ts";
import type { DoctorFinding } from "../doctor/doctor-finding.ts";
import type { Explanation } from "../explain/explanation.ts";
import type { RollbackTarget } from "../history/history.ts";
import type { LoaderCore } from "../load/loader-core.ts";
import { parseConfigPath } from "../paths/config-path.ts";
import { revealHandles } from "../references/reveal-handles.ts";
import type { Refusal } from "../reload/refusal.ts";
import type { Reloader } from "../reload/reloader.ts";
import type { KeptVersion, Version } from "../reload/version.ts";
import type { ConfigPath } from "../schema/config-types.ts";
import { oldestSecretSince } from "../secrets/rotating-secrets.ts";
import type { RevealOptions } from "../values/secret-ref.ts";
import type { Announcements } from "./announcements.ts";
import { examine } from "./examine.ts";
import { explainDocument } from "./explain-document.ts";
import { explainVersion } from "./explain-version.ts";
import { managerMetrics } from "./manager-metrics.ts";
import type { ReloadCounts } from "./reload-counts.ts";
import type { ManagerSettings } from "./settings.ts";
import type { WatchStates } from "./watch-states.ts";

export interface AnswersOptions<T> {
  readonly core: LoaderCore<T>;
  readonly clock: Clock;
  readonly settings: Pick<ManagerSettings, "watch" | "metricsPrefix">;
  readonly stateDir: string | undefined;
  readonly reloader: Reloader<T>;
  readonly announcements: Announcements;
  readonly counts: ReloadCounts;
  readonly watching: WatchStates;
  readonly audit: ManagerAudit<T>;
  /** Why the sources were refused at boot, if they were. */
  readonly refusedAtBoot: Refusal | undefined;
  readonly stopping: AbortSignal;
}

/** What a manager answers about its configurations, and about itself, without changing anything. */
export class Answers<T> {
  readonly #options: AnswersOptions<T>;

  constructor(options: AnswersOptions<T>) {
    this.#options = options;
  }

  explain(path: ConfigPath, options: ExplainOptions): Explanation {
    const { core, reloader, announcements } = this.#options;
    const { version: number, document } = options;
    if (document !== undefined) return explainDocument(path, document, core);
    const { current } = reloader;
    const isCurrent = number === undefined || number === current.snapshot.version;
    const version = isCurrent ? current : this.#versionAt({ version: number });
    const holds = isCurrent ? reloader.holds : [];
    const { refusal, refused } = announcements.health;
    const refusals = isCurrent ? { refusal, refused } : { refusal: undefined, refused: [] };
    return explainVersion(path, { version, core, isCurrent, holds, ...refusals });
  }

  diff(from: RollbackTarget | "current", to: RollbackTarget | "current"): ConfigDiff {
    const [before, after] = [from, to].map((target) => this.#versionAt(target).snapshot.config);
    return diffConfigs(before, after, this.#options.core.schema);
  }

  async resolveSecrets(
    path: ConfigPath,
    options: RevealOptions,
  ): Promise<ReadonlyMap<ConfigPath, string>> {
    const { core, reloader } = this.#options;
    const { tree } = reloader.current.origin;
    return await revealHandles(tree, core.schema.node, parseConfigPath(path), options);
  }

  async doctor(): Promise<readonly DoctorFinding[]> {
    const { core, reloader, settings, stateDir, audit, announcements, watching } = this.#options;
    const { path } = audit;
    return await examine({
      core,
      reloader,
      watch: settings.watch,
      stateDir,
      watching,
      written: path === undefined ? [] : [{ kind: "audit", path }],
      refusal: announcements.health.refusal ?? this.#options.refusedAtBoot,
      signal: this.#options.stopping,
    });
  }

  metrics(status: ManagerStatus): string {
    const { core, counts, reloader, watching, audit, clock, settings } = this.#options;
    const { snapshot, origin } = reloader.current;
    return managerMetrics({
      counts,
      snapshot,
      status,
      watches: new Map(origin.states.map((one) => [one.ranked.id, watching.statesOf(one)])),
      resolutions: core.store.resolutions,
      cacheRequests: core.cacheRequests,
      oldestSecretSinceMs: oldestSecretSince(origin.tree, core),
      auditFailures: audit.failures,
      nowMs: clock.now(),
      prefix: settings.metricsPrefix,
    });
  }

  /** @throws {RollbackError} where the history has no such version */
  #versionAt(target: RollbackTarget | "current"): Version<T> | KeptVersion<T> {
    const { reloader } = this.#options;
    const { current } = reloader;
    if (target === "current") return current;
    const number = typeof target === "object" && "version" in target ? target.version : undefined;
    if (number === current.snapshot.version) return current;
    return reloader.requireVersion(target);
  }
}
