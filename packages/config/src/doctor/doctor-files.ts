import type { WatchOptions } from "../config-manager.ts";
import type { Candidate } from "../load/candidate.ts";
import type { LoaderCore } from "../load/loader-core.ts";
import { type ConfigLoader, coreOf } from "../loader.ts";
import { silentLogger } from "../logger.ts";
import { toWatchSettings } from "../manager/settings.ts";
import type { DeepReadonly } from "../schema/config-types.ts";
import { openState } from "../state/open-state.ts";
import { readStatus } from "../state/request-reload.ts";
import type { DoctorSubject } from "./doctor-check.ts";
import type { DoctorFinding } from "./doctor-finding.ts";
import { runChecks } from "./run-checks.ts";
import { newerContent, subjectOf } from "./subject-of.ts";
import type { WrittenFile } from "./written-file.ts";

/** What the doctor is told about a process that it does not run in. */
export interface DoctorFilesOptions {
  /** How the process watches, or would; default: as a manager does. */
  readonly watch?: WatchOptions;
  /** The state folder of the process: then what the files hold is compared with what it accepted. */
  readonly stateDir?: string;
  readonly stateKey?: string;
  /** What the process writes beside its state and what the schema knows of. */
  readonly written?: readonly WrittenFile[];
  /** Asks secret backends for the secrets of the configuration; default true. */
  readonly resolveSecrets?: boolean;
  readonly signal?: AbortSignal;
  /** Seam for tests; default `/proc`. */
  readonly proc?: string;
}

/**
 * What the doctor finds about the sources of a loader, without a manager: also where they are invalid
 * or cannot be read. Changes nothing, but for a directory of its own that it removes again.
 *
 * @throws {ConfigError} `no_sources`, `invalid_option`, `state_unsafe`
 */
export async function doctorFiles<T>(
  loader: ConfigLoader<T>,
  options: DoctorFilesOptions = {},
): Promise<readonly DoctorFinding[]> {
  const core = coreOf(loader);
  const { watch = {}, stateDir, written = [], proc } = options;
  const signal = options.signal ?? new AbortController().signal;
  const sources = core.ranked();
  const origin = await tryLoad(core, options, signal);
  const subject = subjectOf({
    core,
    sources,
    origin,
    config: origin?.accepted?.config as DeepReadonly<T> | undefined, // it is only read
    watch: toWatchSettings(watch),
    stateDir,
    resolveSecrets: options.resolveSecrets,
    written,
    newer: await newerThanStored(core, options),
    proc,
  });
  return await runChecks(subject, signal);
}

/** As far as it goes. */
async function tryLoad<T>(
  core: LoaderCore<T>,
  { resolveSecrets = true }: DoctorFilesOptions,
  signal: AbortSignal,
): Promise<Candidate<T> | undefined> {
  const overrides = core.initialOverrides();
  const options = { previous: [], isBoot: true, overrides, signal };
  const { states } = await core.read(core.ranked(), options);
  const build = { resolveSecrets, refreshSecrets: false, signal, isOnce: true };
  const candidate = await core.build(states, build);
  core.store.backends = candidate.backends;
  return candidate;
}

/** Compared with what the process that has this state folder accepted last. */
async function newerThanStored<T>(
  core: LoaderCore<T>,
  { stateDir, stateKey }: DoctorFilesOptions,
): Promise<DoctorSubject["newer"]> {
  if (stateDir === undefined) {
    return { unknown: "name the state folder of the process (stateDir, or --state-dir)" };
  }
  const key = stateKey === undefined ? {} : { stateKey };
  const state = await openState(
    { stateDir, ...key },
    { schema: core.schema, logger: silentLogger },
  );
  const read = await state?.readLastKnownGood();
  if (read?.state === "refused") return { unknown: read.reason };
  if (read?.state !== "ok") {
    const because = `no process has accepted a configuration with the state folder ${stateDir}`;
    return { unknown: because };
  }
  const { sources } = read.content;
  const status = await readStatus(stateDir);
  const hashOf = (source: string) => sources.find(({ id }) => id === source)?.content.hash;
  const reasonOf = (source: string) => {
    const hold = status?.holds.find((held) => held.source === source);
    if (hold !== undefined) return `its content is on hold since version ${hold.since}`;
    const [error] = status?.lastReload?.errors ?? [];
    return error === undefined
      ? undefined
      : `it was refused: ${error.code} ${error.path}`.trimEnd();
  };
  return async (signal: AbortSignal) =>
    await newerContent(core, core.ranked(), { hashOf, reasonOf, signal });
}
