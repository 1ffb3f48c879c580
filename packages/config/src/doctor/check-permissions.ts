import { access, constants, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { octal } from "../state/atomic-file.ts";
import { type DoctorCheck, type DoctorSubject, notApplicable, pass } from "./doctor-check.ts";

/** CHK-6: what must be read can be, what is secret is read by nobody else, what is written can be. */
export const checkPermissions: DoctorCheck = {
  id: "CHK-6",
  subject: "the permissions of files",
  run: async ({ files, directories, written }) => {
    if (files.length + directories.length + written.length === 0)
      return notApplicable("there are no files");
    const unreadable = await failing(
      [...files.map(({ path }) => path), ...directories],
      isReadable,
    );
    const unwritable = await failing(
      written.map(({ path }) => path),
      isWritable,
    );
    const open = await openToOthers({ files, written });
    const faults = [
      ...unreadable.map((path) => `${path} cannot be read`),
      ...unwritable.map((path) => `${path} cannot be written`),
      ...open,
    ];
    if (faults.length === 0) return pass("files can be read, and what is secret by no others");
    return {
      result: "fail",
      message: faults.join("; "),
      fix: `run the process as a user who may, and chmod secret and state files to 600`,
    };
  },
};

async function failing(
  paths: readonly string[],
  isFine: (path: string) => Promise<boolean>,
): Promise<readonly string[]> {
  const looked = await Promise.all(paths.map(async (path) => ((await isFine(path)) ? [] : [path])));
  return looked.flat();
}

/** What is not there is told by others. */
async function isReadable(path: string): Promise<boolean> {
  return (await may(path, constants.R_OK)) ?? true;
}

/** Or can be made: the first folder above that is there decides. */
async function isWritable(path: string): Promise<boolean> {
  const own = await may(path, constants.W_OK);
  if (own !== undefined) return own;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const isAllowed = await may(folder, constants.W_OK | constants.X_OK);
    if (isAllowed !== undefined || folder === dirname(folder)) return isAllowed ?? false;
  }
}

/** Nothing where there is no such file. */
async function may(path: string, mode: number): Promise<boolean | undefined> {
  try {
    await stat(path);
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    return isMissing ? undefined : false;
  }
  return await access(path, mode).then(
    () => true,
    () => false,
  );
}

async function openToOthers({
  files,
  written,
}: Pick<DoctorSubject, "files" | "written">): Promise<readonly string[]> {
  const secret = files.filter(({ role }) => role === "secret");
  const state = written.filter(({ kind }) => kind !== "log");
  const looked = await Promise.all(
    [...secret, ...state].map(async ({ path }) => {
      const mode = await stat(path).then(
        (found) => found.mode,
        () => 0,
      );
      return (mode & 0o007) === 0 ? [] : [`${path} is open to everybody (mode ${octal(mode)})`];
    }),
  );
  return looked.flat();
}
