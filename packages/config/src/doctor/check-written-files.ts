import { dirname, resolve } from "node:path";
import { type DoctorCheck, notApplicable, pass } from "./doctor-check.ts";
import { watchedDirectories } from "./examined-places.ts";

/** CHK-7: what a process writes beside what it watches wakes it up for nothing. */
export const checkWrittenFiles: DoctorCheck = {
  id: "CHK-7",
  subject: "what the process writes",
  run: async (subject) => {
    if (subject.written.length === 0)
      return notApplicable("the process writes no files of its own");
    const watched = new Set(
      (await watchedDirectories(subject, subject.fs)).map((directory) => resolve(directory)),
    );
    const real = await Promise.all(
      subject.written.map(async (file) => {
        const folder = resolve(dirname(file.path));
        return { ...file, folder: await subject.fs.realpath(folder).catch(() => folder) };
      }),
    );
    const inside = real.filter(({ folder }) => watched.has(folder));
    if (inside.length === 0) return pass("what the process writes lies apart from what it watches");
    const sources = new Set(subject.directories.map((directory) => resolve(directory)));
    const isRead = inside.some(({ folder }) => sources.has(folder));
    const list = inside.map(({ kind, path }) => `${path} (${kind})`).join(", ");
    return {
      result: isRead ? "fail" : "warn",
      message: isRead
        ? `${list} lies in a directory that is read as configuration`
        : `${list} lies in a watched directory: each write is an event that is looked at in vain`,
      fix: "write it to a directory of its own",
    };
  },
};
