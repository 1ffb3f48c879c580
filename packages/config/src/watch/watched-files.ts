import type { SourceFault } from "../load/read-sources.ts";
import type { LayerContent, RankedSource, SourceState } from "../load/source-state.ts";
import type { Origin } from "../reload/version.ts";
import { plainIdentity } from "../sources/file-identity.ts";
import { ABSENT, type WatchedPath } from "../sources/seen-path.ts";

/** A path to watch. */
export interface WatchedFile extends WatchedPath {
  /** What it was when it was read, where it is known: if it is another one by now, it changed. */
  readonly identity?: string | undefined;
}

/** What a command delivered and could not read, beside what is accepted. */
export interface Attempted {
  readonly delivered: readonly SourceState[];
  readonly failures: readonly Pick<SourceFault, "seen">[];
}

/**
 * What a configuration was made of, as it was when it was read: the files and directories of sources,
 * and the files behind `${file:…}` and behind paths of material. Of an attempt that was refused too,
 * for what mends it may be a change of a file that nothing accepted knows of.
 */
export function watchedFiles<T>(
  { states, expansions }: Pick<Origin<T>, "states" | "expansions">,
  refused: Attempted = { delivered: [], failures: [] },
): readonly WatchedFile[] {
  const texts = [...expansions.files.keys()].map(unknownFile);
  const attempted = [
    ...refused.delivered.flatMap(filesOf),
    ...refused.failures.flatMap(({ seen }) => seen),
  ];
  // Of one path the last one counts: what is accepted.
  return [...texts, ...attempted, ...states.flatMap(filesOf)].map(plain);
}

function filesOf({ ranked, content }: SourceState): readonly WatchedFile[] {
  const { body } = content ?? {};
  const further =
    body?.type === "located"
      ? (body.content.files ?? [])
      : body?.type === "environment"
        ? [...body.content.files.values()].map(({ path }) => path)
        : [];
  return [...further.map(unknownFile), ...partsOf(ranked, content)];
}

function partsOf({ supply }: RankedSource, content: LayerContent | undefined) {
  if (supply.type !== "file") return [];
  const { source } = supply;
  if (content === undefined) return source.paths.map((path) => ({ ...path, identity: ABSENT }));
  // What was stored has the identity of an earlier process.
  const parts = content.body.type === "stored" ? [] : source.partsOf(content.identity);
  return [...source.paths.map((path) => ({ ...path, identity: undefined })), ...parts];
}

function unknownFile(path: string): WatchedFile {
  return { path, type: "file", identity: undefined };
}

function plain(file: WatchedFile): WatchedFile {
  return file.identity === undefined ? file : { ...file, identity: plainIdentity(file.identity) };
}
