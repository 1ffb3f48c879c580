import { join, resolve } from "node:path";
import type { LoaderCore } from "../load/loader-core.ts";
import type { RankedSource, SourceState } from "../load/source-state.ts";
import type { WatchSettings } from "../manager/settings.ts";
import { handlesIn } from "../references/resolve-handles.ts";
import type { Origin } from "../reload/version.ts";
import { secretFiles } from "../secrets/rotating-secrets.ts";
import type { ConfigSource } from "../sources/config-source.ts";
import { STATE_FILES } from "../state/state-dir.ts";
import { readQuietly } from "../values/secret-handle.ts";
import type { SecretRef } from "../values/secret-ref.ts";
import { watchedFiles } from "../watch/watched-files.ts";
import type {
  DoctorSubject,
  ExaminedFile,
  NewerContent,
  RemoteProbe,
  WrittenFile,
} from "./doctor-check.ts";
import { faultOfRead } from "./remote-finding.ts";

/** What a loader's configuration was made of, as far as it was read at all. */
export type Examined<T> = Pick<Origin<T>, "states" | "tree" | "expansions" | "ignored">;

export interface SubjectInput<T> {
  readonly core: LoaderCore<T>;
  readonly sources: readonly RankedSource[];
  /** Nothing where the sources could not be read. */
  readonly origin: Examined<T> | undefined;
  readonly watch: WatchSettings | undefined;
  readonly stateDir: string | undefined;
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
  const { core, sources, origin, watch = DEFAULT_WATCH, stateDir, newer, proc = "/proc" } = input;
  const state = stateDir === undefined ? [] : stateFiles(resolve(stateDir));
  const { mode, debounceMs, pollIntervalMs } = watch;
  return {
    files: filesOf(input),
    directories: directoriesOf(sources),
    variables: core.environmentPrefix === undefined ? undefined : (origin?.ignored ?? []),
    remotes: remotesOf(input),
    written: [...state, ...input.written],
    newer,
    watch: { mode, debounceMs, pollIntervalMs },
    fs: core.fs,
    clock: core.clock,
    proc,
  };
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

function remotesOf<T>({ core, sources, origin }: SubjectInput<T>): readonly RemoteProbe[] {
  const remote = sources.flatMap(({ supply }) =>
    supply.type === "foreign" ? [supply.source] : [],
  );
  return [
    ...remote.map((source) => probeOf(source, core)),
    ...(origin === undefined ? [] : backendProbes(core, origin)),
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

/** Of each backend one secret that the configuration has in any case is asked for anew. */
function backendProbes<T>(core: LoaderCore<T>, { tree }: Examined<T>): readonly RemoteProbe[] {
  const context = { segments: [], nodes: [core.schema.node], report: () => {} };
  const handles = new Map<string, SecretRef>();
  for (const { handle } of handlesIn(tree, context))
    if (handle.kind === "secret") handles.set(backendOf(handle), handle);
  return [...handles].map(([backend, handle]) => ({
    name: `the secrets backend ${backend}`,
    ask: async (signal) => {
      await readQuietly(handle, { refresh: true, signal });
      return undefined;
    },
  }));
}

/** `vault` of `${secret://vault/path}`. */
function backendOf({ reference }: SecretRef): string {
  return /^\$\{secret:\/\/([^/}]+)/.exec(reference)?.[1] ?? "of the configuration";
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
