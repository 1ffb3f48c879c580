import { type DoctorCheck, notApplicable, pass } from "./doctor-check.ts";
import { watchedDirectories } from "./examined-places.ts";
import { mountOf, readMounts } from "./mount-info.ts";

/** Others may change what lies there without this machine being told. */
const EVENTLESS: readonly RegExp[] = [
  /^nfs\d*$/,
  /^(cifs|smb\d*|smbfs|smb3)$/,
  /^fuse(blk|ctl)?(\..+)?$/,
  /^overlay$/,
  /^(9p|v9fs|drvfs|wslfs|lxfs)$/, // WSL, virtual machines
  /^(virtiofs|vboxsf|prl_fs|vmhgfs|osxfs|grpcfuse|fakeowner)$/, // Docker Desktop and alike
  /^(ceph|glusterfs|lustre|gpfs|afs|beegfs|ocfs2|gfs2)$/,
];

/** CHK-2: where no event comes, only polling notices changes. */
export const checkEventlessFileSystems: DoctorCheck = {
  id: "CHK-2",
  subject: "the file systems of watched directories",
  run: async (subject) => {
    const directories = await watchedDirectories(subject, subject.fs);
    if (directories.length === 0) return notApplicable("no file is watched");
    const mounts = await readMounts(subject.proc);
    if (mounts === undefined) return notApplicable("the system does not tell of its mounts");
    const silent = directories.flatMap((directory) => {
      const type = mountOf(mounts, directory)?.type ?? "";
      return EVENTLESS.some((pattern) => pattern.test(type)) ? [`${directory} (${type})`] : [];
    });
    if (silent.length === 0) return pass("all watched directories lie on file systems with events");
    const { pollIntervalMs } = subject.watch;
    return {
      result: "warn",
      message: `changes from elsewhere may come without an event in ${silent.join(", ")}: they are noticed by polling, every ${pollIntervalMs} ms`,
      fix: 'set watch: { mode: "poll" }, and a pollInterval that is short enough',
    };
  },
};
