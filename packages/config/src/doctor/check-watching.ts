import { mkdtemp, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  type DoctorCheck,
  type DoctorSubject,
  notApplicable,
  pass,
  type Verdict,
} from "./doctor-check.ts";
import { watchedDirectories } from "./examined-places.ts";
import { missedChanges } from "./twin-directory.ts";

/** Of more than this many file systems the first ones are tried. */
const MAX_TRIALS = 3;

/** CHK-10: carries out every kind of change in a directory like the watched ones, and sees it. */
export const checkWatching: DoctorCheck = {
  id: "CHK-10",
  subject: "the watching of changes",
  run: async (subject, signal) => {
    const directories = await onePerFileSystem(await watchedDirectories(subject, subject.fs));
    if (directories.length === 0) return notApplicable("no file is watched");
    const trials = await Promise.all(
      directories.slice(0, MAX_TRIALS).map((directory) => tryIn(directory, subject, signal)),
    );
    return verdict(trials);
  },
};

interface Trial {
  readonly directory: string;
  /** Nothing where no directory can be made beside it. */
  readonly missed: readonly string[] | undefined;
}

function verdict(trials: readonly Trial[]): Verdict {
  const tried = trials.filter(({ missed }) => missed !== undefined);
  if (tried.length === 0) return notApplicable("no directory can be made beside the watched ones");
  const faults = tried.flatMap(({ directory, missed = [] }) =>
    missed.length === 0 ? [] : [`${missed.join(", ")} beside ${directory}`],
  );
  if (faults.length === 0) {
    const list = tried.map(({ directory }) => directory).join(", ");
    return pass(`all five kinds of changes are noticed in time on the file systems of ${list}`);
  }
  return {
    result: "fail",
    message: `these changes were not noticed in time: ${faults.join("; ")}`,
    fix: 'set watch: { mode: "poll" }, or a shorter pollInterval',
  };
}

async function onePerFileSystem(directories: readonly string[]): Promise<readonly string[]> {
  const devices = new Map<number, string>();
  for (const directory of directories) {
    const device = await deviceOf(directory);
    if (device !== undefined && !devices.has(device)) devices.set(device, directory);
  }
  return [...devices.values()];
}

async function tryIn(
  directory: string,
  subject: DoctorSubject,
  signal: AbortSignal,
): Promise<Trial> {
  await using twin = await makeTwin(directory);
  if (twin === undefined) return { directory, missed: undefined };
  return { directory, missed: await missedChanges(twin.path, subject, signal) };
}

interface Twin extends AsyncDisposable {
  readonly path: string;
}

/** Beside the directory where that is the same file system; else in it, with a hidden name. */
async function makeTwin(directory: string): Promise<Twin | undefined> {
  const device = await deviceOf(directory);
  for (const parent of [dirname(directory), directory]) {
    if ((await deviceOf(parent)) !== device) continue;
    const path = await mkdtemp(join(parent, ".llmcfg-doctor-")).catch(() => undefined);
    if (path === undefined) continue; // read-only, or not ours
    return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
  }
  return undefined;
}

async function deviceOf(path: string): Promise<number | undefined> {
  return await stat(path).then(
    ({ dev }) => dev,
    () => undefined,
  );
}
