import type { DoctorFinding } from "../doctor/doctor-finding.ts";
import { runChecks } from "../doctor/run-checks.ts";
import { newerContent, subjectOf } from "../doctor/subject-of.ts";
import type { WrittenFile } from "../doctor/written-file.ts";
import { describeHold } from "../history/holds.ts";
import type { LoaderCore } from "../load/loader-core.ts";
import type { Refusal } from "../reload/refusal.ts";
import type { Reloader } from "../reload/reloader.ts";
import type { WatchSettings } from "./settings.ts";
import type { WatchStates } from "./watch-states.ts";

export interface ExamineInput<T> {
  readonly core: LoaderCore<T>;
  readonly reloader: Reloader<T>;
  readonly watch: WatchSettings | undefined;
  readonly stateDir: string | undefined;
  readonly written: readonly WrittenFile[];
  readonly refusal: Refusal | undefined;
  readonly watching: Pick<WatchStates, "isDeferred">;
  readonly signal: AbortSignal;
}

/** What the doctor finds about a manager that runs. */
export async function examine<T>(input: ExamineInput<T>): Promise<readonly DoctorFinding[]> {
  const { core, reloader, signal } = input;
  const { sources, current } = reloader;
  const hashOf = (source: string) =>
    current.origin.states.find(({ ranked }) => ranked.id === source)?.content?.hash;
  const newer = async (ended: AbortSignal) => {
    return await newerContent(core, sources, { hashOf, reasonOf: reasons(input), signal: ended });
  };
  const { origin, snapshot } = current;
  const subject = subjectOf({ ...input, sources, origin, config: snapshot.config, newer });
  return await runChecks(subject, signal);
}

function reasons<T>({ reloader, refusal, watching }: ExamineInput<T>) {
  return (source: string): string | undefined => {
    const hold = reloader.holds.find((held) => held.source === source);
    if (hold !== undefined) return describeHold(hold);
    if (watching.isDeferred) return "its reload is deferred until the rate of reloads allows it";
    return refusal === undefined ? undefined : `it was refused: ${refusal.reason}`;
  };
}
