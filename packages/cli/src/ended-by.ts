/** What a shell expects of a program that a signal ended: 128 and the signal's number. */
const CODES: Readonly<Record<string, number>> = { SIGINT: 130, SIGTERM: 143 };

/** The exit code of a command that was stopped; 0 where the reader of its output went away. */
export function endedBy({ reason }: AbortSignal): number {
  return CODES[String(reason)] ?? 0;
}
