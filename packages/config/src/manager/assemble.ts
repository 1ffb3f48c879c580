import type { LiveAudit } from "../audit/live-audit.ts";
import type { ManagerAudit } from "../audit/manager-audit.ts";
import type { Clock } from "../clock.ts";
import type { ManagerOptions } from "../config-manager.ts";
import type { LoaderCore } from "../load/loader-core.ts";
import { silentLogger } from "../logger.ts";
import type { Booted, BootFallback } from "../reload/boot.ts";
import { Participants } from "../reload/participants.ts";
import { Reloader } from "../reload/reloader.ts";
import type { SourceReports } from "../reload/source-reports.ts";
import type { DurableState } from "../state/durable-state.ts";
import { watchedFiles } from "../watch/watched-files.ts";
import { Announcements } from "./announcements.ts";
import { Answers } from "./answers.ts";
import { changeHooks } from "./change-hooks.ts";
import { Commands } from "./commands.ts";
import { connectAudit } from "./connect-audit.ts";
import { FinishStage } from "./finish-stage.ts";
import { Hangup } from "./hangup.ts";
import { ManagerHealth } from "./health.ts";
import { Listeners } from "./listeners.ts";
import { LiveState } from "./live-state.ts";
import { LiveWatching } from "./live-watching.ts";
import { ReloadCounts } from "./reload-counts.ts";
import { SecretRotations } from "./secret-rotations.ts";
import { Served } from "./served.ts";
import type { ManagerSettings } from "./settings.ts";
import { StateKeeper } from "./state-keeper.ts";

/** What a manager is made of. */
export interface LiveParts<T> {
  readonly options: ManagerOptions<T>;
  readonly core: LoaderCore<T>;
  readonly settings: ManagerSettings;
  readonly clock: Clock;
  readonly reports: SourceReports;
  readonly booted: Booted<T>;
  readonly state: DurableState<T> | undefined;
  readonly audit: ManagerAudit<T>;
}

/** The parts of a manager that its methods use. */
export interface Assembled<T> extends Base<T> {
  readonly rotations: SecretRotations<T>;
  readonly watching: LiveWatching<T>;
  readonly state: LiveState<T>;
  readonly commands: Commands<T>;
  readonly hangup: Hangup<T>;
  readonly answers: Answers<T>;
  /** There where version 1 is what was stored. */
  readonly fallback: BootFallback | undefined;
}

/** Those that the others are about. */
interface Base<T> {
  readonly core: LoaderCore<T>;
  readonly clock: Clock;
  readonly counts: ReloadCounts;
  readonly served: Served<T>;
  readonly participants: Participants<T>;
  readonly announcements: Announcements;
  readonly listeners: Listeners<T>;
  readonly reloader: Reloader<T>;
}

/**
 * Makes the parts of a manager that runs, each with those that it needs. The sources hear what became
 * of the first load; nothing is watched yet.
 */
export function assemble<T>(parts: LiveParts<T>, stopping: AbortSignal): Assembled<T> {
  const { options, settings, reports, booted, audit } = parts;
  const { fallback } = booted;
  const base = assembleBase(parts);
  const liveAudit = startAudit(base, parts);
  const current = () => base.reloader.current;
  const rotations = new SecretRotations({ ...base, current, audit: liveAudit });
  const getCommands = (): Commands<T> => commands; // they are made of what watches
  const watching = assembleWatching(base, parts, { rotations, getCommands });
  const keeper = new StateKeeper({ state: parts.state, hearsSignals: options.signals === true });
  const state = new LiveState({ ...base, keeper, watching, stopping, fallback });
  const logger = options.logger ?? silentLogger;
  const finish = new FinishStage({ ...base, keeper, state, reports, watching, logger });
  const recorded = options.audit === undefined ? undefined : liveAudit;
  const { actor, stateDir } = options;
  const commands = new Commands({ ...base, keeper, audit: recorded, finish, actor, stopping });
  const hangup = new Hangup({ ...base, commands, state, audit, stateDir });
  const refusedAtBoot = fallback?.refusal;
  const told = { settings, stateDir, watching, audit, refusedAtBoot, stopping };
  const answers = new Answers({ ...base, ...told });
  state.note();
  finish.report({ delivered: booted.delivered, failures: [] }, refusedAtBoot);
  return { ...base, rotations, watching, state, commands, hangup, answers, fallback };
}

function assembleBase<T>({ options, core, settings, clock, booted, audit }: LiveParts<T>): Base<T> {
  const { schema } = core;
  const { prepareTimeoutMs, subscriberTimeoutMs: timeoutMs, historySize } = settings;
  const counts = new ReloadCounts(clock.now());
  const announcements = new Announcements(new ManagerHealth(booted.first.origin.states), counts);
  const served = new Served(booted.first);
  const onVeto = (participant: string) => counts.veto(participant);
  const participants = new Participants<T>({ clock, prepareTimeoutMs, onVeto });
  const getReloader = (): Reloader<T> => reloader; // it is made of what asks for it
  const current = () => getReloader().current;
  const { outcomes } = announcements;
  const listeners = new Listeners({ schema, clock, timeoutMs, outcomes, counts, current });
  const told = { served, audit, listeners, announcements, reloader: getReloader };
  const { rules } = options.validator;
  const made = { core, clock, rules, participants, historySize, hooks: changeHooks(told) };
  const reloader = new Reloader(made, booted);
  return { core, clock, counts, served, participants, announcements, listeners, reloader };
}

function startAudit<T>(base: Base<T>, { audit, options }: LiveParts<T>): LiveAudit<T> {
  const { node } = base.core.schema;
  const isWanted = options.audit !== undefined;
  const current = () => base.reloader.current;
  return connectAudit({ ...base, audit, node, current, isWanted });
}

function assembleWatching<T>(
  base: Base<T>,
  { options, settings, booted }: LiveParts<T>,
  others: {
    readonly rotations: SecretRotations<T>;
    readonly getCommands: () => Commands<T>;
  },
): LiveWatching<T> {
  return new LiveWatching({
    ...base,
    settings: settings.watch,
    fs: options.fs ?? base.core.fs,
    logger: options.logger ?? silentLogger,
    rotations: others.rotations,
    seen: watchedFiles({ states: booted.delivered, expansions: NO_EXPANSIONS }),
    reload: (trigger) => others.getCommands().reload(trigger, {}),
  });
}

/** The files of `${file:…}` are watched for what is accepted alone. */
const NO_EXPANSIONS = { variables: new Map(), files: new Map() } as const;
