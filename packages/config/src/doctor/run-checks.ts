import { abortable } from "../concurrency.ts";
import { checkEventlessFileSystems } from "./check-eventless-file-systems.ts";
import { checkInotifyLimits } from "./check-inotify-limits.ts";
import { checkLinks } from "./check-links.ts";
import { checkNewerContent } from "./check-newer-content.ts";
import { checkPermissions } from "./check-permissions.ts";
import { checkRemotes } from "./check-remotes.ts";
import { checkSingleFileMounts } from "./check-single-file-mounts.ts";
import { checkVariables } from "./check-variables.ts";
import { checkWatching } from "./check-watching.ts";
import { checkWrittenFiles } from "./check-written-files.ts";
import type { DoctorCheck, DoctorSubject } from "./doctor-check.ts";
import type { DoctorFinding } from "./doctor-finding.ts";

/** In the order of their ids. */
export const DOCTOR_CHECKS: readonly DoctorCheck[] = [
  checkSingleFileMounts,
  checkEventlessFileSystems,
  checkInotifyLimits,
  checkLinks,
  checkVariables,
  checkPermissions,
  checkWrittenFiles,
  checkRemotes,
  checkNewerContent,
  checkWatching,
];

/**
 * What all checks find, in the order of the checks. One that breaks is a finding of its own and keeps
 * none of the others from running.
 */
export async function runChecks(
  subject: DoctorSubject,
  signal: AbortSignal,
  checks: readonly DoctorCheck[] = DOCTOR_CHECKS,
): Promise<readonly DoctorFinding[]> {
  const found = await Promise.all(checks.map((check) => runCheck(check, subject, signal)));
  return found.flat();
}

async function runCheck(
  check: DoctorCheck,
  subject: DoctorSubject,
  signal: AbortSignal,
): Promise<readonly DoctorFinding[]> {
  const { id } = check;
  try {
    const found = await abortable(check.run(subject, signal), signal);
    return "result" in found ? [{ id, ...found }] : found;
  } catch (error) {
    signal.throwIfAborted();
    const because = error instanceof Error ? error.message : "no reason was given";
    const message = `${check.subject} cannot be examined: ${because}`;
    return [{ id, result: "fail", message, fix: "let the process read what the message names" }];
  }
}
