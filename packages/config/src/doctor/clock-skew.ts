import type { DoctorFinding } from "./doctor-finding.ts";

/** Beyond this, tokens count as expired or not yet valid. */
const MAX_SKEW_MS = 60_000;

/**
 * What the `Date` header of an answer says about the clocks of both sides, for `doctor()` of a source
 * that speaks HTTP (CHK-8). Headers count whole seconds, and are as old as the answer took.
 *
 * @param name of the source
 * @param date the header as it came
 * @param nowMs when the answer came
 */
export function checkClockSkew(
  name: string,
  date: string | undefined,
  nowMs: number,
): DoctorFinding {
  const about = { id: "CHK-8" } as const;
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
