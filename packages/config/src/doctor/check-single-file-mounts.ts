import { type DoctorCheck, notApplicable, pass } from "./doctor-check.ts";
import { placesOf, subjectOf } from "./examined-places.ts";
import { pinningMount, readMounts } from "./mount-info.ts";

/** CHK-1: a file that is a mount by itself is tied to one inode, and never changes. */
export const checkSingleFileMounts: DoctorCheck = {
  id: "CHK-1",
  subject: "the mounts of files",
  run: async (subject) => {
    if (subject.files.length === 0) return notApplicable("no file is watched");
    const mounts = await readMounts(subject.proc);
    if (mounts === undefined) return notApplicable("the system does not tell of its mounts");
    const places = await placesOf(subject.files, subject.fs);
    const pinned = places.filter(({ realPath }) => pinningMount(mounts, realPath) !== undefined);
    if (pinned.length === 0) return pass("no file is mounted by itself");
    return {
      result: "fail",
      message: `${subjectOf(pinned)} mounted by itself (subPath, or a bind mount of one file): no change will reach it`,
      fix: "mount the directory instead, and name the file in it",
    };
  },
};
