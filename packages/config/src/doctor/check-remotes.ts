import { withTimeout } from "../concurrency.ts";
import {
  type DoctorCheck,
  type DoctorSubject,
  notApplicable,
  type RemoteProbe,
} from "./doctor-check.ts";
import type { DoctorFinding } from "./doctor-finding.ts";
import { CHECK_OF_REMOTES, MAX_ANSWER_MS, reachFinding } from "./remote-finding.ts";

const LATE = `it did not answer within ${MAX_ANSWER_MS / 1_000} s`;

/** CHK-8: remote sources and secret backends answer, each by a finding of its own. */
export const checkRemotes: DoctorCheck = {
  id: CHECK_OF_REMOTES,
  subject: "remote sources and secret backends",
  run: async (subject, signal) => {
    const { remotes } = subject;
    if (remotes.length === 0)
      return notApplicable("there are no remote sources or secret backends");
    const found = await Promise.all(remotes.map((remote) => ask(remote, subject, signal)));
    return found.flat();
  },
};

async function ask(
  remote: RemoteProbe,
  { clock }: DoctorSubject,
  signal: AbortSignal,
): Promise<readonly DoctorFinding[]> {
  const { name } = remote;
  const ended = new AbortController();
  const both = AbortSignal.any([signal, ended.signal]);
  try {
    const answer = await withTimeout(remote.ask(both), {
      clock,
      ms: MAX_ANSWER_MS,
      late: () => LATE,
    });
    return typeof answer === "object" ? answer : [reachFinding(name, answer)];
  } catch (error) {
    signal.throwIfAborted();
    return [reachFinding(name, error instanceof Error ? error.message : "it failed")];
  } finally {
    ended.abort();
  }
}
