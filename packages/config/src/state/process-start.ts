import { readFile } from "node:fs/promises";

/**
 * When a process started, in a unit of the system: with the process id it names one process, and no
 * later one of the same id. `undefined` where there is no such process, or the system does not tell.
 *
 * @see proc_pid_stat(5), field 22
 */
export async function processStart(pid: number | "self"): Promise<string | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, "latin1");
    return text.slice(text.lastIndexOf(")") + 2).split(" ")[19]; // the name may hold anything
  } catch {
    return undefined;
  }
}
