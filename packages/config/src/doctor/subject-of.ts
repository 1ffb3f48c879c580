import { join, resolve } from "node:path";
import type { LoaderCore } from "../load/loader-core.ts";
import type { RankedSource, SourceState } from "../load/source-state.ts";
import type { WatchSettings } from "../manager/settings.ts";
import type { Origin } from "../reload/version.ts";
import type { DeepReadonly } from "../schema/config-types.ts";
import { secretFiles } from "../secrets/rotating-secrets.ts";
import type { ConfigSource } from "../sources/config-source.ts";
import { STATE_FILES } from "../state/state-dir.ts";
import { watchedFiles } from "../watch/watched-files.ts";
import { backendProbes } from "./backend-probes.ts";
import type { DoctorSubject, ExaminedFile, NewerContent, RemoteProbe } from "./doctor-check.ts";
import { faultOfRead } from "./remote-finding.ts";
import type { WrittenFile } from "./written-file.ts";

/** What a loader's configuration was made of, as far as it was read at all. */
export type Examined<T> = Pick<Origin<T>, "states" | "tree" | "expansions" | "ignored">;

export interface SubjectInput<T> {
  readonly core: LoaderCore<T>;
  readonly sources: readonly RankedSource[];
  /** Nothing where the sources could not be read. */
  readonly origin: Examined<T> | undefined;
  /** Nothing where there is none that is valid. */
  readonly config: DeepReadonly<T> | undefined;
  readonly watch: WatchSettings | undefined;
  readonly stateDir: string | undefined;
  /** Whether secret backends are asked; default true. */
  readonly resolveSecrets?: boolean | undefined;
  /** Other files that the process writes. */
  readonly written: readonly WrittenFile[];
  readonly newer: DoctorSubject["newer"];
  /** Default `/proc`. */
  readonly proc?: string | undefined;
}

/** What the defaults of a manager watch with. */
const DEFAULT_WATCH = { mode: "events", debounceMs: 500, pollIntervalMs: 5_000 } as const;

/** The same view of a manager's configuration and of one that is only examined. */
export function subjectOf<T>(input: SubjectInput<T>): DoctorSubject {
  const { core, sources, origin, watch = DEFAULT_WATCH, newer, proc = "/proc" } = input;
  const { mode, debounceMs, pollIntervalMs } = watch;
  return {
    files: filesOf(input),
    directories: directoriesOf(sources),
    variables: core.environmentPrefix === undefined ? undefined : (origin?.ignored ?? []),
    remotes: remotesOf(input),
    written: writtenBy(input),
    newer,
    watch: { mode, debounceMs, pollIntervalMs },
    fs: core.fs,
    clock: core.clock,
    proc,
  };
}

/** Each file once: what a manager has open is what its configuration names. */
function writtenBy<T>({
  core,
  config,
  stateDir,
  written,
}: SubjectInput<T>): readonly WrittenFile[] {
  const state = stateDir === undefined ? [] : stateFiles(resolve(stateDir));
  const configured = config === undefined ? [] : core.schema.writes(config);
  const all = [...state, ...written, ...configured];
  return [...new Map(all.map((file) => [resolve(file.path), file])).values()];
}

function stateFiles(folder: string): readonly WrittenFile[] {
  return Object.values(STATE_FILES).map((name) => ({ kind: "state", path: join(folder, name) }));
}

function filesOf<T>({ core, sources, origin }: SubjectInput<T>): readonly ExaminedFile[] {
  const files = new Map<string, ExaminedFile["role"]>();
  const own = sources.flatMap(({ supply }) => (supply.type === "file" ? supply.source.paths : []));
  const found = origin === undefined ? [] : watchedFiles(origin);
  for (const { path, type } of found) if (type === "file") files.set(resolve(path), "reference");
  for (const { path, type } of [...own, ...partsOf(origin?.states ?? [])])
    if (type === "file") files.set(resolve(path), "source");
  for (const path of secretFilesOf(core, origin)) files.set(resolve(path), "secret");
  return [...files].map(([path, role]) => ({ path, role }));
}

function partsOf(states: readonly SourceState[]) {
  return states.flatMap(({ ranked: { supply }, content }) => {
    if (supply.type !== "file" || content === undefined || content.body.type === "stored")
      return [];
    return supply.source.partsOf(content.identity);
  });
}

function secretFilesOf<T>(core: LoaderCore<T>, origin: Examined<T> | undefined): Iterable<string> {
  return origin === undefined ? [] : secretFiles(origin.tree, core.schema.node);
}

function directoriesOf(sources: readonly RankedSource[]): readonly string[] {
  const paths = sources.flatMap(({ supply }) =>
    supply.type === "file" ? supply.source.paths : [],
  );
  return paths.flatMap(({ path, type }) => (type === "file" ? [] : [resolve(path)]));
}

function remotesOf<T>({
  core,
  sources,
  origin,
  resolveSecrets = true,
}: SubjectInput<T>): readonly RemoteProbe[] {
  const remote = sources.flatMap(({ supply }) =>
    supply.type === "foreign" ? [supply.source] : [],
  );
  return [
    ...remote.map((source) => probeOf(source, core)),
    ...(origin === undefined ? [] : backendProbes({ core, tree: origin.tree, resolveSecrets })),
  ];
}

/** What the source says of itself, else whether it can be read. */
function probeOf<T>(source: ConfigSource, core: LoaderCore<T>): RemoteProbe {
  const field = (path: string) => core.schema.field(path);
  return {
    name: source.id,
    ask: async (signal) => {
      if (source.doctor !== undefined) return await source.doctor();
      return faultOfRead(await source.read({ previous: undefined, field, signal }));
    },
  };
}

/** What is there now, of every source in files, compared with hashes of what is in force. */
export async function newerContent<T>(
  core: LoaderCore<T>,
  sources: readonly RankedSource[],
  about: {
    /** Nothing where the source had no content. */
    readonly hashOf: (source: string) => string | undefined;
    /** Why other content is not in force, if anything is known. */
    readonly reasonOf: (source: string) => string | undefined;
    readonly signal: AbortSignal;
  },
): Promise<readonly NewerContent[]> {
  const field = (path: string) => core.schema.field(path);
  const found = await Promise.all(
    sources.map(async ({ id, supply }): Promise<readonly NewerContent[]> => {
      if (supply.type !== "file") return [];
      const read = await supply.source.read({ previous: undefined, field, signal: about.signal });
      const hash = about.hashOf(id);
      if (read.state === "ok" && read.hash === hash) return [];
      if (read.state === "missing" && hash === undefined) return [];
      const now = read.state === "ok" || read.state === "unchanged" ? "" : `it is ${read.state}`;
      const because = about.reasonOf(id) ?? (now === "" ? "it has not been reloaded yet" : "");
      return [{ source: id, reason: [now, because].filter(Boolean).join("; ") }];
    }),
  );
  return found.flat();
}
