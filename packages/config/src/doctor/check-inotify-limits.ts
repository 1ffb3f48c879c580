import { readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import {
  type DoctorCheck,
  type DoctorSubject,
  notApplicable,
  pass,
  type Verdict,
} from "./doctor-check.ts";
import { watchedDirectories } from "./examined-places.ts";

interface Inotify {
  readonly instances: number;
  readonly watches: number;
}

/** CHK-3: a process that gets no watches polls, and one that uses up the rest starves others. */
export const checkInotifyLimits: DoctorCheck = {
  id: "CHK-3",
  subject: "the limits of inotify",
  run: async (subject) => {
    const limits = await limitsOf(subject);
    if (limits === undefined) return notApplicable("the system has no inotify");
    if (subject.watch.mode === "poll") return notApplicable("files are polled");
    const needed = {
      instances: 1,
      watches: (await watchedDirectories(subject, subject.fs)).length,
    };
    const used = await usedBy(subject.proc, process.getuid?.() ?? 0);
    return verdict({ limits, needed, used });
  },
};

function verdict(about: {
  readonly limits: Inotify;
  readonly needed: Inotify;
  readonly used: Inotify;
}): Verdict {
  const { limits, needed, used } = about;
  const short = (["instances", "watches"] as const).filter(
    (kind) => used[kind] + needed[kind] > limits[kind],
  );
  const numbers = `${needed.watches} watches are needed; this user has ${used.instances} of ${limits.instances} instances and ${used.watches} of ${limits.watches} watches in use`;
  if (short.length === 0) return pass(numbers);
  const settings = short.map((kind) => `sysctl fs.inotify.max_user_${kind}=${2 * limits[kind]}`);
  return {
    result: "warn",
    message: `${numbers}: files may be polled instead`,
    fix: settings.join("; "),
  };
}

async function limitsOf({ proc }: DoctorSubject): Promise<Inotify | undefined> {
  const read = async (name: string) =>
    Number(await readFile(join(proc, "sys/fs/inotify", name), "utf8"));
  try {
    const [instances, watches] = await Promise.all([
      read("max_user_instances"),
      read("max_user_watches"),
    ]);
    return { instances, watches };
  } catch {
    return undefined;
  }
}

/** As far as this user may see it: the limits count by user. */
async function usedBy(proc: string, uid: number): Promise<Inotify> {
  const processes = (await readdir(proc)).filter((name) => /^\d+$/.test(name));
  let instances = 0;
  let watches = 0;
  for (const process of processes) {
    if (!(await isOf(join(proc, process), uid))) continue;
    for (const descriptor of await namesIn(join(proc, process, "fd"))) {
      const target = await readlink(join(proc, process, "fd", descriptor)).catch(() => "");
      if (target !== "anon_inode:inotify") continue;
      instances++;
      const about = await readFile(join(proc, process, "fdinfo", descriptor), "utf8").catch(
        () => "",
      );
      watches += about.split("\n").filter((line) => line.startsWith("inotify ")).length;
    }
  }
  return { instances, watches };
}

async function isOf(folder: string, uid: number): Promise<boolean> {
  const status = await readFile(join(folder, "status"), "utf8").catch(() => "");
  return /^Uid:\s+(\d+)/m.exec(status)?.[1] === String(uid);
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return await readdir(folder).catch(() => []);
}
