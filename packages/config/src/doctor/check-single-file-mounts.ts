import { dirname } from "node:path";
import { type DoctorCheck, notApplicable, pass, type Verdict } from "./doctor-check.ts";
import { type ExaminedPlace, placesOf, subjectOf } from "./examined-places.ts";
import { isOfKubernetes, type Mount, pinningMount, readMounts } from "./mount-info.ts";

/** CHK-1: a file that is a mount by itself is tied to one inode, and never changes. */
export const checkSingleFileMounts: DoctorCheck = {
  id: "CHK-1",
  subject: "the mounts of files",
  run: async (subject) => {
    if (subject.files.length === 0) return notApplicable("no file is watched");
    const mounts = await readMounts(subject.proc);
    if (mounts === undefined) return notApplicable("the system does not tell of its mounts");
    const places = await placesOf(subject.files, subject.fs);
    const byMount = Map.groupBy(places, ({ realPath }) => pinningMount(mounts, realPath));
    const pinned = [...byMount].flatMap(([mount, on]) => {
      return mount === undefined ? [] : [{ id: "CHK-1", ...verdictOf(mount, on) }];
    });
    return pinned.length === 0 ? pass("no file is mounted by itself") : pinned;
  },
};

/** What is mounted how, what that does, and what to mount instead. */
function verdictOf(mount: Mount, places: readonly ExaminedPlace[]): Verdict {
  const { point, root, type } = mount;
  const isFile = places.some(({ realPath }) => realPath === point);
  const folder = isFile ? dirname(point) : point;
  const what = `${subjectOf(places)} ${isFile ? "mounted as a single file" : `in ${point}, which is mounted`}`;
  if (isOfKubernetes(mount)) {
    return {
      result: "fail",
      message: `${what} with subPath: Kubernetes never updates such a mount, so a change of the ConfigMap or Secret does not arrive until the container is restarted`,
      fix: `in volumeMounts of the container leave subPath out and mount the whole volume at a folder (mountPath: ${folder})`,
    };
  }
  return {
    result: "fail",
    message: `${what} (from ${root} of its ${type} file system): the mount keeps the file that was there when it was made, so once that is replaced outside, as editors, git and deployments do, the old content stays`,
    fix: `mount the folder around the file in place of the file (docker: -v /its/folder:${folder}), and name the file in it`,
  };
}
