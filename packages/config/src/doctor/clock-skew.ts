import type { Clock } from "../clock.ts";
import type { HttpHeaders } from "../http/http-client.ts";
import type { DoctorFinding } from "./doctor-finding.ts";
import { CHECK_OF_REMOTES } from "./remote-finding.ts";

/** Beyond this, tokens count as expired or not yet valid. */
const MAX_SKEW_MS = 60_000;

/** What the answers of a peer say about its time. */
export class PeerTime {
  readonly #clock: Pick<Clock, "now">;
  #last: { readonly date: string | undefined; readonly atMs: number } | undefined;

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** For the client that talks to the peer. */
  readonly onAnswer = ({ date }: HttpHeaders): void => {
    this.#last = { date, atMs: this.#clock.now() };
  };

  /** Nothing where it has not answered at all, which somebody else tells. */
  findings(name: string): readonly DoctorFinding[] {
    if (this.#last === undefined) return [];
    return [checkClockSkew(name, this.#last.date, this.#last.atMs)];
  }
}

/**
 * What the `Date` header of an answer says about the clocks of both sides, for `doctor()` of a source
 * that speaks HTTP (CHK-8). Headers count whole seconds, and are as old as the answer took.
 *
 * @param name of the source
 * @param date the header as it came
 * @param nowMs when the answer came
 * @example
 * ```ts
 * const answer = await fetch(url);
 * const date = answer.headers.get("date") ?? undefined;
 * return [checkClockSkew("inventory", date, Date.now())];
 * ```
 */
export function checkClockSkew(
  name: string,
  date: string | undefined,
  nowMs: number,
): DoctorFinding {
  const about = { id: CHECK_OF_REMOTES } as const;
  const thereMs = date === undefined ? Number.NaN : Date.parse(date);
  if (Number.isNaN(thereMs))
    return { ...about, result: "not_applicable", message: `${name} does not tell its time` };
  const skewMs = nowMs - thereMs;
  const seconds = Math.round(Math.abs(skewMs) / 1_000);
  if (Math.abs(skewMs) <= MAX_SKEW_MS)
    return { ...about, result: "pass", message: `the clocks of ${name} and this machine agree` };
  const message = `this machine is ${seconds} s ${skewMs > 0 ? "ahead of" : "behind"} ${name}`;
  return { ...about, result: "warn", message, fix: "synchronise the clocks (NTP)" };
}
